import Forwarding
import SRMUDP

extension TransportSettings {
    /// What holds for flows of datagrams.
    var datagramLimits: DatagramLimits {
        guard let udpTimeout else { return DatagramLimits() }
        return DatagramLimits(idleTime: .seconds(udpTimeout.seconds))
    }
}
