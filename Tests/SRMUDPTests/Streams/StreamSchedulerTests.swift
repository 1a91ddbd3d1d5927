import TestSupport
import Testing

@testable import SRMUDP

@Suite("StreamScheduler") struct StreamSchedulerTests {
    /// Serves packets from streams that have `queued` bytes, and counts what each sent.
    final class Bench {
        var scheduler = StreamScheduler()
        var queued: [Int]
        var sent: [Int]
        var now = Instant(nanoseconds: 0)

        init(streams count: Int) {
            queued = Array(repeating: 0, count: count)
            sent = queued
            for slot in 0..<count { scheduler.reset(UInt32(slot)) }
        }

        func add(_ slot: Int, _ count: Int) {
            queued[slot] += count
            scheduler.add(UInt32(slot), queued: queued[slot])
        }

        /// - Returns: the stream that was served.
        @discardableResult
        func serve(packet: Int = 1_200) -> Int? {
            guard let slot = scheduler.next(now: now) else { return nil }
            let index = Int(slot)
            let count = min(packet, queued[index])
            queued[index] -= count
            sent[index] += count
            scheduler.served(slot, count: count, hasMore: queued[index] > 0, now: now)
            now += .microseconds(10)
            return index
        }
    }

    @Test("bulk streams share evenly")
    func fairness() {
        let bench = Bench(streams: 100)
        for slot in 0..<100 { bench.add(slot, 10_000_000) }

        for _ in 0..<20_000 { bench.serve() }

        let least = bench.sent.min() ?? 0
        let most = bench.sent.max() ?? 0
        #expect(least * 10 >= most * 8, "\(least)...\(most)")
    }

    @Test("streams with packets of different size share evenly")
    func differentSizes() {
        let bench = Bench(streams: 2)
        bench.add(0, 100_000_000)
        bench.add(1, 100_000_000)

        for _ in 0..<20_000 {
            let packet = bench.scheduler.next(now: bench.now) == 0 ? 60_000 : 900
            bench.serve(packet: packet)
        }

        // The larger packets exceed a turn and cannot be cut, so that stream gets at most that.
        #expect(bench.sent[0] <= bench.sent[1] * 4)
        bench.sent = [0, 0]
        for _ in 0..<20_000 {
            let packet = bench.scheduler.next(now: bench.now) == 0 ? 9_000 : 900
            bench.serve(packet: packet)
        }
        #expect(abs(bench.sent[0] - bench.sent[1]) < bench.sent[1] / 10)
    }

    @Test("a keystroke waits for nobody")
    func interactive() {
        let bench = Bench(streams: 1_001)
        for slot in 0..<1_000 { bench.add(slot, 10_000_000) }
        for _ in 0..<2_000 { bench.serve() }

        for _ in 0..<50 {
            bench.add(1_000, 64)
            var waited = 0
            while bench.serve() != 1_000 { waited += 1 }
            #expect(waited <= 14)
            for _ in 0..<100 { bench.serve() }
            bench.now += .milliseconds(20)
        }
    }

    @Test("a new stream with much to send gets one turn at once, and then its share")
    func fresh() {
        let bench = Bench(streams: 101)
        for slot in 0..<100 { bench.add(slot, 10_000_000) }
        for _ in 0..<4_000 { bench.serve() }

        bench.add(100, 10_000_000)
        var waited = 0
        while bench.serve() != 100 { waited += 1 }
        #expect(waited <= 14)
        for _ in 0..<2_800 { bench.serve() }

        #expect(bench.sent[100] <= 4 * 16_384)
    }

    @Test("streams that always have little to send do not starve bulk")
    func bulkIsNotStarved() {
        let bench = Bench(streams: 401)
        bench.add(400, 1_000_000_000)

        for round in 0..<40_000 {
            bench.now += .microseconds(400)
            bench.add(round % 400, 1_000)
            bench.serve()
        }

        // Its fair share would be one part in 401.
        let total = bench.sent.reduce(0, +)
        #expect(bench.sent[400] * 40 >= total)
    }

    @Test("a stream that never pauses leaves the interactive lane")
    func demotion() {
        let bench = Bench(streams: 2)
        bench.add(0, 10_000_000)
        for _ in 0..<100 { bench.serve() }
        bench.sent = [0, 0]

        // It always has one packet more, but never two.
        for _ in 0..<4_000 {
            bench.add(1, 1_200)
            bench.serve()
        }

        #expect(bench.sent[1] * 10 <= bench.sent[0] * 12)
    }
}
