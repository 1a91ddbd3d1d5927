import TestSupport
import Testing

@testable import SRMUDP

@Suite("RangeSet") struct RangeSetTests {
    @Test(
        "ranges that touch become one",
        arguments: [
            ([0..<10, 10..<20], [0..<20]),
            ([10..<20, 0..<10], [0..<20]),
            ([0..<5, 10..<15, 4..<11], [0..<15]),
            ([0..<5, 10..<15, 6..<9], [0..<5, 6..<9, 10..<15]),
            ([5..<6, 7..<8, 9..<10, 0..<20], [0..<20]),
            ([3..<3], []),
        ] as [([Range<UInt64>], [Range<UInt64>])])
    func merge(inserted: [Range<UInt64>], expected: [Range<UInt64>]) {
        var set = RangeSet()

        for range in inserted { set.insert(range) }

        #expect(set.ranges == expected)
    }

    @Test("with too many ranges, the smallest numbers are forgotten")
    func bound() {
        var set = RangeSet(maximumCount: 2)

        for number in [1, 3, 5] as [UInt64] { set.insert(number) }

        #expect(set.ranges == [3..<4, 5..<6])
        #expect(set.min == 3 && set.max == 5)
        #expect(Array(set.fromLargest) == [5..<6, 3..<4])
    }

    @Test("it does what a plain set of numbers does")
    func model() {
        let seed: UInt64 = 7
        let random = SeededRandomSource(seed: seed)
        var set = RangeSet()
        var model = Set<UInt64>()
        for _ in 0..<5_000 {
            let lower = random.next(below: 100)
            let range = lower..<lower + random.next(below: 12)
            if random.next(below: 2) == 0 {
                set.insert(range)
                model.formUnion(range)
            } else {
                set.remove(range)
                model.subtract(range)
            }
            #expect(Set(set.ranges.joined()) == model, "seed \(seed)")
            #expect(set.total == UInt64(model.count))
            let probe = random.next(below: 110)
            #expect(set.contains(probe) == model.contains(probe))
            #expect(set.contains(range) == model.isSuperset(of: range))
            let gap = set.firstGap(in: range)
            #expect(gap?.lowerBound == range.first { !model.contains($0) })
            if let gap { #expect(gap.allSatisfy { !model.contains($0) }) }
            for (left, right) in zip(set.ranges, set.ranges.dropFirst()) {
                #expect(left.upperBound < right.lowerBound)
            }
        }
    }

    @Test("the smallest numbers are taken in portions")
    func portions() {
        var set = RangeSet()
        set.insert(10..<15)
        set.insert(20..<22)

        #expect(set.removeFirst(upTo: 3) == 10..<13)
        #expect(set.removeFirst(upTo: 3) == 13..<15)
        #expect(set.removeFirst(upTo: 9) == 20..<22)
        #expect(set.removeFirst(upTo: 9) == nil)
    }
}
