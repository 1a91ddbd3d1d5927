/// Spreads packets over time: a token bucket of bytes.
///
/// The bucket holds about a millisecond of the rate, so that a timer that fires late, or a batch
/// handed to the kernel at once, loses no throughput. A sender that found the bucket empty waits
/// until half a millisecond's worth is there instead of waking for each packet.
package struct Pacer: Sendable {
    private static let burstSeconds = 0.001
    private static let quantumSeconds = 0.000_5
    private static let largestBurst = 512.0 * 1024
    private static let largestQuantum = 65_536.0
    /// What a late timer has cost is made up for, up to this much time and bytes.
    private static let longestLateness = Interval.milliseconds(10)
    private static let largestCatchUp = 2.0 * 1024 * 1024
    /// Packets that may leave at once before anything is known of the path.
    private static let initialPackets = 10.0

    private var tokens: Double
    private var lastUpdate: Instant?
    private var datagramSize: Double
    /// Bytes per second; nil: not paced yet.
    private var rate: Double?
    /// When a sender that had to wait was told to come back.
    private var waitingUntil: Instant?

    package init(datagramSize: Int) {
        self.datagramSize = Double(datagramSize)
        tokens = Self.initialPackets * Double(datagramSize)
    }

    package var hasRate: Bool { rate != nil }

    /// Sets the rate in bytes per second from now on. `initialWindow` over `roundTrip` is the rate
    /// as long as the controller has none.
    package mutating func setRate(
        _ bytesPerSecond: UInt64?, initialWindow: Int, roundTrip: Interval, now: Instant
    ) {
        refill(now)
        let initialRate = Double(initialWindow) / max(roundTrip.seconds, 0.000_001)
        rate = max(bytesPerSecond.map { Double($0) } ?? initialRate, datagramSize)
    }

    package mutating func mtuChanged(datagramSize: Int) {
        self.datagramSize = Double(datagramSize)
    }

    /// When `bytes` may be sent: nil for now, otherwise the time to try again.
    package mutating func delayUntilSend(bytes: Int, now: Instant) -> Instant? {
        refill(now)
        guard let rate else { return nil }
        let needed = min(Double(bytes), capacity)
        if tokens >= needed { return nil }
        let quantum = min(max(rate * Self.quantumSeconds, needed), Self.largestQuantum, capacity)
        // One nanosecond more, so that rounding never wakes the sender a moment too early.
        let wait = Int64((quantum - tokens) / rate * 1_000_000_000) + 1
        let wake = now + .nanoseconds(wait)
        waitingUntil = wake
        return wake
    }

    /// How many bytes may leave in one batch now, at least zero.
    package mutating func budget(now: Instant) -> Int {
        refill(now)
        return rate == nil ? Int(Self.largestBurst) : max(0, Int(tokens))
    }

    /// Also called for packets that did not ask, such as probes: the bucket may go below zero.
    package mutating func packetSent(bytes: Int, now: Instant) {
        refill(now)
        tokens = max(tokens - Double(bytes), -capacity)
    }

    private var capacity: Double {
        guard let rate else { return Self.initialPackets * datagramSize }
        return min(max(rate * Self.burstSeconds, 2 * datagramSize), Self.largestBurst)
    }

    private mutating func refill(_ now: Instant) {
        guard let last = lastUpdate else {
            lastUpdate = now
            return
        }
        guard now > last else { return }
        lastUpdate = now
        guard let rate else { return }
        // What was saved up before the first rate was known is not taken away again.
        var ceiling = max(capacity, tokens)
        if let wake = waitingUntil, now >= wake {
            // The time that a busy machine wakes the sender too late is not lost to it.
            let lateness = min(now - wake, Self.longestLateness)
            ceiling += min(lateness.seconds * rate, Self.largestCatchUp)
            waitingUntil = nil
        }
        tokens = min(tokens + (now - last).seconds * rate, ceiling)
    }
}
