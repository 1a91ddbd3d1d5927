/// Whether the peer's counts of ECN marks fit what was sent (RFC 9000 section 13.4.2).
///
/// A network that clears the marks, or that sets others, would hide congestion or invent it. What
/// an ACK says is therefore compared with the packets that it acknowledges. The counts are those of
/// the whole connection; what becomes of a verdict is noted per path (`Path.ecn`).
struct ECNValidation {
    enum Verdict: Equatable {
        /// Nothing that was marked is concerned.
        case silent
        /// All marks arrived; some of them say that there is congestion.
        case intact(hasCongestion: Bool)
        /// The counts cannot be true of an unspoilt path.
        case spoilt
    }

    /// Packets sent with ECT(0).
    private(set) var sentCount: UInt64 = 0
    private(set) var known = ECNCounts()

    init(sentCount: UInt64 = 0, known: ECNCounts = ECNCounts()) {
        self.sentCount = sentCount
        self.known = known
    }

    mutating func packetsSent(_ count: Int) { sentCount += UInt64(count) }

    /// Judges an ACK frame.
    ///
    /// - Parameters:
    ///   - newlyAcknowledged: how many marked packets it acknowledges for the first time.
    ///   - counts: what it says; nil for an ACK without counts.
    ///   - isNewest: whether it acknowledges a higher number than all before. The counts of frames
    ///     that were overtaken are old and say nothing.
    mutating func judge(
        newlyAcknowledged: Int, counts: ECNCounts?, isNewest: Bool
    ) -> Verdict {
        guard isNewest else { return .silent }
        guard let counts else { return newlyAcknowledged > 0 ? .spoilt : .silent }
        defer { known = counts }
        // What was sent bounds what can have arrived, and no count ever falls.
        guard counts.ect0 >= known.ect0, counts.ce >= known.ce, counts.ect1 == 0,
            counts.ect0 <= sentCount, counts.ce <= sentCount - counts.ect0
        else { return .spoilt }
        let growth = counts.ect0 - known.ect0 + (counts.ce - known.ce)
        guard growth >= UInt64(newlyAcknowledged) else { return .spoilt }
        if growth == 0 { return .silent }
        return .intact(hasCongestion: counts.ce > known.ce)
    }
}
