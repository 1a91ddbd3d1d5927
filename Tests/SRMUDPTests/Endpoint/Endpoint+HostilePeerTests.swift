import TestSupport
import Testing

@testable import SRMUDP

/// Rows 64 to 69 of the bad-input catalogue that SimulationTests/HostilePeerTests does not have: a
/// peer with true keys that breaks the rules.
@Suite struct HostilePeerTests {
    /// Side 0 is hostile, side 1 is the victim.
    private final class World {
        let wire = Wire()
        let hostile: Connection
        let victim: Connection
        private var number: UInt64

        init() throws {
            (hostile, victim) = try #require(wire.connect())
            wire.run(for: .seconds(1))
            // The hostile side must not hear of what its own connection knows nothing of.
            wire.alter = { _ in nil }
            number = hostile.recovery.nextPacketNumber + 1_000
        }

        /// Seals `frames` into one packet, which arrives at once.
        func send(_ frames: [UInt8], from source: SocketAddress? = nil) throws {
            let packet = try #require(hostile.sealPacket(frames: frames, number: number))
            number += 1
            wire.inject(packet, into: 1, from: source)
        }

        /// Acknowledges, one by one, all that the victim has in flight.
        func acknowledgeAll() throws {
            wire.flush()
            for number in 0..<victim.recovery.nextPacketNumber
            where victim.recovery.packet(number)?.state == .outstanding {
                var writer = ByteWriter(capacity: 64)
                for value in [AckFrame.type, number, 0, 0, 0] { writer.writeVarint(value) }
                try send(writer.array())
            }
            wire.flush()
        }

        /// How the victim ended the connection.
        var violation: CloseCode? {
            guard case .violation(let code, _) = victim.error else { return nil }
            return code
        }
    }

    @Test("row 64: an ACK of a number that was left out closes the connection")
    func skippedNumber() throws {
        let world = try World()
        let skipped = world.victim.recovery.nextPacketNumber
        world.victim.outgoing.nextSkippedNumber = skipped
        #expect(world.victim.sendDatagram([1, 2, 3]))
        world.wire.flush()
        #expect(world.victim.recovery.packet(skipped)?.state == .skipped)
        var writer = ByteWriter(capacity: 64)
        // The packet behind it and the one that is missing, as one range.
        for value in [AckFrame.type, skipped + 1, 0, 0, 1] { writer.writeVarint(value) }

        try world.send(writer.array())

        #expect(world.violation == .protocolViolation)
    }

    @Test("row 65: bytes that come again with other content close the connection")
    func changedBytes() throws {
        let world = try World()
        let id = UInt8(world.hostile.streams.parity.rawValue) + 40

        try world.send([0x0e, id, 5, 3, 1, 2, 3])
        try world.send([0x0e, id, 6, 1, 2])
        #expect(world.victim.isEstablished)
        try world.send([0x0e, id, 6, 2, 2, 9])

        #expect(world.violation == .protocolViolation)
    }

    @Test("row 66: a length of zero is obeyed, one that exceeds the packet closes the connection")
    func lengths() throws {
        let world = try World()
        let id = UInt8(world.hostile.streams.parity.rawValue) + 40

        try world.send([0x0a, id, 0, 0x31, 0, 1])
        #expect(world.victim.isEstablished)
        try world.send([0x0a, id, 0xc0, 0, 0, 0, 0, 0, 0, 1, 7])
        #expect(world.victim.isEstablished)
        try world.send([0x31] + [UInt8](repeating: 0xff, count: 8) + [1])

        #expect(world.violation == .protocolViolation)
    }

    @Test("row 67: made-up addresses push out no path that works")
    func madeUpAddresses() throws {
        let world = try World()
        let proven = try (UInt16(1)...5).map { host in
            let path = world.victim.path(to: .simulated(host: host), now: world.wire.now)
            path.markProven()
            return try #require(world.victim.paths.first { $0 === path })
        }
        let active = world.victim.activePath

        for host in UInt16(100)..<200 {
            try world.send([1], from: .simulated(host: host))
        }

        #expect(world.victim.paths.count == Connection.maximumPaths)
        #expect(world.victim.activePath === active)
        // One of them made room for the newest address, which may be where the peer has moved.
        #expect(world.victim.paths.count { path in proven.contains { $0 === path } } == 4)
        #expect(world.victim.paths.allSatisfy { $0.id < RecoveryState.maximumPaths })
    }

    @Test("row 69: streams opened and reset for seconds hold up credit and end the connection")
    func churn() throws {
        let world = try World()
        var index: UInt64 = 0

        for second in 0..<5 {
            #expect(world.victim.isEstablished, "second \(second)")
            for _ in 0..<300 { try churnStream(&index, world) }
            world.wire.run(for: .seconds(1))
        }

        #expect(world.violation == .abuse)
        #expect(index <= 1_500)
    }

    @Test("row 69: many streams reset at once, or a few all the time, are no abuse")
    func honestResets() throws {
        let world = try World()
        var index: UInt64 = 0

        for _ in 0..<5_000 { try churnStream(&index, world) }
        let granted = world.victim.streams.streamsGranted
        try world.acknowledgeAll()
        world.wire.run(for: .milliseconds(500))
        #expect(world.victim.streams.streamsGranted == granted)
        for _ in 0..<20 {
            world.wire.run(for: .seconds(1))
            for _ in 0..<200 { try churnStream(&index, world) }
            try world.acknowledgeAll()
        }

        #expect(world.victim.isEstablished)
        #expect(world.victim.streams.streamsGranted > granted)
    }

    /// Opens the next stream and resets it.
    private func churnStream(_ index: inout UInt64, _ world: World) throws {
        let id = StreamID(index: index, parity: world.hostile.streams.parity).value
        index += 1
        var writer = ByteWriter(capacity: 64)
        for value in [0x0a, id, 1, 0x2a, 0x04, id, 0, 1] { writer.writeVarint(value) }
        try world.send(writer.array())
        // As a layer above does: it gives its half up as well.
        world.victim.withStreams { $0.reset(StreamID(id), code: 0) }
    }
}
