import Testing

@testable import SRMUDP

/// What a dialling side makes of a VERSION message.
@Suite struct ConnectionVersionTests {
    @Test("a peer's other versions are remembered, and the dial goes on")
    func remembered() {
        let wire = Wire()
        let connection = wire.dial(from: 0)
        wire.flush()
        wire.inject(message([2, 3], id: initiator(wire)), into: 0)

        #expect(connection.peerVersions == [2, 3])
        #expect(wire.run { connection.isEstablished })
        #expect(connection.peerVersions.isEmpty)
    }

    @Test("a VERSION message that lists ours, is cut, or answers somebody else changes nothing")
    func ignored() {
        let wire = Wire()
        let connection = wire.dial(from: 0)
        wire.flush()
        let id = initiator(wire)
        let good = message([2, 3], id: id)
        var foreign = good
        foreign[11] ^= 1

        for bad in [message([2, 1], id: id), message([], id: id), foreign] {
            wire.inject(bad, into: 0)
        }
        for length in 0..<good.count { wire.inject([UInt8](good[..<length]), into: 0) }
        wire.inject(good + [4], into: 0)

        #expect(connection.peerVersions.isEmpty)
        #expect(wire.run { connection.isEstablished })
        wire.inject(good, into: 0)
        #expect(connection.peerVersions.isEmpty)
    }

    private func initiator(_ wire: Wire) -> ArraySlice<UInt8> { wire.sent[0][0].bytes[4..<12] }

    private func message(_ versions: [UInt8], id: ArraySlice<UInt8>) -> [UInt8] {
        [HandshakeFormat.Kind.version, 9, UInt8(versions.count), 0] + id + versions
    }
}
