/// The packet numbers that arrived and when an ACK is due for them (RFC 9000 section 13.2).
///
/// At most 32 ranges are remembered; of what falls out the sender hears no more and repeats it at
/// worst.
struct ReceivedPacketNumbers {
    static let maximumRanges = 32

    private(set) var numbers = RangeSet(maximumCount: maximumRanges)
    private(set) var largestReceivedTime = Instant(nanoseconds: 0)
    /// When an ACK must leave at the latest; nil when nothing waits for one.
    private(set) var deadline: Instant?
    /// ACK-eliciting packets since the last ACK was sent.
    private(set) var unacknowledgedCount = 0
    /// Packets that need no ACK since the last ACK was sent. They ride along with other packets:
    /// hearing of them, the peer can tell that something sent before them was lost.
    private(set) var silentCount = 0
    private var wantsImmediateACK = false

    // How many packets came in the last round trip decides how many of them share one ACK.
    private var roundStart = Instant(nanoseconds: 0)
    private var roundCount = 0
    private var tolerance = 2

    func shouldAcknowledge(now: Instant) -> Bool {
        if wantsImmediateACK || unacknowledgedCount >= tolerance { return true }
        guard let deadline else { return false }
        return deadline <= now
    }

    /// Whether a packet that leaves anyway should carry an ACK.
    var hasNews: Bool { unacknowledgedCount > 0 || silentCount >= 4 }

    /// Takes packets that came together.
    mutating func insert(
        _ packets: ArraySlice<OpenedPacket>, maximumDelay: Interval, roundTrip: Interval,
        now: Instant
    ) {
        for packet in packets {
            insert(
                packet.number, isACKEliciting: packet.isACKEliciting, maximumDelay: maximumDelay,
                roundTrip: roundTrip, now: now)
        }
    }

    mutating func insert(
        _ number: UInt64, isACKEliciting: Bool, maximumDelay: Interval, roundTrip: Interval,
        now: Instant
    ) {
        let expected = numbers.max.map { $0 + 1 } ?? 0
        if number >= expected { largestReceivedTime = now }
        numbers.insert(number)
        guard isACKEliciting else {
            silentCount += 1
            return
        }
        unacknowledgedCount += 1
        // A hole, or one being filled, is news that the sender's loss detection waits for.
        if number != expected { wantsImmediateACK = true }
        if deadline == nil { deadline = now + maximumDelay }
        updateTolerance(roundTrip: roundTrip, now: now)
    }

    /// As before a handover; what arrived is acknowledged at once.
    init(restoring numbers: RangeSet, largestReceivedTime: Instant) {
        for range in numbers.ranges { self.numbers.insert(range) }
        self.largestReceivedTime = largestReceivedTime
        wantsImmediateACK = !numbers.isEmpty
    }

    init() {}

    /// Asks for an ACK without delay, for instance because the peer probes.
    mutating func acknowledgeAtOnce() { wantsImmediateACK = true }

    mutating func acknowledgementSent() {
        deadline = nil
        unacknowledgedCount = 0
        silentCount = 0
        wantsImmediateACK = false
    }

    /// Forgets what the peer knows to be acknowledged: all up to `number`, but for the newest.
    mutating func forget(upTo number: UInt64) {
        numbers.removeAll(below: min(number, numbers.max ?? 0))
    }

    /// Sixteen ACKs a round trip are plenty for loss detection and bandwidth samples; one for every
    /// second packet would cost both ends a third of their packets at high rates.
    private mutating func updateTolerance(roundTrip: Interval, now: Instant) {
        roundCount += 1
        guard now - roundStart >= roundTrip else { return }
        tolerance = max(2, min(roundCount / 16, 64))
        roundStart = now
        roundCount = 0
    }
}
