import TestSupport
import Testing

@testable import SRMUDP

@Suite("RelayBudget")
struct RelayBudgetTests {
    private static let start = Instant(nanoseconds: 0)

    @Test("no rate is no limit")
    func unlimited() {
        var budget = RelayBudget(rate: nil, now: Self.start)

        #expect(budget.take(1 << 40, segmentSize: 1_200, now: Self.start) == 1 << 40)
    }

    @Test(
        "the rate holds from a byte a second to the highest",
        arguments: [
            Int64(1), 1_000, 123_457, 3_333_333_333, RelayBudget.maximumRate, .max,
        ])
    func rates(rate: Int64) {
        var budget = RelayBudget(rate: rate, now: Self.start)
        let effective = min(rate, RelayBudget.maximumRate)
        let burst = max(effective / 4, 131_072)

        let first = budget.take(.max >> 1, segmentSize: 1, now: Self.start)
        var second = 0
        for step in Int64(1)...1_000 {
            second += budget.take(
                .max >> 1, segmentSize: 1, now: Self.start + .milliseconds(step))
        }
        let afterAges = budget.take(
            .max >> 1, segmentSize: 1, now: Instant(nanoseconds: .max - 1))

        #expect(first == Int(burst))
        #expect(second == Int(effective))
        #expect(afterAges == Int(burst))
    }

    @Test("only whole datagrams are taken, and a clock that stands still brings nothing")
    func wholeDatagrams() {
        var budget = RelayBudget(rate: 1_000, now: Self.start)

        #expect(budget.take(200_000, segmentSize: 1_000, now: Self.start) == 131_000)
        #expect(budget.take(72, segmentSize: 1_000, now: Self.start) == 72)
        #expect(budget.take(1, segmentSize: 1_000, now: Self.start) == 0)
        #expect(budget.take(1, segmentSize: 1, now: Self.start + .microseconds(999)) == 0)
        #expect(budget.take(1, segmentSize: 1, now: Self.start + .milliseconds(1)) == 1)
    }
}
