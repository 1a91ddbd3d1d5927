import TestSupport
import Testing

@testable import SRMUDP

@Suite("Endpoint: which paths peers may come by")
struct EndpointPathPolicyTests {
    @Test("with relays only a handshake that comes directly gets no answer")
    func direct() {
        let wire = Wire()
        wire.endpoints[1].pathPolicy = .relay

        _ = wire.dial(from: 0)
        wire.run(for: .seconds(30))

        #expect(wire.sent[1].isEmpty)
        #expect(wire.accepted.isEmpty)
        #expect(wire.endpoints[1].statistics.keyAgreements == 0)
    }

    @Test("with relays only the same handshake is answered over a relay")
    func relayed() {
        let wire = Wire()
        wire.endpoints[1].pathPolicy = .relay
        let connection = wire.dial(from: 0)
        wire.flush()
        let initiation = wire.sent[0][0].bytes
        let link = LinkAddress(.relay, number: 1).socketAddress

        #expect(wire.answer(of: 1, to: initiation).isEmpty)
        #expect(wire.answer(of: 1, to: initiation, from: link).count == 1)
        #expect(!connection.isEstablished)
    }

    @Test("with direct paths only a handshake over a relay gets no answer")
    func relayRefused() {
        let wire = Wire()
        wire.endpoints[1].pathPolicy = .direct
        _ = wire.dial(from: 0)
        wire.flush()
        let link = LinkAddress(.relay, number: 1).socketAddress

        #expect(wire.answer(of: 1, to: wire.sent[0][0].bytes, from: link).isEmpty)
        #expect(wire.answer(of: 1, to: wire.sent[0][0].bytes).count == 1)
    }

    @Test("a packet for nobody that comes directly draws no reset")
    func reset() {
        let wire = Wire()
        wire.endpoints[1].pathPolicy = .relay
        let packet = [DatagramKind.data] + [UInt8](repeating: 9, count: 100)
        let link = LinkAddress(.relay, number: 1).socketAddress

        #expect(wire.answer(of: 1, to: packet).isEmpty)
        #expect(wire.answer(of: 1, to: packet, from: link).count == 1)
    }

    @Test("whom we dialled directly ourselves may answer and renew its keys directly")
    func server() throws {
        let wire = Wire()
        wire.endpoints[0].pathPolicy = .relay
        // As a node does with its server: the connection's own policy counts.
        let (connection, peer) = try #require(wire.connect())

        // Two handshakes close together would count as one of two that crossed.
        wire.run(for: .seconds(11))
        peer.renewHandshake(now: wire.now)
        let isRenewed = wire.run(for: .seconds(5)) { connection.statistics.handshakes >= 2 }

        #expect(isRenewed, "\(connection.statistics)")
        #expect(connection.currentPath?.remote == wire.addresses[1])
    }
}
