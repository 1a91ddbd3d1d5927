import SRMUDP

/// Limits how often each of many may do something: a few at once, then at a steady pace.
///
/// For each key one instant is kept, the one at which nothing of its allowance is used any more (the
/// "theoretical arrival time" of the generic cell rate algorithm). Keys whose allowance is whole
/// need no entry. When the table is full, an entry makes room for a new one: overflow permits.
struct RateTable<Key: Hashable> {
    private let interval: Interval
    private let burst: Int64
    private let capacity: Int
    private var wholeAgain: [Key: Instant] = [:]
    private var lastSweep: Instant?

    /// - Parameters:
    ///   - burst: events at once, above zero.
    ///   - interval: what one event costs.
    ///   - capacity: keys that are remembered.
    init(burst: Int64, every interval: Interval, capacity: Int) {
        self.interval = interval
        self.burst = burst
        self.capacity = capacity
    }

    var count: Int { wholeAgain.count }

    /// Whether one more event of `key` may happen; if so, it is counted.
    mutating func take(_ key: Key, now: Instant) -> Bool {
        let known = wholeAgain[key]
        let start = max(known ?? now, now)
        guard start - now <= interval * (burst - 1) else { return false }
        if known == nil, wholeAgain.count >= capacity { makeRoom(now: now) }
        wholeAgain[key] = start + interval
        return true
    }

    /// Looking through all entries is done once a second at most, however many come.
    private mutating func makeRoom(now: Instant) {
        if lastSweep.map({ now - $0 >= .seconds(1) }) ?? true {
            lastSweep = now
            wholeAgain = wholeAgain.filter { $0.value > now }
        }
        if wholeAgain.count >= capacity { wholeAgain.remove(at: wholeAgain.startIndex) }
    }
}
