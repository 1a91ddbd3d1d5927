import SRMUDP

/// Events by time; equal times in the order of insertion (a binary heap).
struct EventQueue<Event> {
    private var heap: [(time: Instant, order: Int, event: Event)] = []
    private var inserted = 0

    var firstTime: Instant? { heap.first?.time }

    mutating func insert(_ time: Instant, _ event: Event) {
        heap.append((time, inserted, event))
        inserted += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(child, parent) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popFirst() -> (time: Instant, event: Event)? {
        guard let first = heap.first else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < heap.count, precedes(left, least) { least = left }
            if left + 1 < heap.count, precedes(left + 1, least) { least = left + 1 }
            guard least != parent else { break }
            heap.swapAt(least, parent)
            parent = least
        }
        return (first.time, first.event)
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        let (first, second) = (heap[left], heap[right])
        return first.time == second.time ? first.order < second.order : first.time < second.time
    }
}
