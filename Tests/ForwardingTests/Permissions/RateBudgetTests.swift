import SRMUDP
import Testing

@testable import Forwarding

@Suite struct RateBudgetTests {
    @Test("without a rate everything is granted, and nobody waits")
    func unlimited() throws {
        let budget = RateBudget(rate: nil, loop: try EventLoop())

        #expect(budget.allowance(upTo: 1 << 20) == 1 << 20)
        budget.spend(1 << 30)
        #expect(budget.allowance(upTo: 1 << 20) == 1 << 20)
    }

    @Test("an eighth of a second's worth is granted at once, and what was spent is gone")
    func burst() throws {
        let budget = RateBudget(rate: 1 << 20, loop: try EventLoop())

        #expect(budget.allowance(upTo: 1 << 20) == 1 << 17)
        budget.spend(1 << 17)
        #expect(budget.allowance(upTo: 1 << 20) == 0)
    }

    @Test("who waits is woken once there is credit, and those who wait share it")
    func waiting() throws {
        let loop = try EventLoop()
        let budget = RateBudget(rate: 1 << 20, loop: loop)
        budget.spend(1 << 17)
        var allowances: [Int] = []
        for _ in 0..<4 { budget.wait { allowances.append(budget.allowance(upTo: 1 << 20)) } }

        for _ in 0..<1_000 where allowances.isEmpty {
            try loop.runTurn(waitingAtMost: .milliseconds(10))
        }

        #expect(allowances.count == 4)
        #expect(allowances.allSatisfy { $0 > 0 })
        // Nobody spent anything meanwhile, so the shares grow as fewer are left to share.
        #expect(allowances == allowances.sorted())
        #expect((allowances.first ?? 0) * 3 <= (allowances.last ?? 0))
    }

    @Test("a rate that is lifted lets everybody go on")
    func lifted() throws {
        let loop = try EventLoop()
        let budget = RateBudget(rate: 1_024, loop: loop)
        budget.spend(1 << 20)
        var isWoken = false
        budget.wait { isWoken = true }

        budget.rate = nil

        #expect(isWoken)
        #expect(budget.allowance(upTo: 99) == 99)
    }

    @Test("the largest rate and the longest pause do not overflow")
    func extremes() throws {
        for rate in [PeerGrants.rateRange.lowerBound, PeerGrants.rateRange.upperBound] {
            let loop = try EventLoop()
            let budget = RateBudget(rate: rate, loop: loop)
            budget.spend(1 << 40)
            budget.wait {}
            try loop.runTurn(waitingAtMost: .milliseconds(1))
            #expect(budget.allowance(upTo: .max) >= 0)
        }
    }
}
