import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct DeadlineQueueTests {
    @Test("names come out in the order of their deadlines", arguments: 1...10)
    func order(seed: Int) {
        let random = SeededRandomSource(seed: UInt64(seed))
        var queue = DeadlineQueue<Int64>()
        let numbers = (0..<200).map { _ in Int64(random.next(below: 100)) }
        for number in numbers { queue.insert(number, at: Instant(nanoseconds: number)) }

        var taken: [Int64] = []
        #expect(queue.removeDue(now: Instant(nanoseconds: -1)) == nil)
        while let number = queue.removeDue(now: Instant(nanoseconds: 49)) { taken.append(number) }

        #expect(taken == numbers.filter { $0 < 50 }.sorted())
        #expect(queue.next == numbers.filter { $0 >= 50 }.min().map(Instant.init(nanoseconds:)))
    }

    @Test("what is gone is swept out when it is most of it")
    func sweep() {
        var queue = DeadlineQueue<Int>()
        for number in 0..<300 {
            queue.insert(number, at: Instant(nanoseconds: Int64(300 - number)))
        }

        queue.sweep(aliveCount: 200) { _ in false }
        #expect(queue.count == 300)
        queue.sweep(aliveCount: 10) { $0 < 10 }

        #expect(queue.count == 10)
        #expect(queue.removeDue(now: Instant(nanoseconds: 1_000)) == 9)
    }
}
