import SRMUDP

/// Names and when to look at them, earliest first.
///
/// Nothing is cancelled: whoever takes a name out asks whether what it names is still there and due.
/// Names of what is gone are swept out when they outnumber the rest.
struct DeadlineQueue<Name> {
    private struct Entry {
        let deadline: Instant
        let name: Name
    }

    private var heap: [Entry] = []

    var count: Int { heap.count }
    var next: Instant? { heap.first?.deadline }

    mutating func insert(_ name: Name, at deadline: Instant) {
        heap.append(Entry(deadline: deadline, name: name))
        siftUp(heap.count - 1)
    }

    /// The earliest name if it is due.
    mutating func removeDue(now: Instant) -> Name? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown()
        return first.name
    }

    /// Keeps what `isAlive` finds alive, if there is much that may not be.
    mutating func sweep(aliveCount: Int, isAlive: (Name) -> Bool) {
        guard heap.count > 2 * aliveCount + 64 else { return }
        let kept = heap.filter { isAlive($0.name) }
        heap = []
        for entry in kept {
            heap.append(entry)
            siftUp(heap.count - 1)
        }
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].deadline < heap[parent].deadline else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func siftDown() {
        var index = 0
        while 2 * index + 1 < heap.count {
            var child = 2 * index + 1
            if child + 1 < heap.count, heap[child + 1].deadline < heap[child].deadline {
                child += 1
            }
            guard heap[child].deadline < heap[index].deadline else { return }
            heap.swapAt(index, child)
            index = child
        }
    }
}
