import SRMUDP

/// The bytes that one peer's flows may still move, all of them together and in both directions.
///
/// A flow asks for an allowance before it moves bytes and says how many it moved. One that gets
/// nothing waits for its turn: those that wait are woken in order as soon as there is something
/// for each. Without a rate every allowance is granted whole.
package final class RateBudget {
    /// Bytes a second; nil: no limit.
    package var rate: Int64? {
        didSet {
            guard rate != oldValue else { return }
            credit = capacity
            updated = clock.now
            wake()
        }
    }

    private let clock: any LoopClock
    /// Below zero where a flow moved more than it was granted.
    private var credit: Int64 = 0
    private var updated: Instant
    private var waiting: [() -> Void] = []
    private var timer: TimerID?
    /// How many flows share the credit at this moment.
    private var sharers = 1

    /// How long to wait for credit, so that the flows are not woken for a few bytes each.
    private static let pause = Interval.milliseconds(20)

    /// - Parameter clock: tells the time, and wakes those that wait.
    package init(rate: Int64?, clock: any LoopClock) {
        self.rate = rate
        self.clock = clock
        updated = clock.now
        credit = capacity
    }

    /// An eighth of a second's worth, and at least a packet's.
    private var capacity: Int64 { max((rate ?? 0) / 8, 2_048) }

    /// How many of `limit` bytes may be moved now.
    func allowance(upTo limit: Int) -> Int {
        guard rate != nil else { return limit }
        earn(now: clock.now)
        guard credit > 0 else { return 0 }
        return Int(min(Int64(limit), max(credit / Int64(sharers), 1)))
    }

    /// Spends `count` bytes for what goes whole or not at all, and now or never.
    /// - Returns: false where nothing is left. The last one that is admitted may take more than that.
    func admits(_ count: Int) -> Bool {
        guard allowance(upTo: 1) > 0 else { return false }
        spend(count)
        return true
    }

    func spend(_ count: Int) {
        guard rate != nil else { return }
        credit -= Int64(count)
    }

    /// Calls `resume` once, when asking for an allowance again may be worth it.
    func wait(_ resume: @escaping () -> Void) {
        waiting.append(resume)
        armTimer()
    }

    private func earn(now: Instant) {
        guard let rate else { return }
        // More than a second's worth is beyond the capacity, and within it nothing overflows.
        let elapsed = min(max(now - updated, .zero), .seconds(1)).nanoseconds / 1_000
        let earned = rate * elapsed / 1_000_000
        guard earned > 0 else { return }
        credit = min(capacity, credit + earned)
        // What was not enough for a whole byte counts the next time.
        let paid = Interval.microseconds(earned * 1_000_000 / rate)
        updated = elapsed == 1_000_000 ? now : updated + paid
    }

    private func armTimer() {
        guard timer == nil, !waiting.isEmpty, let rate else { return }
        let debt = max(0, 1 - credit)
        let needed = Interval.microseconds(min(debt, rate) * 1_000_000 / rate)
        timer = clock.schedule(at: clock.now + max(needed, Self.pause)) { [weak self] in
            self?.timer = nil
            self?.wake()
        }
    }

    private func wake() {
        let resumed = waiting
        waiting = []
        sharers = max(resumed.count, 1)
        for (index, resume) in resumed.enumerated() {
            sharers = resumed.count - index
            resume()
        }
        sharers = 1
        armTimer()
    }
}
