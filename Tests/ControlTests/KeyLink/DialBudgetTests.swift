import SRMUDP
import Testing

@testable import Control

@Suite struct DialBudgetTests {
    private let start = Instant(nanoseconds: 5_000_000_000)
    private let address = IPAddress.loopbackIPv4

    /// Which of the dials at these times may begin.
    private func begin(
        _ budget: inout DialBudget, after times: [Interval], at address: IPAddress = .loopbackIPv4
    ) -> [Bool] {
        times.map { budget.begin(address, now: start + $0) }
    }

    @Test("16 dials begin at once, then one each 500 ms")
    func pace() {
        var budget = DialBudget()

        let burst = begin(&budget, after: Array(repeating: .zero, count: 20))
        let later = begin(&budget, after: [499, 500, 999, 1_000].map { .milliseconds($0) })
        let other = begin(&budget, after: [.zero], at: .loopbackIPv6)

        #expect(burst.count { $0 } == 16)
        #expect(later == [false, true, false, true])
        #expect(other == [true])
    }

    @Test("64 unanswered dials are the most at one address")
    func unanswered() {
        var budget = DialBudget()

        let begun = begin(&budget, after: (0..<1_000).map { .seconds($0) })
        budget.end(address, isAnswered: false)
        let next = begin(&budget, after: [.seconds(2_000), .seconds(2_001)])

        #expect(begun.count { $0 } == 64)
        #expect(next == [true, false])
    }

    @Test("what is answered costs nothing: a thousand links to one host come about at once")
    func answered() {
        var budget = DialBudget()
        var begun = 0

        for _ in 0..<1_000 {
            if budget.begin(address, now: start) { begun += 1 }
            budget.end(address, isAnswered: true)
        }

        #expect(begun == 1_000)
    }

    @Test("addresses with nothing on them are forgotten")
    func bound() {
        var budget = DialBudget()
        for index in 0..<20_000 {
            guard let address = IPAddress("10.0.\(index >> 8).\(index & 0xff)") else { continue }
            let now = start + .milliseconds(Int64(index) * 10)
            _ = budget.begin(address, now: now)
            budget.end(address, isAnswered: false)
        }

        #expect(budget.addressCount <= 1_200)
    }
}
