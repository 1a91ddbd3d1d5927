import SRMUDP
import TestSupport
import Testing

/// A peer that has the keys and breaks the rules: rows 64 to 66 of the bad-input catalogue.
@Suite("Hostile peer")
struct HostilePeerTests {
    struct Mistake: CustomStringConvertible, Sendable {
        let description: String
        let frames: [UInt8]
        let code: CloseCode

        init(_ description: String, _ frames: [UInt8], _ code: CloseCode) {
            self.description = description
            self.frames = frames
            self.code = code
        }
    }

    private static let largest: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]

    static let mistakes: [Mistake] = [
        Mistake("an empty packet", [], .protocolViolation),
        Mistake("an unknown frame", [0x21], .protocolViolation),
        Mistake(
            "an unknown frame with a long type", [0xc0, 0, 0, 0, 0, 0, 0x10, 0], .protocolViolation),
        Mistake("an ACK of what was never sent", [2, 0x60, 0, 0, 0, 0], .protocolViolation),
        Mistake("an ACK whose first range goes below zero", [2, 1, 0, 0, 5], .protocolViolation),
        Mistake("an ACK whose gap goes below zero", [2, 1, 0, 1, 0, 9, 9], .protocolViolation),
        Mistake(
            "an ACK that announces more ranges than it has", [2, 1, 0, 0x7f, 0xff, 0],
            .protocolViolation),
        Mistake("a STREAM frame cut short", [0x0a, 4, 0x50, 0, 1], .protocolViolation),
        Mistake(
            "a STREAM frame that ends beyond 2^62", [0x0c, 4] + largest + [1], .protocolViolation),
        Mistake("a STREAM frame beyond the window", [0x0e, 4, 0xa0, 0, 0, 0, 1, 1], .flowControl),
        Mistake("a stream beyond the limit", [0x0a, 0xbf, 0xff, 0xff, 0xfc, 1, 1], .streamLimit),
        Mistake("a stream that we should have opened", [0x0a, 0x50, 0x01, 1, 1], .streamState),
        Mistake("an end that moves", [0x0b, 4, 2, 1, 2, 0x0b, 4, 3, 1, 2, 3], .finalSize),
        Mistake("bytes behind the end", [0x0b, 4, 2, 1, 2, 0x0e, 4, 2, 1, 3], .finalSize),
        Mistake("a reset that moves the end", [0x0b, 4, 2, 1, 2, 4, 4, 0, 9], .finalSize),
        Mistake("a PATH_CHALLENGE cut short", [0x1a, 1, 2, 3], .protocolViolation),
        Mistake("a DATAGRAM cut short", [0x31, 9, 1], .protocolViolation),
    ]

    @Test("a mistake closes the connection and is named", arguments: mistakes)
    func closes(mistake: Mistake) throws {
        let world = try HostileWorld()

        try world.send(mistake.frames)
        world.run(for: .milliseconds(100))

        let error = try #require(world.victim.closed.first)
        guard case .violation(let code, _) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(code == mistake.code)
        world.run(for: .seconds(60))
        #expect(world.victim.closed.count == 1)
        #expect(world.victim.endpoint.connections.isEmpty)
    }

    static let oddities: [(String, [UInt8])] = [
        ("padding alone", [UInt8](repeating: 0, count: 1_000)),
        ("bytes that come twice", [0x0a, 4, 3, 1, 2, 3, 0x0e, 4, 1, 2, 2, 3]),
        ("a varint longer than it must be", [0x40, 0x01]),
        ("an answer to a challenge nobody sent", [0x1b, 1, 2, 3, 4, 5, 6, 7, 8]),
        ("credit that shrinks", [0x10, 0, 0x11, 4, 0, 0x12, 0]),
        ("a stop for a stream that is not read", [5, 4, 1, 5, 4, 2]),
        ("a reset, twice", [4, 4, 1, 0, 4, 4, 1, 0]),
    ]

    @Test("what is only odd does no harm", arguments: oddities)
    func survives(name: String, frames: [UInt8]) throws {
        let world = try HostileWorld()

        try world.send(frames)
        world.run(for: .seconds(1))

        #expect(world.victim.closed.isEmpty, "\(name): \(world.victim.closed)")
    }

    @Test("ten thousand packets of padding get no more than an ACK for each other one")
    func paddingFlood() throws {
        let world = try HostileWorld()
        let before = world.victim.datagramsSent

        for _ in 0..<10_000 { try world.send([0, 0, 0]) }
        world.run(for: .seconds(1))

        #expect(world.victim.datagramsSent - before < 2_500)
        #expect(world.victim.closed.isEmpty)
    }

    @Test("challenges from a thousand addresses leave one path and few addresses")
    func challengeFlood() throws {
        let world = try HostileWorld()

        for host in UInt16(1_000)..<2_000 {
            try world.send(
                [0x1a, 1, 2, 3, 4, 5, 6, 7, 8], from: .simulated(host: host))
            if host % 50 == 0 { world.run(for: .milliseconds(10)) }
        }
        world.run(for: .seconds(20))

        #expect((world.connection.footprint.paths) == 1)
        #expect(world.connection.footprint.knownAddresses <= 16)
        #expect(world.victim.closed.isEmpty)
        for host in UInt16(1_000)..<2_000 {
            let traffic = world.pair.network.traffic.between(
                world.pair.host(.right), .simulated(host: host))
            #expect(traffic.bytesSent <= 3 * traffic.bytesReceived)
        }
    }

    @Test("streams opened and reset at once do not pile up")
    func rapidReset() throws {
        let world = try HostileWorld()
        for index in UInt64(4)..<4_000 {
            let id = varint(StreamID(index: index, parity: .even).value)
            try world.send([0x0a] + id + [1, 1] + [4] + id + [0, 1])
            if index % 50 == 0 { world.run(for: .milliseconds(50)) }
        }
        world.run(for: .seconds(5))

        #expect(world.connection.footprint.heldBytes == 0)
        #expect(world.connection.footprint.streams < 16_400)
        #expect(world.pair.network.violations.isEmpty)
    }

    private func varint(_ value: UInt64) -> [UInt8] {
        var writer = ByteWriter(capacity: 8)
        writer.writeVarint(value)
        return writer.array()
    }
}
