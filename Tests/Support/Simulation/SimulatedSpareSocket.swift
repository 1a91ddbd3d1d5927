import SRMUDP

/// A UDP socket of a host besides the usual one, which speaks with one remote address and is a link
/// to the host: what `SpareSockets` opens.
package final class SimulatedSpareSocket {
    package let owner: HostID
    package let link: SocketAddress
    package let remote: SocketAddress
    private let heard: (SocketAddress) -> Void
    private var wasHeard = false

    /// - Parameter heard: is told of the first datagram from the remote.
    package init(
        owner: HostID, link: SocketAddress, remote: SocketAddress,
        heard: @escaping (SocketAddress) -> Void
    ) {
        self.owner = owner
        self.link = link
        self.remote = remote
        self.heard = heard
    }

    func isLink(_ address: SocketAddress, of host: HostID) -> Bool {
        address == link && host == owner
    }

    /// What the host gets of a datagram that came in; nil for nothing.
    func received(_ datagram: SimulatedDatagram) -> SimulatedDatagram? {
        guard datagram.source == remote else { return nil }
        if !wasHeard {
            wasHeard = true
            heard(link)
        }
        var datagram = datagram
        datagram.source = link
        return datagram
    }
}

/// Stands where datagrams are taken in by somebody else.
final class SilentNode: SimulatedNode {
    var nextTimeout: Instant? { nil }
    var summary: String { "" }

    func handleTimeout(now: Instant) {}
    func handleDatagram(_ datagram: SimulatedDatagram, now: Instant) {}
    func transmit(now: Instant) -> [SimulatedDatagram] { [] }
}
