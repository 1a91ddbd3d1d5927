/// The deadlines of numbered things, of which the earliest is at hand.
///
/// A binary heap that knows where each number stands, so that a deadline moves in few steps and
/// leaves nothing behind. Numbers should be small: memory grows with the largest.
struct DeadlineHeap {
    private struct Entry {
        var deadline: Instant
        let number: Int

        // Of equal deadlines the lower number comes first, so that a run can be repeated.
        func isBefore(_ other: Entry) -> Bool {
            (deadline, number) < (other.deadline, other.number)
        }
    }

    private var entries: [Entry] = []
    /// Where the deadline of each number stands in `entries`; nil for a number without one.
    private var places: [Int?] = []

    var earliest: (deadline: Instant, number: Int)? {
        entries.first.map { ($0.deadline, $0.number) }
    }

    /// Sets, moves or (with nil) removes the deadline of `number`, which is not negative.
    mutating func set(_ deadline: Instant?, for number: Int) {
        while places.count <= number { places.append(nil) }
        switch (places[number], deadline) {
        case (nil, nil): return
        case (nil, let deadline?):
            entries.append(Entry(deadline: deadline, number: number))
            restoreOrder(at: entries.count - 1)
        case (let place?, let deadline?):
            guard entries[place].deadline != deadline else { return }
            entries[place].deadline = deadline
            restoreOrder(at: place)
        case (let place?, nil):
            places[number] = nil
            let last = entries.removeLast()
            guard place < entries.count else { return }
            entries[place] = last
            restoreOrder(at: place)
        }
    }

    /// Moves the entry at `place`, which is new there, to where it belongs.
    private mutating func restoreOrder(at place: Int) {
        let entry = entries[place]
        let top = moveUp(entry, from: place)
        moveDown(entry, from: top)
    }

    /// Moves later ones out of the way of `entry`.
    /// - Returns: the place that became free.
    private mutating func moveUp(_ entry: Entry, from start: Int) -> Int {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard entry.isBefore(entries[parent]) else { break }
            put(entries[parent], at: place)
            place = parent
        }
        return place
    }

    /// Puts `entry` at `start`, or below those under it that are earlier.
    private mutating func moveDown(_ entry: Entry, from start: Int) {
        var place = start
        while 2 * place + 1 < entries.count {
            var child = 2 * place + 1
            if child + 1 < entries.count, entries[child + 1].isBefore(entries[child]) { child += 1 }
            guard entries[child].isBefore(entry) else { break }
            put(entries[child], at: place)
            place = child
        }
        put(entry, at: place)
    }

    private mutating func put(_ entry: Entry, at place: Int) {
        entries[place] = entry
        places[entry.number] = place
    }
}
