/// Limits handshakes per source: 20 a second, five at once, for each IPv4 address and each IPv6
/// /64.
///
/// An IPv6 host owns a whole /64, so single addresses would not limit it. The table is bounded:
/// when
/// it is full, the source that entered first makes room. A source that was silent for a second has
/// a full bucket again and is forgotten.
struct SourceLimiter: ~Copyable {
    static let capacity = 16_384
    static let rate: Int64 = 20
    static let burst: Int64 = 5

    private var buckets: [Source: TokenBucket] = [:]
    /// The sources of `buckets`, each once; the first to be looked at next.
    private var order = RingBuffer<Source>()

    init() {}

    var count: Int { buckets.count }

    /// - Parameter source: IPv6 address (IPv4 mapped) 16, port 2.
    mutating func admit(_ source: [UInt8], now: Instant) -> Bool {
        // Two looks per handshake outpace the one entry that a handshake can add.
        for _ in 0..<2 { lookAtFirst(now: now) }
        let source = Source(address: source)
        if buckets[source] == nil {
            if buckets.count == Self.capacity { removeFirst() }
            buckets[source] = TokenBucket(rate: Self.rate, burst: Self.burst, now: now)
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

/// What counts as one source.
private struct Source: Hashable, BitwiseCopyable {
    private let high: UInt64
    private let low: UInt64

    init(address: [UInt8]) {
        precondition(address.count == 18, "an address has 18 bytes")
        high = address[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        let low = address[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
        let isMappedIPv4 = high == 0 && low >> 32 == 0xffff
        self.low = isMappedIPv4 ? low : 0
    }
}
