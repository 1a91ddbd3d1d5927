import TestSupport
import Testing

@testable import SRMUDP

@Suite("RelayTable")
struct RelayTableTests {
    private static let start = Instant(nanoseconds: 1_000_000_000)
    private static let left = SocketAddress.simulated(host: 1)
    private static let right = SocketAddress.simulated(host: 2)

    private static func table(
        _ change: (inout RelayTable.Limits) -> Void = { _ in }
    ) -> RelayTable {
        var limits = RelayTable.Limits()
        change(&limits)
        return RelayTable(limits: limits, random: SeededRandomSource(seed: 1))
    }

    private static func attachPair(
        _ table: inout RelayTable, now: Instant = start
    ) throws -> (RelayChannelID, RelayChannelID) {
        (
            try table.attach(at: left, source: left.ip, now: now),
            try table.attach(at: right, source: right.ip, now: now)
        )
    }

    private static func route(
        _ table: inout RelayTable, _ side: RelayChannelID, from source: SocketAddress,
        byteCount: Int = 100, now: Instant = start
    ) -> RelayRoute {
        table.route(side, from: source, byteCount: byteCount, segmentSize: 100, now: now)
    }

    @Test("what one side sends goes to the other, under the other's ID")
    func forward() throws {
        var table = Self.table()
        let (left, right) = try Self.attachPair(&table)
        try table.join(left, right, now: Self.start)

        #expect(left != right && table.isJoined(left) && table.isJoined(right))
        #expect(
            Self.route(&table, left, from: Self.left)
                == .forward(to: Self.right, as: right, byteCount: 100))
        #expect(
            Self.route(&table, right, from: Self.right)
                == .forward(to: Self.left, as: left, byteCount: 100))
        #expect(table.statistics == RelayStatistics())
    }

    @Test("an unknown channel, a missing other side and a wrong source carry nothing")
    func drops() throws {
        var table = Self.table()
        let (left, right) = try Self.attachPair(&table)

        #expect(Self.route(&table, left, from: Self.left) == .drop)
        #expect(Self.route(&table, RelayChannelID(7), from: Self.left) == .drop)
        try table.join(left, right, now: Self.start)
        #expect(Self.route(&table, left, from: Self.right, byteCount: 250) == .tellStray)

        #expect(table.statistics[.notJoined].datagrams == 1)
        #expect(table.statistics[.unknownChannel].datagrams == 1)
        #expect(table.statistics[.wrongSource].datagrams == 3)
        #expect(table.statistics[.wrongSource].bytes == 250)
    }

    @Test("a side that strays is told so ten times a second at most")
    func strays() throws {
        var table = Self.table()
        let (left, _) = try Self.attachPair(&table)

        var told = 0
        for milliseconds in Int64(0)..<1_000 {
            let now = Self.start + .milliseconds(milliseconds)
            if Self.route(&table, left, from: Self.right, now: now) == .tellStray { told += 1 }
        }

        #expect(told == 10)
        #expect(table.statistics[.wrongSource].datagrams == 1_000)
    }

    @Test("a side may move, and the place it left is no longer its own")
    func move() throws {
        var table = Self.table()
        let (left, right) = try Self.attachPair(&table)
        let elsewhere = LinkAddress(.webSocket, number: 3).socketAddress
        try table.join(left, right, now: Self.start)

        table.move(left, to: elsewhere)
        table.move(RelayChannelID(9), to: elsewhere)

        #expect(table.address(of: left) == elsewhere)
        #expect(Self.route(&table, left, from: Self.left) == .tellStray)
        #expect(
            Self.route(&table, left, from: elsewhere)
                == .forward(to: Self.right, as: right, byteCount: 100))
        #expect(
            Self.route(&table, right, from: Self.right)
                == .forward(to: elsewhere, as: left, byteCount: 100))
    }

    @Test("a side is joined once, with another one that is there")
    func joining() throws {
        var table = Self.table()
        let (left, right) = try Self.attachPair(&table)
        let third = try table.attach(at: Self.left, source: Self.left.ip, now: Self.start)

        #expect(throws: RelayError.alreadyJoined) { try table.join(left, left, now: Self.start) }
        #expect(throws: RelayError.unknownSide) {
            try table.join(left, RelayChannelID(1), now: Self.start)
        }
        try table.join(left, right, now: Self.start)
        for other in [left, right] {
            #expect(throws: RelayError.alreadyJoined) {
                try table.join(third, other, now: Self.start)
            }
        }
        #expect(throws: RelayError.alreadyJoined) { try table.join(left, right, now: Self.start) }
    }

    @Test("one side that leaves ends the channel")
    func detach() throws {
        var table = Self.table()
        let (left, right) = try Self.attachPair(&table)
        try table.join(left, right, now: Self.start)

        #expect(table.detach(right) == left)
        #expect(table.detach(right) == nil && table.detach(left) == nil)

        #expect(table.sideCount == 0)
        #expect(Self.route(&table, left, from: Self.left) == .drop)
        #expect(table.statistics[.unknownChannel].datagrams == 1)
    }

    @Test("sides are bounded in all and for each source, and places come back")
    func bounds() throws {
        var table = Self.table {
            $0.sides = 5
            $0.sidesPerSource = 2
        }
        let network = try #require(IPAddress("2001:db8::1"))
        let neighbour = try #require(IPAddress("2001:db8::2:3"))
        let first = try table.attach(at: Self.left, source: network, now: Self.start)
        _ = try table.attach(at: Self.left, source: neighbour, now: Self.start)

        #expect(throws: RelayError.tooManySidesOfSource) {
            try table.attach(at: Self.left, source: network, now: Self.start)
        }
        _ = table.detach(first)
        _ = try table.attach(at: Self.left, source: network, now: Self.start)
        for host in UInt16(0)..<3 {
            let address = SocketAddress.simulated(host: host)
            _ = try table.attach(at: address, source: address.ip, now: Self.start)
        }
        #expect(throws: RelayError.tooManySides) {
            try table.attach(at: Self.left, source: Self.left.ip, now: Self.start)
        }
        #expect(table.sideCount == 5)
    }

    @Test("a side that waits too long and a channel that carries nothing end")
    func expiry() throws {
        var table = Self.table()
        #expect(table.nextTimeout == nil)
        let (left, right) = try Self.attachPair(&table)
        let alone = try table.attach(at: Self.left, source: Self.left.ip, now: Self.start)
        try table.join(left, right, now: Self.start)

        var now = Self.start
        var ends: [(Int64, Set<RelayChannelID>)] = []
        while let due = table.nextTimeout {
            // Used from either side for a minute.
            now = due
            if now <= Self.start + .seconds(60) {
                _ = Self.route(&table, right, from: Self.right, now: now)
            }
            let expired = table.expire(now: now)
            let seconds = (now - Self.start).nanoseconds / 1_000_000_000
            if !expired.isEmpty { ends.append((seconds, Set(expired))) }
        }

        #expect(ends.map(\.0) == [30, 180])
        #expect(ends.map(\.1) == [[alone], [left, right]])
        #expect(table.sideCount == 0)
    }

    @Test("a channel carries its rate and a burst, both ways together")
    func rate() throws {
        var table = Self.table { $0.rate = 1_000_000 }
        let (left, right) = try Self.attachPair(&table)
        try table.join(left, right, now: Self.start)

        var carried = 0
        for step in Int64(0)..<20_000 {
            let now = Self.start + .microseconds(step * 500)
            let (side, source) = step % 2 == 0 ? (left, Self.left) : (right, Self.right)
            let route = Self.route(&table, side, from: source, byteCount: 950, now: now)
            if case .forward(_, _, let byteCount) = route { carried += byteCount }
        }

        let dropped = Int(table.statistics[.rateExceeded].bytes)
        #expect(carried + dropped == 950 * 20_000)
        #expect((10_200_000...10_260_000).contains(carried))
    }

    @Test("of a run that the rate allows a part of, whole datagrams go")
    func partialRun() throws {
        var table = Self.table { $0.rate = 1_000 }
        let (left, right) = try Self.attachPair(&table)
        try table.join(left, right, now: Self.start)

        // The burst is 131,072 bytes.
        #expect(
            Self.route(&table, left, from: Self.left, byteCount: 131_180)
                == .forward(to: Self.right, as: right, byteCount: 131_000))
        #expect(Self.route(&table, left, from: Self.left) == .drop)

        #expect(table.statistics[.rateExceeded].datagrams == 3)
        #expect(table.statistics[.rateExceeded].bytes == 280)
    }

    @Test("thousands of channels do not touch each other")
    func thousands() throws {
        var table = Self.table()
        var pairs: [(RelayChannelID, RelayChannelID)] = []
        for host in UInt16(0)..<4_096 {
            let address = SocketAddress.simulated(host: host)
            let first = try table.attach(at: address, source: address.ip, now: Self.start)
            let second = try table.attach(at: address, source: address.ip, now: Self.start)
            try table.join(first, second, now: Self.start)
            pairs.append((first, second))
        }

        for (host, pair) in pairs.enumerated() {
            let address = SocketAddress.simulated(host: UInt16(host))
            #expect(
                Self.route(&table, pair.0, from: address)
                    == .forward(to: address, as: pair.1, byteCount: 100))
        }
        #expect(Set(pairs.map(\.0)).union(pairs.map(\.1)).count == 8_192)
    }
}
