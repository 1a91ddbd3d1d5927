/// Bytes that a channel may carry: a steady rate, and some at once after a quiet time (a token
/// bucket).
///
/// `TokenBucket` counts events in nanoseconds each, too coarse for bytes; here a byte is 10^9 units
/// and a nanosecond brings `rate` of them, so that nothing is rounded.
struct RelayBudget: BitwiseCopyable {
    /// The highest rate in bytes a second; beyond it a channel might as well have no limit.
    static let maximumRate: Int64 = 16_000_000_000
    /// A quarter of a second, but at least two full runs of datagrams, in bytes.
    private static let minimumBurst: Int64 = 131_072
    private static let unitsPerByte: Int64 = 1_000_000_000

    /// 0 for no limit.
    private let rate: Int64
    private let capacity: Int64
    private var credit: Int64
    private var updated: Instant

    /// - Parameter rate: bytes a second; nil for no limit.
    init(rate: Int64?, now: Instant) {
        precondition(rate.map { $0 > 0 } ?? true, "a rate of nothing is not a rate")
        self.rate = min(rate ?? 0, Self.maximumRate)
        capacity = max(self.rate / 4, Self.minimumBurst) * Self.unitsPerByte
        credit = capacity
        updated = now
    }

    /// Takes as many whole datagrams as there is credit for, and says how many bytes that makes.
    ///
    /// - Parameters:
    ///   - byteCount: of all datagrams.
    ///   - segmentSize: of each of them; the last may be shorter.
    mutating func take(_ byteCount: Int, segmentSize: Int, now: Instant) -> Int {
        guard rate > 0 else { return byteCount }
        refill(now: now)
        let available = Int(credit / Self.unitsPerByte)
        let taken = byteCount <= available ? byteCount : available / segmentSize * segmentSize
        credit -= Int64(taken) * Self.unitsPerByte
        return taken
    }

    private mutating func refill(now: Instant) {
        guard now > updated else { return }
        // So long a time fills every bucket, and the product below stays within 64 bits.
        let elapsed = min((now - updated).nanoseconds, capacity / rate + 1)
        credit = min(capacity, credit + min(capacity, rate * elapsed))
        updated = now
    }
}
