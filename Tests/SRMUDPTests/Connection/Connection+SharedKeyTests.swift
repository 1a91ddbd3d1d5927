import Testing

@testable import SRMUDP

/// Connections between nodes that know a shared key and nothing else of each other.
@Suite struct ConnectionSharedKeyTests {
    private let key = SecretBytes([UInt8](repeating: 0x5a, count: 32))
    private let otherKey = SecretBytes([UInt8](repeating: 0xa5, count: 32))

    @Test("a shared key alone is enough to meet and exchange bytes")
    func exchange() throws {
        let wire = Wire(sharedKeys: [[], [otherKey, key]])
        let connection = wire.dial(from: 0, sharedKey: key)

        #expect(wire.run { connection.isEstablished && wire.accepted.first?.isEstablished == true })
        let peer = try #require(wire.accepted.first)
        #expect(peer.target.publicKey == PeerTarget.name(of: key))
        #expect(connection.streams.parity == peer.streams.parity.opposite)
        try exchangeBytes(wire, connection, peer)
    }

    @Test("both sides dialling at once with a shared key become one connection", arguments: 0..<20)
    func simultaneous(seed: UInt64) throws {
        let wire = Wire(sharedKeys: [[key], [key]], seed: seed)
        let first = wire.dial(from: 0, sharedKey: key)
        // With each seed at other moments of each other's handshake.
        wire.run(for: .milliseconds(Int64(seed) * 2))
        let second = wire.dial(from: 1, sharedKey: key)

        let hasMet = wire.run {
            first.isEstablished && second.isEstablished
                && first.sending?.localID == second.sending?.remoteID
        }

        #expect(hasMet, "seed \(seed)")
        #expect(wire.endpoints.allSatisfy { $0.connections.count == 1 }, "seed \(seed)")
        #expect(first.streams.parity == second.streams.parity.opposite, "seed \(seed)")
        try exchangeBytes(wire, first, second)
        wire.run(for: .seconds(30))
        #expect(first.sending?.localID == second.sending?.remoteID, "seed \(seed)")
        #expect(first.isEstablished && second.isEstablished, "seed \(seed)")
    }

    @Test("a responder that had dialled before it was asked agrees on who opens which streams")
    func crossedHandshakes() throws {
        let wire = Wire(sharedKeys: [[key], [key]])
        // Each side completes the handshake that it began itself, before it hears of the other.
        wire.alter = { datagram in
            guard datagram.isData else { return datagram }
            var late = datagram
            late.arrival = late.arrival + .milliseconds(50)
            return late
        }
        let first = wire.dial(from: 0, sharedKey: key)
        let second = wire.dial(from: 1, sharedKey: key)

        #expect(wire.run { first.isEstablished && second.isEstablished })
        #expect(first.sending?.localID != second.sending?.remoteID)
        #expect(first.streams.parity == second.streams.parity.opposite)
        try exchangeBytes(wire, first, second)
        #expect(first.sending?.localID == second.sending?.remoteID)
    }

    @Test("either side renews the handshake later")
    func renewal() throws {
        let wire = Wire(sharedKeys: [[], [key]])
        let connection = wire.dial(from: 0, sharedKey: key)
        #expect(wire.run { wire.accepted.first?.isEstablished == true })
        let peer = try #require(wire.accepted.first)

        for renewing in [peer, connection] {
            // Sooner, it would count as both dialling at once.
            wire.run(for: .seconds(20))
            let count = connection.statistics.handshakes
            renewing.renewHandshake(now: wire.now)
            #expect(wire.run(for: .seconds(5)) { connection.statistics.handshakes > count })
        }
        wire.run(for: .seconds(20))

        #expect(connection.isEstablished && peer.isEstablished)
        try exchangeBytes(wire, connection, peer)
    }

    @Test("a node with the same key takes the place of the one before")
    func restart() throws {
        let wire = Wire(sharedKeys: [[], [key]])
        let connection = wire.dial(from: 0, sharedKey: key)
        #expect(wire.run { wire.accepted.count == 1 })

        connection.finish(.abandoned)
        let next = wire.dial(from: 0, sharedKey: key)

        #expect(wire.run { next.isEstablished && wire.accepted.count == 2 })
        #expect(wire.accepted[0].isClosed)
        try exchangeBytes(wire, next, wire.accepted[1])
    }

    @Test("a wrong key is met with silence")
    func wrongKey() {
        let wire = Wire(sharedKeys: [[], [key]])
        let connection = wire.dial(from: 0, sharedKey: otherKey)

        #expect(!wire.run(for: .seconds(20)) { connection.isEstablished })
        #expect(wire.sent[0].count > 5)
        #expect(wire.sent[1].isEmpty)
        #expect(wire.endpoints[1].statistics.keyAgreements == 0)
    }

    @Test("keys that are no longer answered to are met with silence, connections go on")
    func withdrawnKey() throws {
        let wire = Wire(sharedKeys: [[], [key]])
        let connection = wire.dial(from: 0, sharedKey: key)
        #expect(wire.run { wire.accepted.count == 1 })
        wire.endpoints[1].remove(sharedKey: key)
        try exchangeBytes(wire, connection, wire.accepted[0])

        wire.accepted[0].finish(.abandoned)
        connection.finish(.abandoned)
        let next = wire.dial(from: 0, sharedKey: key)

        #expect(!wire.run(for: .seconds(20)) { next.isEstablished })
    }

    @Test("our own INITIATION sent back to us is not taken for the peer's")
    func reflection() {
        let wire = Wire(sharedKeys: [[key], []])
        let connection = wire.dial(from: 0, sharedKey: key)
        wire.flush()
        let initiation = wire.sent[0][0].bytes

        #expect(wire.answer(of: 0, to: initiation).isEmpty)
        #expect(!wire.run(for: .seconds(2)) { connection.isEstablished })
    }

    @Test("our own INITIATION sent back to us on a living connection does no harm")
    func lateReflection() throws {
        let wire = Wire(sharedKeys: [[], [key]])
        let connection = wire.dial(from: 0, sharedKey: key)
        #expect(wire.run { wire.accepted.first?.isEstablished == true })
        wire.run(for: .seconds(20))
        connection.renewHandshake(now: wire.now)
        wire.alter = { $0.bytes.first == DatagramKind.initiation ? nil : $0 }
        wire.flush()
        let initiation = try #require(
            wire.sent[0].last { $0.bytes.first == DatagramKind.initiation }?.bytes)

        #expect(wire.answer(of: 0, to: initiation).isEmpty)
        #expect(connection.isEstablished)
    }

    @Test("who does not know whom it dials repeats its first message as slowly as it was told to")
    func slowRepetition() {
        var configuration = ConnectionConfiguration()
        configuration.handshakeWaits = [.milliseconds(650), .seconds(2)]
        let wire = Wire(configuration: configuration, sharedKeys: [[], []])
        _ = wire.dial(from: 0, sharedKey: key)

        wire.run(for: .milliseconds(500))
        #expect(wire.sent[0].count == 1)
        wire.run(for: .seconds(60))
        #expect((25...40).contains(wire.sent[0].count))
    }

    /// Both sides open a stream and the bytes arrive.
    private func exchangeBytes(_ wire: Wire, _ first: Connection, _ second: Connection) throws {
        wire.received = [[], []]
        let bytes = [[UInt8]("from the first".utf8), [UInt8]("from the second".utf8)]

        #expect(wire.send(bytes[0], on: first, to: 1))
        #expect(wire.send(bytes[1], on: second, to: 0))
        #expect(wire.received == [bytes[1], bytes[0]])
    }
}
