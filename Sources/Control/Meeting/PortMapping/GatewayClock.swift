import SRMUDP

/// Tells from the epochs in a gateway's answers whether it lost its mappings in between.
///
/// The epoch counts seconds; it must go forward as our own clock does, give or take a sixteenth and
/// two seconds (RFC 6887 section 8.5, RFC 6886 section 3.6).
struct GatewayClock {
    private var last: (epoch: Int64, time: Instant)?

    /// Notes an epoch that arrived at `now`.
    ///
    /// - Returns: Whether the gateway has started anew since the last one.
    mutating func hasRestarted(epoch: UInt32, now: Instant) -> Bool {
        let epoch = Int64(epoch)
        defer { last = (epoch, now) }
        guard let last else { return false }
        let theirs = epoch - last.epoch
        let ours = (now - last.time).nanoseconds / Interval.seconds(1).nanoseconds
        // Answers may overtake each other by a second.
        if theirs < -1 { return true }
        return ours + 2 < theirs - theirs / 16 || theirs + 2 < ours - ours / 16
    }
}
