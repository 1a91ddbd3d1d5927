/// Keeps sources away for a time that misbehave again and again (as OpenSSH's PerSourcePenalties).
///
/// Each offence adds time. Once a source has gathered `threshold`, it is kept away until all of its
/// time is over; what stays below does no harm, so that one mistake is free. When the table is full,
/// an entry makes room for a new one: overflow permits.
package struct PenaltyTable {
    private struct Entry {
        var end: Instant
        var bites: Bool
    }

    private let threshold: Interval
    private let maximum: Interval
    private let capacity: Int
    private var entries: [SourceNetwork: Entry] = [:]
    private var lastSweep: Instant?

    package init(threshold: Interval, maximum: Interval, capacity: Int) {
        self.threshold = threshold
        self.maximum = maximum
        self.capacity = capacity
    }

    package var count: Int { entries.count }

    package func isKeptAway(_ source: SourceNetwork, now: Instant) -> Bool {
        entries[source].map { $0.bites && $0.end > now } ?? false
    }

    package mutating func add(_ penalty: Interval, to source: SourceNetwork, now: Instant) {
        if entries[source] == nil, entries.count >= capacity { makeRoom(now: now) }
        var entry = entries[source] ?? Entry(end: now, bites: false)
        if entry.end <= now { entry = Entry(end: now, bites: false) }
        entry.end = min(entry.end + penalty, now + maximum)
        if entry.end - now >= threshold { entry.bites = true }
        entries[source] = entry
    }

    /// Looking through all entries is done once a second at most, however many come.
    private mutating func makeRoom(now: Instant) {
        if lastSweep.map({ now - $0 >= .seconds(1) }) ?? true {
            lastSweep = now
            entries = entries.filter { $0.value.end > now }
        }
        if entries.count >= capacity { entries.remove(at: entries.startIndex) }
    }
}
