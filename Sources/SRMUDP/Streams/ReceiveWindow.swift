/// Credit that we grant to the peer, in bytes since the beginning.
///
/// Invariant: `consumed <= received <= limit`. The window doubles whenever half of it was used up
/// within two round trips, because then it, and not the path, limits the throughput.
///
/// There are two kinds. The window of a **stream** opens when the application consumes: a reader
/// that stands still is sent no more than the window. The window of the **Connection** opens when
/// bytes arrive, by their number, whoever reads them: otherwise streams that stand still would use
/// it up and stop all others. What bounds memory there is `maximum`: the bytes that were received
/// or granted and not consumed are never more. Half of that is out of reach of the doubling, so
/// stalled streams must fill the other half before anyone else has less than a full window.
struct ReceiveWindow {
    enum Kind { case stream, connection }

    private let kind: Kind
    private let maximum: UInt64
    private let initialSize: UInt64
    private(set) var size: UInt64
    private(set) var limit: UInt64
    private(set) var received: UInt64 = 0
    private(set) var consumed: UInt64 = 0
    /// When the running grant was given, or the first byte came.
    private var grantedAt: Instant?

    init(_ kind: Kind, initial: Int, maximum: Int) {
        self.kind = kind
        self.maximum = UInt64(max(initial, maximum))
        initialSize = UInt64(initial)
        size = UInt64(initial)
        limit = UInt64(initial)
    }

    /// Received, but not yet consumed.
    var held: UInt64 { received - consumed }
    /// Stalled readers hold so much that windows should not grow now.
    var isCrowded: Bool { held > maximum / 2 }
    /// How many bytes the peer may still send.
    var credit: UInt64 { limit - received }

    mutating func receive(_ count: UInt64, now: Instant) {
        received += count
        if grantedAt == nil { grantedAt = now }
    }

    mutating func consume(_ count: UInt64) { consumed += count }

    /// Extends the limit if half of the window is used up.
    ///
    /// - Parameter isCrowded: memory is short; the window does not grow, and falls back to its
    ///   first size.
    /// - Returns: whether there is a new limit to tell the peer.
    mutating func grant(now: Instant, roundTripTime: Interval, isCrowded: Bool) -> Bool {
        if !isWorthGranting(target(isCrowded: isCrowded)) { return false }
        if !isCrowded, let start = grantedAt, now - start < roundTripTime + roundTripTime {
            let bound = kind == .stream ? maximum : max(maximum / 2, initialSize)
            size = min(size * 2, bound)
        }
        grantedAt = now
        limit = target(isCrowded: isCrowded)
        return true
    }

    private func target(isCrowded: Bool) -> UInt64 {
        switch kind {
        case .stream: consumed + (isCrowded ? min(size, initialSize) : size)
        case .connection: min(received + size, consumed + maximum)
        }
    }

    private func isWorthGranting(_ target: UInt64) -> Bool {
        // Compared with what the window would be, not with its size: near the memory bound the
        // window is small, and small steps are what keeps it moving.
        let base = kind == .stream ? consumed : received
        return target > limit && limit - base <= (target - base) / 2
    }
}

extension ReceiveWindow {
    var snapshot: ReceiveWindowSnapshot {
        ReceiveWindowSnapshot(size: size, limit: limit, received: received, consumed: consumed)
    }

    /// Goes on where the snapshot was taken; the limit that was granted stands.
    mutating func restore(_ snapshot: ReceiveWindowSnapshot) {
        size = snapshot.size
        limit = snapshot.limit
        received = snapshot.received
        consumed = snapshot.consumed
    }
}
