/// The packet numbers that arrived and when an ACK is due for them (RFC 9000 section 13.2).
///
/// At most 32 ranges are remembered, newest first; what falls out is acknowledged no more, and the
/// sender repeats it at worst.
struct ReceivedPacketNumbers {
    static let maximumRanges = 32

    /// Disjoint, in falling order.
    private(set) var ranges: [ClosedRange<UInt64>] = []
    private(set) var largestReceivedTime = Instant(nanoseconds: 0)
    /// When an ACK must leave at the latest; nil when nothing waits for one.
    private(set) var deadline: Instant?
    /// ACK-eliciting packets since the last ACK was sent.
    private(set) var unacknowledgedCount = 0
    /// Packets that need no ACK since the last ACK was sent. They ride along with other packets:
    /// hearing of them, the peer can tell that something sent before them was lost.
    private(set) var silentCount = 0
    private var wantsImmediateACK = false

    // The count of packets in the current round trip sets how many packets share one ACK.
    private var roundStart = Instant(nanoseconds: 0)
    private var roundCount = 0
    private var tolerance = 2

    init() { ranges.reserveCapacity(Self.maximumRanges + 1) }

    var largest: UInt64? { ranges.first?.upperBound }
    var isEmpty: Bool { ranges.isEmpty }

    func shouldAcknowledge(now: Instant) -> Bool {
        if wantsImmediateACK || unacknowledgedCount >= tolerance { return true }
        guard let deadline else { return false }
        return deadline <= now
    }

    /// Whether a packet that leaves anyway should carry an ACK.
    var hasNews: Bool { unacknowledgedCount > 0 || silentCount >= 4 }

    mutating func insert(
        _ number: UInt64, isAckEliciting: Bool, maximumDelay: Interval, roundTrip: Interval,
        now: Instant
    ) {
        let isInOrder = number == (largest.map { $0 + 1 } ?? 0)
        if number >= (largest ?? 0) { largestReceivedTime = now }
        add(number)
        guard isAckEliciting else {
            silentCount += 1
            return
        }
        unacknowledgedCount += 1
        // A hole, or one being filled, is news that the sender's loss detection waits for.
        if !isInOrder { wantsImmediateACK = true }
        if deadline == nil { deadline = now + maximumDelay }
        updateTolerance(roundTrip: roundTrip, now: now)
    }

    mutating func acknowledgementSent() {
        deadline = nil
        unacknowledgedCount = 0
        silentCount = 0
        wantsImmediateACK = false
    }

    /// Forgets ranges that the peer knows to be acknowledged: those wholly below `number`.
    mutating func forget(below number: UInt64) {
        while ranges.count > 1, let last = ranges.last, last.upperBound < number {
            ranges.removeLast()
        }
    }

    /// Sixteen ACKs a round trip are plenty for loss detection and bandwidth samples; sending one
    /// for every second packet would cost both ends a third of their packets at high rates.
    private mutating func updateTolerance(roundTrip: Interval, now: Instant) {
        roundCount += 1
        guard now - roundStart >= roundTrip else { return }
        tolerance = max(2, min(roundCount / 16, 64))
        roundStart = now
        roundCount = 0
    }

    private mutating func add(_ number: UInt64) {
        var index = 0
        while index < ranges.count {
            let range = ranges[index]
            if range.contains(number) { return }
            if number == range.upperBound &+ 1 {
                ranges[index] = range.lowerBound...number
                return
            }
            if number > range.upperBound { break }
            if number &+ 1 == range.lowerBound {
                extendDown(index, to: number)
                return
            }
            index += 1
        }
        ranges.insert(number...number, at: index)
        if ranges.count > Self.maximumRanges { ranges.removeLast() }
    }

    /// Lowers the range at `index` to `number` and joins it with the next one if they now touch.
    private mutating func extendDown(_ index: Int, to number: UInt64) {
        let upper = ranges[index].upperBound
        if index + 1 < ranges.count, ranges[index + 1].upperBound &+ 1 == number {
            ranges[index] = ranges[index + 1].lowerBound...upper
            ranges.remove(at: index + 1)
        } else {
            ranges[index] = number...upper
        }
    }
}
