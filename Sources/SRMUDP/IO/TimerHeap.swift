/// Names a closure that an `EventLoop` will call.
package struct TimerID: Hashable, Sendable {
    let number: UInt64
}

/// Closures and when to call them, earliest first.
///
/// For coarse deadlines: dialling, accept pauses, sessions. The packet timers of all connections
/// together are one deadline, which the endpoint's turn hook returns. Cancelling is cheap: the
/// entry stays in the heap until it would be the first, or until such leftovers outnumber the rest.
struct TimerHeap {
    private struct Entry {
        let deadline: Instant
        let number: UInt64

        // Timers of one deadline fire in the order in which they were set.
        func isBefore(_ other: Entry) -> Bool {
            (deadline, number) < (other.deadline, other.number)
        }
    }

    /// The first one is never a leftover.
    private var entries: [Entry] = []
    private var closures: [UInt64: () -> Void] = [:]
    private var nextNumber: UInt64 = 0

    var isEmpty: Bool { closures.isEmpty }

    /// When the earliest timer is due, or `nil` if there is none.
    var nextDeadline: Instant? { entries.first?.deadline }

    /// A number that no timer set so far has reached; see `removeDue`.
    var horizon: UInt64 { nextNumber }

    mutating func insert(at deadline: Instant, _ closure: @escaping () -> Void) -> TimerID {
        let number = nextNumber
        nextNumber += 1
        closures[number] = closure
        entries.append(Entry(deadline: deadline, number: number))
        siftUp(entries.count - 1)
        return TimerID(number: number)
    }

    mutating func cancel(_ timer: TimerID) {
        guard closures.removeValue(forKey: timer.number) != nil else { return }
        removeLeftovers()
        guard entries.count > 64, entries.count > 2 * closures.count else { return }
        let kept = entries.filter { closures[$0.number] != nil }
        entries = []
        for entry in kept {
            entries.append(entry)
            siftUp(entries.count - 1)
        }
    }

    /// Takes one timer out that is due at `now` and was set before `horizon`.
    ///
    /// The horizon keeps timers that due timers set from being called in the same turn, which
    /// might otherwise never end.
    mutating func removeDue(at now: Instant, before horizon: UInt64) -> (() -> Void)? {
        guard let first = entries.first, first.deadline <= now, first.number < horizon
        else { return nil }
        removeFirst()
        defer { removeLeftovers() }
        return closures.removeValue(forKey: first.number)
    }

    private mutating func removeLeftovers() {
        while let first = entries.first, closures[first.number] == nil { removeFirst() }
    }

    private mutating func removeFirst() {
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        siftDown()
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard entries[index].isBefore(entries[parent]) else { return }
            entries.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func siftDown() {
        var index = 0
        while 2 * index + 1 < entries.count {
            var child = 2 * index + 1
            if child + 1 < entries.count, entries[child + 1].isBefore(entries[child]) { child += 1 }
            guard entries[child].isBefore(entries[index]) else { return }
            entries.swapAt(index, child)
            index = child
        }
    }
}
