/// Limits what strangers may ask for, per source: each IPv4 address and each IPv6 /64.
///
/// Handshakes are limited to 20 a second, five at once. The table is bounded: when it is full, the
/// source that entered first makes room. A source that was silent for a second has a full bucket
/// again and is forgotten.
struct SourceLimiter: ~Copyable {
    static let capacity = 16_384

    private let rate: Int64
    private let burst: Int64
    private var buckets: [SourceNetwork: TokenBucket] = [:]
    /// The sources of `buckets`, each once; the first to be looked at next.
    private var order = RingBuffer<SourceNetwork>()

    /// - Parameters:
    ///   - rate: admissions per second for each source.
    ///   - burst: admissions at once, at most `rate`.
    init(rate: Int64 = 20, burst: Int64 = 5) {
        precondition(burst <= rate, "a second of silence fills the bucket")
        self.rate = rate
        self.burst = burst
    }

    var count: Int { buckets.count }

    /// - Parameter source: IPv6 address (IPv4 mapped) 16, port 2.
    mutating func admit(_ source: [UInt8], now: Instant) -> Bool {
        admit(SourceNetwork(encoded: source), now: now)
    }

    mutating func admit(_ source: SourceNetwork, now: Instant) -> Bool {
        // Two looks per admission outpace the one entry that it can add.
        for _ in 0..<2 { lookAtFirst(now: now) }
        if buckets[source] == nil {
            if buckets.count == Self.capacity { removeFirst() }
            buckets[source] = TokenBucket(rate: rate, burst: burst, now: now)
            order.append(source)
        }
        return buckets[source]?.take(now: now) ?? false
    }

    private mutating func lookAtFirst(now: Instant) {
        guard !order.isEmpty else { return }
        let source = order[order.startIndex]
        guard let bucket = buckets[source], bucket.updated + .seconds(1) > now else {
            removeFirst()
            return
        }
        order.removeFirst()
        order.append(source)
    }

    private mutating func removeFirst() {
        buckets[order[order.startIndex]] = nil
        order.removeFirst()
    }
}
