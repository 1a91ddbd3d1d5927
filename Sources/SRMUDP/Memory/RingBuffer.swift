/// A queue of plain values whose elements keep their number for life.
///
/// The first element ever appended has number 0 (or `start`), the next one 1, and so on; removing
/// at the front does not renumber the rest. Packets in flight are found by number that way. Memory
/// grows by doubling and is reused, so a queue in its stride allocates nothing.
package struct RingBuffer<Element: BitwiseCopyable>: ~Copyable {
    private var slots: [Element] = []
    private var mask: UInt64 = 0
    package private(set) var startIndex: UInt64
    package private(set) var endIndex: UInt64

    package init(start: UInt64 = 0) {
        startIndex = start
        endIndex = start
    }

    package var count: Int { Int(endIndex - startIndex) }
    package var isEmpty: Bool { endIndex == startIndex }

    package subscript(index: UInt64) -> Element {
        get {
            precondition(index >= startIndex && index < endIndex, "no element of that number")
            return slots[Int(index & mask)]
        }
        set {
            precondition(index >= startIndex && index < endIndex, "no element of that number")
            slots[Int(index & mask)] = newValue
        }
        _modify {
            precondition(index >= startIndex && index < endIndex, "no element of that number")
            yield &slots[Int(index & mask)]
        }
    }

    package func contains(_ index: UInt64) -> Bool { index >= startIndex && index < endIndex }

    package mutating func append(_ element: Element) {
        if count == slots.count { grow(filler: element) }
        slots[Int(endIndex & mask)] = element
        endIndex += 1
    }

    package mutating func removeFirst() {
        precondition(!isEmpty, "the queue is empty")
        startIndex += 1
    }

    /// Removes all elements whose number is below `index`.
    package mutating func removeFirst(upTo index: UInt64) {
        precondition(index >= startIndex && index <= endIndex, "no element of that number")
        startIndex = index
    }

    private mutating func grow(filler: Element) {
        let capacity = max(16, slots.count * 2)
        var larger = [Element](repeating: filler, count: capacity)
        let largerMask = UInt64(capacity - 1)
        for index in startIndex..<endIndex {
            larger[Int(index & largerMask)] = slots[Int(index & mask)]
        }
        slots = larger
        mask = largerMask
    }
}
