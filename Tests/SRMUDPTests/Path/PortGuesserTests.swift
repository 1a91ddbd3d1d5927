import TestSupport
import Testing

@testable import SRMUDP

@Suite struct PortGuesserTests {
    private static let start = Instant(nanoseconds: 1_000_000_000)

    private static func hint(port: UInt16) -> SocketAddress {
        SocketAddress(IPAddress(ipv4: 0xc633_6401), port: port)
    }

    private static func guesses(near port: UInt16, budget: Int, seed: UInt64 = 1) -> [UInt16] {
        var guesser = PortGuesser(
            near: hint(port: port), budget: budget, random: SeededRandomSource(seed: seed),
            now: start)
        var now = start
        var ports: [UInt16] = []
        while let address = guesser.next(now: now) {
            ports.append(address.port)
            now = guesser.due
        }
        return ports
    }

    @Test(
        "every port is guessed at most once after the neighbourhood",
        arguments: 0..<20 as Range<UInt64>)
    func distinct(seed: UInt64) {
        let ports = Self.guesses(near: 1_024, budget: 4_096, seed: seed)

        #expect(ports.count == 4_096)
        #expect(ports.allSatisfy { PortGuesser.ports.contains($0) })
        #expect(Set(ports.dropFirst(64)).count == 4_096 - 64)
    }

    @Test("the neighbourhood of the hint comes first, upwards and downwards")
    func neighbours() {
        let ports = Self.guesses(near: 40_000, budget: 64)

        #expect(ports.prefix(4) == [40_008, 39_992, 40_016, 39_984])
        #expect(ports.max() == 40_256 && ports.min() == 39_744)
    }

    @Test("a guess leaves every ten milliseconds, within the budget and the limit")
    func bounds() {
        var guesser = PortGuesser(
            near: Self.hint(port: 40_000), budget: 2, random: SeededRandomSource(seed: 1),
            now: Self.start)

        #expect(guesser.next(now: Self.start) != nil)
        #expect(guesser.next(now: Self.start) == nil)
        #expect(guesser.due == Self.start + .milliseconds(10))
        #expect(guesser.next(now: guesser.due) != nil)
        #expect(guesser.isOver && guesser.next(now: guesser.due) == nil)
        #expect(Self.guesses(near: 40_000, budget: 65_535).count == PortGuesser.limit)
        #expect(Self.guesses(near: 40_000, budget: 0).isEmpty)
    }

    @Test("256 open ports are found with 1024 guesses in at least 95 of 100 cases")
    func birthday() {
        let random = SeededRandomSource(seed: 7)
        let hits = (0..<200).count { seed in
            let open = Set((0..<256).map { _ in UInt16(1_024 + random.next(below: 64_512)) })
            return Self.guesses(near: 40_000, budget: 1_024, seed: UInt64(seed))
                .contains { open.contains($0) }
        }

        #expect(hits >= 190, "\(hits) of 200")
    }
}
