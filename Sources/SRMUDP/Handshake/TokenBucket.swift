/// Lets events pass at a steady rate, with a few at once after a quiet time.
package struct TokenBucket {
    /// The quiet time that one event costs.
    private let cost: Interval
    /// No more than this can be saved up.
    private let capacity: Interval
    private var credit: Interval
    /// When the bucket was last asked.
    private(set) var updated: Instant

    /// - Parameters:
    ///   - rate: events per second, above zero.
    ///   - burst: events at once, above zero.
    package init(rate: Int64, burst: Int64, now: Instant) {
        cost = .nanoseconds(1_000_000_000 / rate)
        capacity = cost * burst
        credit = capacity
        updated = now
    }

    /// Whether one more event may happen; if so, it is counted.
    package mutating func take(now: Instant) -> Bool {
        update(now: now)
        guard credit >= cost else { return false }
        credit = credit - cost
        return true
    }

    /// One event that was counted shall not have been.
    package mutating func giveBack() { credit = min(capacity, credit + cost) }

    /// Whether as many events as ever may happen at once.
    package mutating func isFull(now: Instant) -> Bool {
        update(now: now)
        return credit == capacity
    }

    private mutating func update(now: Instant) {
        guard now > updated else { return }
        credit = min(capacity, credit + min(capacity, now - updated))
        updated = now
    }
}
