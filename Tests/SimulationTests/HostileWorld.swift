import SRMUDP
import TestSupport
import Testing

/// A connected pair whose left side is put to silence, so that the test can speak in its name.
final class HostileWorld {
    let pair: Pair
    let connection: Connection
    private let peer: Connection
    private var number: UInt64

    init() throws {
        // The tests speak of stream 4 as one of the peer's, so the peer has the smaller key.
        let pairs = (UInt64(1)...20).lazy.map { Pair(seed: $0) }
        pair = try #require(
            pairs.first { $0.publicKey(of: .left) < $0.publicKey(of: .right) })
        #expect(pair.connect())
        pair.network.drive(for: .seconds(1))
        peer = try #require(pair.left.connection)
        connection = try #require(pair.right.connection)
        pair.network.pause(pair.host(.left))
        number = connection.nextExpectedPacketNumber
    }

    var victim: SimulatedEndpoint { pair.right }

    func send(_ frames: [UInt8], from source: SocketAddress = Pair.leftAddress) throws {
        let packet = try #require(peer.sealPacket(frames: frames, number: number))
        number += 1
        pair.network.inject(
            SimulatedDatagram(bytes: packet, source: source, destination: Pair.rightAddress))
    }

    func run(for interval: Interval) { pair.network.drive(for: interval) }
}
