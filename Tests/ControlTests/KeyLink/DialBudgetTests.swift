import SRMUDP
import Testing

@testable import Control

@Suite struct DialBudgetTests {
    private let start = Instant(nanoseconds: 5_000_000_000)
    private let address = IPAddress.loopbackIPv4

    @Test("16 dials begin at once, then one each 500 ms")
    func pace() {
        var budget = DialBudget()

        #expect((0..<20).count { _ in budget.begin(address, now: start) } == 16)
        #expect(!budget.begin(address, now: start + .milliseconds(499)))
        #expect(budget.begin(address, now: start + .milliseconds(500)))
        #expect(!budget.begin(address, now: start + .milliseconds(999)))
        #expect(budget.begin(.loopbackIPv6, now: start))
    }

    @Test("64 unanswered dials are the most at one address")
    func unanswered() {
        var budget = DialBudget()
        var begun = 0
        for step in 0..<1_000 where budget.begin(address, now: start + .seconds(Int64(step))) {
            begun += 1
        }
        let later = start + .seconds(2_000)

        #expect(begun == 64)
        budget.end(address, isAnswered: false, now: later)
        #expect(budget.begin(address, now: later))
        #expect(!budget.begin(address, now: later))
    }

    @Test("what is answered costs nothing: a thousand links to one host come about at once")
    func answered() {
        var budget = DialBudget()

        for _ in 0..<1_000 {
            #expect(budget.begin(address, now: start))
            budget.end(address, isAnswered: true, now: start)
        }
    }

    @Test("addresses with nothing on them are forgotten")
    func bound() {
        var budget = DialBudget()
        for index in 0..<20_000 {
            let number = UInt8(index & 0xff)
            let next = UInt8(index >> 8)
            guard let address = IPAddress("10.0.\(next).\(number)") else { continue }
            let now = start + .milliseconds(Int64(index) * 10)
            #expect(budget.begin(address, now: now))
            budget.end(address, isAnswered: false, now: now)
        }

        #expect(budget.addressCount <= 1_200)
    }
}
