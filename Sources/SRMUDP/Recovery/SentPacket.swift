/// What recovery remembers of one packet number.
///
/// The frames themselves are kept by the Connection in a queue of its own; the packet knows which
/// elements of that queue are its own.
package struct SentPacket: BitwiseCopyable, Sendable {
    package enum State: UInt8, BitwiseCopyable, Sendable {
        /// Sent, elicits an ACK, and nothing is known of it yet.
        case outstanding
        /// Sent, but carries nothing that the peer must acknowledge or that could be lost.
        case untracked
        case acknowledged
        /// Given up; kept for a while, because its ACK may still come.
        case lost
        /// Never sent. Whoever acknowledges it acknowledges what it has not seen.
        case skipped
    }

    package var sentTime: Instant
    /// Bytes of the UDP payload, header and tag included.
    package var size: UInt32
    package internal(set) var state: State
    package var isAckEliciting: Bool
    package var isMTUProbe: Bool
    /// An ECN-capable codepoint was set on the datagram.
    package var isECNMarked: Bool
    /// The packet was declared lost at some time; acknowledged nevertheless, it was not.
    package internal(set) var wasLost = false
    package var pathID: UInt8
    /// The first element of the Connection's frame queue that belongs to this packet.
    package var firstFrame: UInt64
    package var frameCount: UInt16

    /// Counts the packets of one path; numbers of other paths in between are no reordering.
    var pathSequence: UInt32 = 0
    /// Of an acknowledged packet: all numbers from here up to its own are acknowledged.
    var acknowledgedFrom: UInt64 = 0
    /// The path's delivery counters when the packet was sent.
    var delivery = DeliverySnapshot()

    package init(
        sentTime: Instant, size: UInt32, pathID: UInt8, isAckEliciting: Bool = true,
        isMTUProbe: Bool = false, isECNMarked: Bool = false, firstFrame: UInt64,
        frameCount: UInt16
    ) {
        self.sentTime = sentTime
        self.size = size
        self.pathID = pathID
        self.isAckEliciting = isAckEliciting
        self.isMTUProbe = isMTUProbe
        self.isECNMarked = isECNMarked
        self.firstFrame = firstFrame
        self.frameCount = frameCount
        state = isAckEliciting ? .outstanding : .untracked
    }

    /// Stands for a packet number that is left out.
    static func skipped(now: Instant, nextFrame: UInt64) -> SentPacket {
        var packet = SentPacket(
            sentTime: now, size: 0, pathID: 0, isAckEliciting: false, firstFrame: nextFrame,
            frameCount: 0)
        packet.state = .skipped
        return packet
    }
}

/// The delivery counters of a path at the time a packet was sent.
struct DeliverySnapshot: BitwiseCopyable, Sendable {
    var deliveredBytes: UInt64 = 0
    var deliveredTime = Instant(nanoseconds: 0)
    var firstSentTime = Instant(nanoseconds: 0)
    var isApplicationLimited = false
}

// Both are one integer; the compiler does not conclude it by itself for types of package access.
extension Instant: BitwiseCopyable {}
extension Interval: BitwiseCopyable {}
