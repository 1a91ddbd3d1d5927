import TestSupport
import Testing

@testable import SRMUDP

@Suite struct DeadlineHeapTests {
    private static func at(_ nanoseconds: Int64) -> Instant {
        Instant(nanoseconds: nanoseconds)
    }

    @Test("the earliest deadline is found, and the next when it goes")
    func order() {
        var heap = DeadlineHeap()
        heap.set(Self.at(30), for: 0)
        heap.set(Self.at(10), for: 1)
        heap.set(Self.at(20), for: 2)

        var numbers: [Int] = []
        while let (_, number) = heap.earliest {
            numbers.append(number)
            heap.set(nil, for: number)
        }

        #expect(numbers == [1, 2, 0])
    }

    @Test("of equal deadlines the lower number comes first")
    func equality() {
        var heap = DeadlineHeap()
        for number in [3, 1, 2] { heap.set(Self.at(5), for: number) }

        #expect(heap.earliest?.number == 1)
    }

    @Test("a number without a deadline can be cleared")
    func absence() {
        var heap = DeadlineHeap()
        heap.set(nil, for: 7)

        #expect(heap.earliest == nil)
    }

    @Test(
        "deadlines that come, move and go agree with a plain list of them",
        arguments: 0..<UInt64(20))
    func model(seed: UInt64) {
        let random = SeededRandomSource(seed: seed)
        var heap = DeadlineHeap()
        var model: [Int: Instant] = [:]

        for _ in 0..<2_000 {
            let number = Int(random.next(below: 50))
            let deadline =
                random.next(below: 4) == 0 ? nil : Self.at(Int64(random.next(below: 100)))
            heap.set(deadline, for: number)
            model[number] = deadline

            let expected = model.min { ($0.value, $0.key) < ($1.value, $1.key) }
            #expect(heap.earliest?.number == expected?.key, "seed \(seed)")
            #expect(heap.earliest?.deadline == expected?.value, "seed \(seed)")
        }
    }
}
