import SRMUDP
import Testing

@testable import Forwarding

@Suite struct RateBudgetTests {
    @Test("without a rate everything is granted, and nobody waits")
    func unlimited() {
        let budget = RateBudget(rate: nil, clock: SimulatedClock())

        #expect(budget.allowance(upTo: 1 << 20) == 1 << 20)
        budget.spend(1 << 30)
        #expect(budget.allowance(upTo: 1 << 20) == 1 << 20)
    }

    @Test("an eighth of a second's worth is granted at once, and what was spent is gone")
    func burst() {
        let budget = RateBudget(rate: 1 << 20, clock: SimulatedClock())

        #expect(budget.allowance(upTo: 1 << 20) == 1 << 17)
        budget.spend(1 << 17)
        #expect(budget.allowance(upTo: 1 << 20) == 0)
    }

    @Test("what is spent comes back at the rate, and no more than an eighth of a second's worth")
    func credit() {
        let clock = SimulatedClock()
        let budget = RateBudget(rate: 1 << 20, clock: clock)
        budget.spend(1 << 17)

        clock.advance(by: .microseconds(62_500))
        #expect(budget.allowance(upTo: 1 << 20) == 1 << 16)
        clock.advance(by: .seconds(3600))
        #expect(budget.allowance(upTo: 1 << 20) == 1 << 17)
    }

    @Test("who waits is woken once there is credit, and those who wait share it")
    func waiting() {
        let clock = SimulatedClock()
        let budget = RateBudget(rate: 1 << 20, clock: clock)
        budget.spend(1 << 17)
        var allowances: [Int] = []
        for _ in 0..<4 { budget.wait { allowances.append(budget.allowance(upTo: 1 << 20)) } }

        #expect(allowances.isEmpty)
        clock.advance(by: .milliseconds(20))

        #expect(allowances.count == 4)
        #expect(allowances.allSatisfy { $0 > 0 })
        // Nobody spent anything meanwhile, so the shares grow as fewer are left to share.
        #expect(allowances == allowances.sorted())
        #expect((allowances.first ?? 0) * 3 <= (allowances.last ?? 0))
    }

    @Test("what does not wait is admitted while something is left, and refused beyond")
    func admission() {
        let clock = SimulatedClock()
        let budget = RateBudget(rate: 8_192, clock: clock)

        #expect(budget.admits(2_000))
        // The last one may take more than what is left; the debt is paid before the next one.
        #expect(budget.admits(2_000))
        #expect(!budget.admits(1))
        clock.advance(by: .milliseconds(200))
        #expect(!budget.admits(0))
        clock.advance(by: .milliseconds(100))
        #expect(budget.admits(1))
    }

    @Test("a rate that is lifted lets everybody go on")
    func lifted() {
        let budget = RateBudget(rate: 1_024, clock: SimulatedClock())
        budget.spend(1 << 20)
        var isWoken = false
        budget.wait { isWoken = true }

        budget.rate = nil

        #expect(isWoken)
        #expect(budget.allowance(upTo: 99) == 99)
        #expect(budget.admits(1 << 20))
    }

    @Test("the largest rate and the longest pause do not overflow")
    func extremes() {
        for rate in [PeerGrants.rateRange.lowerBound, PeerGrants.rateRange.upperBound] {
            let clock = SimulatedClock()
            let budget = RateBudget(rate: rate, clock: clock)
            budget.spend(1 << 40)
            budget.wait {}
            clock.advance(by: .seconds(1 << 30))
            #expect(budget.allowance(upTo: .max) >= 0)
        }
    }
}
