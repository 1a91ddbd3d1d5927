import TestSupport
import Testing

@testable import SRMUDP

@Suite("RelayForwarder")
struct RelayForwarderTests {
    private static let now = Instant(nanoseconds: 1_000_000_000)
    private static let left = SocketAddress.simulated(host: 1)
    private static let right = SocketAddress.simulated(host: 2)

    private let carrier = RecordingCarrier()
    private let forwarder = RelayForwarder(
        table: RelayTable(random: SeededRandomSource(seed: 1)))

    private func makeChannel(
        _ first: SocketAddress = left, _ second: SocketAddress = right
    ) throws -> (RelayChannelID, RelayChannelID) {
        let ids = (
            try forwarder.table.attach(at: first, source: Self.left.ip, now: Self.now),
            try forwarder.table.attach(at: second, source: Self.right.ip, now: Self.now)
        )
        try forwarder.table.join(ids.0, ids.1, now: Self.now)
        return ids
    }

    private static func relayed(_ channel: RelayChannelID, _ content: [UInt8]) -> [UInt8] {
        [0xf7] + channel.bytes + content
    }

    private func take(_ datagrams: [[UInt8]], from source: SocketAddress = left, ecn: UInt8 = 0) {
        forwarder.take(datagrams, from: source, ecn: ecn, carrier: carrier, now: Self.now)
    }

    @Test("a run with one channel leaves as one run, unchanged but for the ID")
    func run() throws {
        let (left, right) = try makeChannel()
        let contents = (0..<40).map { [UInt8](repeating: $0, count: $0 < 39 ? 1_200 : 1) }

        take(contents.map { Self.relayed(left, $0) }, ecn: 2)

        #expect(
            carrier.sent == [
                .init(
                    destination: Self.right, datagrams: contents.map { Self.relayed(right, $0) },
                    ecn: 2)
            ])
        #expect(carrier.callCount == 1)
        #expect(forwarder.table.statistics.forwarded.datagrams == 40)
        #expect(forwarder.table.statistics.forwarded.bytes == 39 * 1_209 + 10)
    }

    @Test("a message with several channels is split, and leaves with one call")
    func split() throws {
        let (first, atFirst) = try makeChannel()
        let other = SocketAddress.simulated(host: 3)
        let (second, atSecond) = try makeChannel(Self.left, other)
        let channels = [first, first, second, first, second, second]

        take(channels.enumerated().map { Self.relayed($1, [UInt8($0), 5]) })

        #expect(carrier.callCount == 1)
        #expect(carrier.sent.map(\.destination) == [Self.right, other, Self.right, other])
        #expect(
            carrier.sent.flatMap(\.datagrams)
                == channels.enumerated().map {
                    Self.relayed($1 == first ? atFirst : atSecond, [UInt8($0), 5])
                })
    }

    @Test("nothing goes on of what is malformed, unknown, alone or from elsewhere")
    func drops() throws {
        let (left, _) = try makeChannel()
        let alone = try forwarder.table.attach(
            at: Self.left, source: Self.left.ip, now: Self.now)

        take([Self.relayed(RelayChannelID(3), [1])])
        take([Self.relayed(alone, [1, 2])])
        take([Self.relayed(left, [])])
        take([[0xf7, 1, 2]])
        take([[0xf7]])
        #expect(carrier.takeSent().isEmpty)
        take([Self.relayed(left, [1]), Self.relayed(left, [2])], from: Self.right)

        // Only that the side is known elsewhere is told, shorter than what was said.
        #expect(
            carrier.sent == [
                .init(destination: Self.right, datagrams: [Self.relayed(left, [])], ecn: 0)
            ])
        let statistics = forwarder.table.statistics
        #expect(statistics[.unknownChannel].datagrams == 1)
        #expect(statistics[.notJoined].datagrams == 1)
        #expect(statistics[.malformed].datagrams == 3)
        #expect(statistics[.wrongSource].datagrams == 2)
        #expect(statistics.forwarded.datagrams == 0)
    }

    @Test("a short last datagram of a run is malformed, the ones before it go on")
    func shortLast() throws {
        let (left, right) = try makeChannel()

        take([Self.relayed(left, [1]), Self.relayed(left, [])])

        #expect(carrier.sent.map(\.datagrams) == [[Self.relayed(right, [1])]])
        #expect(forwarder.table.statistics[.malformed].datagrams == 1)
    }

    @Test("runs stay within what one call to the system may hold")
    func largeRuns() throws {
        let (left, _) = try makeChannel()

        take((0..<150).map { _ in Self.relayed(left, [1]) })
        take(
            [[UInt8]](repeating: Self.relayed(left, [UInt8](repeating: 1, count: 9_991)), count: 8))

        #expect(carrier.sent.map(\.datagrams.count) == [64, 64, 22, 6, 2])
    }

    @Test("a full socket drops the rest of the turn, a failure only what it concerns")
    func failures() throws {
        let pairs = try (0..<4).map { _ in try makeChannel() }
        let datagrams = pairs.map { Self.relayed($0.0, [1, 2, 3]) }

        carrier.results = [.sent, .failed(1), .sent, .sent]
        take(datagrams)
        #expect(carrier.takeSent().count == 3)
        carrier.results = [.sent, .wouldBlock(sentByteCount: 0)]
        take(datagrams)
        #expect(carrier.takeSent().count == 1)
        carrier.largestDatagram = 11
        take(datagrams)

        #expect(carrier.sent.isEmpty)
        let statistics = forwarder.table.statistics
        #expect(statistics[.unreachable].datagrams == 1)
        #expect(statistics[.full].datagrams == 3)
        #expect(statistics[.tooBig].datagrams == 4)
        #expect(statistics.forwarded.datagrams == 4)
        #expect(statistics.forwarded.bytes == 48)
    }

    @Test("datagrams come from and go to WebSockets as well")
    func webSockets() throws {
        let link = LinkAddress(.webSocket, number: 1).socketAddress
        let (left, right) = try makeChannel(Self.left, link)

        take([Self.relayed(left, [1]), Self.relayed(left, [2])])
        take([Self.relayed(right, [3])], from: link)

        #expect(carrier.sent.map(\.destination) == [link, Self.left])
        #expect(
            carrier.sent.map(\.datagrams)
                == [
                    [Self.relayed(right, [1]), Self.relayed(right, [2])], [Self.relayed(left, [3])],
                ])
        #expect(forwarder.table.statistics.forwarded.datagrams == 3)
    }

    @Test("what is over the rate is dropped and counted")
    func rate() throws {
        var limits = RelayTable.Limits()
        limits.rate = 1_000
        forwarder.table = RelayTable(limits: limits, random: SeededRandomSource(seed: 1))
        let (left, _) = try makeChannel()
        let run = [[UInt8]](
            repeating: Self.relayed(left, [UInt8](repeating: 1, count: 991)), count: 60)

        for _ in 0..<3 { take(run) }

        #expect(carrier.sent.map(\.datagrams.count) == [60, 60, 11])
        #expect(forwarder.table.statistics[.rateExceeded].datagrams == 49)
        #expect(forwarder.table.statistics[.rateExceeded].bytes == 49_000)
    }
}
