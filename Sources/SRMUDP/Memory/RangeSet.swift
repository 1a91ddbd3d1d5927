/// A set of numbers, kept as sorted ranges that neither overlap nor touch.
///
/// Stream offsets that were acknowledged or lost and packet numbers that were received are such
/// sets. They nearly always hold one or two ranges and change at an end, so a sorted array serves
/// best: those cases cost a comparison and allocate nothing.
package struct RangeSet: Equatable {
    /// The ranges in ascending order; none is empty.
    package private(set) var ranges: [Range<UInt64>] = []
    private let maximumCount: Int

    /// - Parameter maximumCount: with more ranges than this, the smallest numbers are forgotten.
    package init(maximumCount: Int = .max) {
        precondition(maximumCount > 0, "a set holds at least one range")
        self.maximumCount = maximumCount
    }

    package var isEmpty: Bool { ranges.isEmpty }
    /// How many ranges there are.
    package var count: Int { ranges.count }
    package var first: Range<UInt64>? { ranges.first }
    package var last: Range<UInt64>? { ranges.last }
    /// The smallest number in the set.
    package var min: UInt64? { ranges.first?.lowerBound }
    /// The largest number in the set.
    package var max: UInt64? { ranges.last.map { $0.upperBound - 1 } }

    /// How many numbers the set holds; costs a walk over all ranges.
    package var total: UInt64 {
        var total: UInt64 = 0
        for range in ranges { total += range.upperBound - range.lowerBound }
        return total
    }

    /// The ranges from the largest numbers to the smallest, as an ACK frame lists them.
    package var fromLargest: ReversedCollection<[Range<UInt64>]> { ranges.reversed() }

    package func contains(_ number: UInt64) -> Bool {
        let index = firstIndex(endingAfter: number)
        return index < ranges.count && ranges[index].lowerBound <= number
    }

    package func contains(_ range: Range<UInt64>) -> Bool {
        if range.isEmpty { return true }
        let index = firstIndex(endingAfter: range.lowerBound)
        guard index < ranges.count else { return false }
        return ranges[index].lowerBound <= range.lowerBound
            && ranges[index].upperBound >= range.upperBound
    }

    /// The first part of `range` that has no number of the set in it, as long as possible.
    package func firstGap(in range: Range<UInt64>) -> Range<UInt64>? {
        var lower = range.lowerBound
        var index = firstIndex(endingAfter: lower)
        if index < ranges.count, ranges[index].lowerBound <= lower {
            lower = ranges[index].upperBound
            index += 1
        }
        guard lower < range.upperBound else { return nil }
        let next = index < ranges.count ? ranges[index].lowerBound : range.upperBound
        return lower..<Swift.min(next, range.upperBound)
    }

    /// Adds one number; `number` < 2^64-1.
    /// - Returns: false if it was in the set already.
    @discardableResult
    package mutating func insert(_ number: UInt64) -> Bool {
        if contains(number) { return false }
        insert(number..<number + 1)
        return true
    }

    package mutating func insert(_ range: Range<UInt64>) {
        if range.isEmpty { return }
        if let last = ranges.last, last.upperBound >= range.lowerBound {
            insertBeforeEnd(range)
        } else {
            ranges.append(range)
        }
        if ranges.count > maximumCount { ranges.removeFirst(ranges.count - maximumCount) }
    }

    package mutating func remove(_ range: Range<UInt64>) {
        if range.isEmpty { return }
        var index = firstIndex(endingAfter: range.lowerBound)
        while index < ranges.count, ranges[index].lowerBound < range.upperBound {
            let present = ranges[index]
            let left = present.lowerBound..<Swift.max(present.lowerBound, range.lowerBound)
            let right = Swift.min(present.upperBound, range.upperBound)..<present.upperBound
            switch (left.isEmpty, right.isEmpty) {
            case (true, true): ranges.remove(at: index)
            case (true, false): return ranges[index] = right
            case (false, true):
                ranges[index] = left
                index += 1
            case (false, false):
                ranges[index] = left
                return ranges.insert(right, at: index + 1)
            }
        }
    }

    /// Removes all numbers below `bound`.
    package mutating func removeAll(below bound: UInt64) {
        if bound > 0 { remove(0..<bound) }
    }

    package mutating func removeAll() { ranges.removeAll(keepingCapacity: false) }

    /// Takes up to `count` of the smallest adjoining numbers out of the set.
    package mutating func removeFirst(upTo count: UInt64) -> Range<UInt64>? {
        guard let first = ranges.first, count > 0 else { return nil }
        if first.upperBound - first.lowerBound <= count {
            ranges.removeFirst()
            return first
        }
        let middle = first.lowerBound + count
        ranges[0] = middle..<first.upperBound
        return first.lowerBound..<middle
    }

    private mutating func insertBeforeEnd(_ range: Range<UInt64>) {
        // Adjoining ranges are to merge, so search from the number before the range.
        let start = firstIndex(endingAfter: range.lowerBound &- (range.lowerBound > 0 ? 1 : 0))
        var end = start
        var lower = range.lowerBound
        var upper = range.upperBound
        while end < ranges.count, ranges[end].lowerBound <= upper {
            lower = Swift.min(lower, ranges[end].lowerBound)
            upper = Swift.max(upper, ranges[end].upperBound)
            end += 1
        }
        switch end - start {
        case 0: ranges.insert(range, at: start)
        case 1: ranges[start] = lower..<upper
        default:
            ranges[start] = lower..<upper
            ranges.removeSubrange(start + 1..<end)
        }
    }

    /// The index of the first range whose end lies beyond `number`; `count` if there is none.
    private func firstIndex(endingAfter number: UInt64) -> Int {
        // Most questions are about the newest numbers.
        if let last = ranges.last, ranges.count > 1, ranges[ranges.count - 2].upperBound <= number {
            return last.upperBound > number ? ranges.count - 1 : ranges.count
        }
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound > number { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
