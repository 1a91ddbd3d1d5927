import SRMUDP

/// Keeps identical lines from flooding the terminal.
///
/// Of equal lines one is shown per interval; the next one that is shown says how many were not.
package struct RepetitionFilter {
    private struct Entry {
        var shownAt: Instant
        var dropped: Int
    }

    private let interval: Interval
    private let capacity: Int
    private var entries: [String: Entry] = [:]

    /// Remembers at most `capacity` different lines.
    package init(interval: Interval = .seconds(10), capacity: Int = 256) {
        self.interval = interval
        self.capacity = capacity
    }

    var rememberedLines: Int { entries.count }

    /// - Returns: the text to show, or nil when this line is to be dropped.
    package mutating func admit(_ line: String, now: Instant) -> String? {
        guard let dropped = admitCounting(line, now: now) else { return nil }
        return dropped == 0 ? line : "\(line) (and \(dropped) more times)"
    }

    /// - Returns: how many equal lines were dropped before this one; nil when this one is to be.
    package mutating func admitCounting(_ line: String, now: Instant) -> Int? {
        if let entry = entries[line], now - entry.shownAt < interval {
            entries[line]?.dropped += 1
            return nil
        }
        let dropped = entries[line]?.dropped ?? 0
        if entries[line] == nil, entries.count >= capacity { forget(now: now) }
        entries[line] = Entry(shownAt: now, dropped: 0)
        return dropped
    }

    /// Makes room: what is out of date goes first, and everything if that is not enough.
    private mutating func forget(now: Instant) {
        entries = entries.filter { now - $0.value.shownAt < interval }
        if entries.count >= capacity { entries = [:] }
    }
}
