import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct ByteQueueTests {
    @Test("kept parts become one run, whatever was skipped between them")
    func keeping() {
        var queue = ByteQueue()
        queue.append([1, 2, 3, 4, 5, 6, 7, 8])

        queue.skip(1)
        queue.keep(2)
        queue.skip(2)
        queue.keep(1)

        let kept = queue.storage.array(queue.kept)
        let rest = queue.take(2)
        queue.dropKept()
        let (isEmpty, keepsNothing) = (queue.isEmpty, queue.kept.isEmpty)

        #expect(kept == [2, 3, 6])
        #expect(rest == [7, 8])
        #expect(isEmpty && keepsNothing)
    }

    @Test("a run without gaps is not moved")
    func inPlace() {
        var queue = ByteQueue()
        queue.append([1, 2, 3, 4])

        queue.skip(1)
        queue.keep(1)
        queue.keep(2)

        let kept = queue.kept
        #expect(kept == 1..<4)
    }

    @Test("any sequence of operations gives what two plain arrays give", arguments: 1...50)
    func random(seed: Int) {
        let random = SeededRandomSource(seed: UInt64(seed))
        var queue = ByteQueue()
        var kept: [UInt8] = []
        var waiting: [UInt8] = []
        for _ in 0..<200 {
            let amount = Int(random.next(below: 50))
            let count = min(amount, waiting.count)
            switch random.next(below: 7) {
            case 0, 1:
                let bytes = random.bytes(count: amount)
                queue.append(bytes)
                waiting += bytes
            case 2:
                queue.skip(count)
                waiting.removeFirst(count)
            case 3:
                queue.keep(count)
                kept += waiting.prefix(count)
                waiting.removeFirst(count)
            case 4 where amount < 10:
                queue.dropKept()
                kept = []
            case 5:
                kept = random.bytes(count: amount)
                queue.replaceKept(with: ByteStorage(kept), 0..<amount)
            default:
                queue.reserve(amount)
                queue.releaseMemory()
            }
            let nowKept = queue.storage.array(queue.kept)
            let nowWaiting = queue.storage.array(queue.waiting)
            #expect(nowKept == kept, "seed \(seed)")
            #expect(nowWaiting == waiting, "seed \(seed)")
        }
    }
}
