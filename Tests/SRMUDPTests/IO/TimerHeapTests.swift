import TestSupport
import Testing

@testable import SRMUDP

@Suite("TimerHeap")
struct TimerHeapTests {
    @Test("random timers fire in order and never after being cancelled", arguments: 1...20)
    func random(seed: UInt64) {
        let random = SeededRandomSource(seed: seed)
        var heap = TimerHeap()
        var fired: [(Int64, UInt64)] = []
        var expected: [(Int64, UInt64)] = []
        var timers: [(TimerID, Int64)] = []
        for _ in 0..<500 {
            let deadline = Int64(random.next() % 100)
            var number: UInt64 = 0
            let timer = heap.insert(at: Instant(nanoseconds: deadline)) {
                fired.append((deadline, number))
            }
            number = timer.number
            timers.append((timer, deadline))
        }
        for (timer, deadline) in timers {
            if random.next() % 4 == 0 {
                expected.append((deadline, timer.number))
            } else {
                heap.cancel(timer)
                heap.cancel(timer)
            }
        }
        expected.sort { $0 < $1 }

        while let deadline = heap.nextDeadline {
            #expect(heap.removeDue(at: deadline - .nanoseconds(1), before: heap.horizon) == nil)
            heap.removeDue(at: deadline, before: heap.horizon)?()
        }

        #expect(heap.isEmpty)
        #expect(fired.elementsEqual(expected, by: ==), "seed \(seed)")
    }
}
