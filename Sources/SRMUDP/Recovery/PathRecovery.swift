/// What recovery knows of one path: round-trip time, congestion, pace and delivery rate.
///
/// Belongs to `RecoveryState`, which keeps it in step with the packets; the Connection reads it.
package struct PathRecovery {
    /// An interval between probes never grows beyond this, however long an outage is.
    private static let longestBackoff = Interval.seconds(5)
    private static let initialPacketThreshold: UInt32 = 3
    private static let initialTimeThreshold: Int64 = 9
    private static let largestTimeThreshold: Int64 = 16

    package internal(set) var rtt = RTTEstimator()
    package let controller: any CongestionController
    package internal(set) var pacer: Pacer
    package internal(set) var bytesInFlight = 0
    package internal(set) var packetsInFlight = 0
    package internal(set) var largestAcknowledged: UInt64?
    /// Probe timeouts in a row without an answer.
    package internal(set) var probeTimeoutCount = 0
    /// Packets declared lost so far, MTU probes not included.
    package internal(set) var lostPackets: UInt64 = 0
    package internal(set) var spuriousLosses: UInt64 = 0

    /// When the oldest packet that a later one overtook is to be given up.
    var lossTime: Instant?
    var lastElicitingSentTime = Instant(nanoseconds: 0)
    var nextSequence: UInt32 = 0
    var largestAcknowledgedSequence: UInt32 = 0
    var delivery = DeliveryRateEstimator()
    /// How far behind the largest acknowledged packet, in packets and in eighths of the round-trip
    /// time, a packet is lost. Both grow when that turns out to have been premature.
    var packetThreshold = Self.initialPacketThreshold
    var timeThreshold = Self.initialTimeThreshold
    /// What the ACK frame being processed has brought for this path.
    var round = AckProgress()
    /// What the present search for losses has found.
    var loss = LossProgress()

    init(controller: any CongestionController, datagramSize: Int) {
        self.controller = controller
        pacer = Pacer(datagramSize: datagramSize)
    }

    package var deliveredBytes: UInt64 { delivery.deliveredBytes }

    /// Bytes that the congestion window still admits.
    package var windowRemaining: Int { max(0, controller.congestionWindow - bytesInFlight) }

    /// When to probe, unless an ACK comes before; nil if there is nothing to ask about.
    func probeTimeout(maxAckDelay: Interval) -> Instant? {
        guard packetsInFlight > 0 else { return nil }
        return lastElicitingSentTime + probeTimeoutInterval(maxAckDelay: maxAckDelay)
    }

    /// Doubles with each timeout, up to five seconds.
    func probeTimeoutInterval(maxAckDelay: Interval) -> Interval {
        let base = rtt.probeTimeoutBase(maxAckDelay: maxAckDelay)
        let factor = Int64(1) << Int64(min(probeTimeoutCount, 10))
        return min(base * factor, max(base, Self.longestBackoff))
    }

    mutating func updatePacer(now: Instant) {
        pacer.setRate(
            controller.pacingRate, initialWindow: controller.congestionWindow,
            roundTrip: rtt.smoothed, now: now)
    }

    /// A packet was given up too early: wait longer from now on, at most half a window of packets
    /// and two round trips.
    mutating func reorderingSeen(_ packet: SentPacket) {
        spuriousLosses += 1
        let distance = largestAcknowledgedSequence &- packet.pathSequence
        if distance < UInt32.max / 2 {
            let size = max(Int(packet.size), 1)
            let halfWindow = UInt32(clamping: controller.congestionWindow / size / 2)
            let limit = max(halfWindow, Self.initialPacketThreshold)
            packetThreshold = max(packetThreshold, min(distance &+ 1, limit))
        }
        timeThreshold = min(timeThreshold + 1, Self.largestTimeThreshold)
    }

    func isLost(_ packet: SentPacket, lossDelay: Interval, now: Instant) -> Bool {
        // The path's own count decides, and wraps: compare by difference.
        let distance = largestAcknowledgedSequence &- packet.pathSequence
        return (distance >= packetThreshold && distance < UInt32.max / 2)
            || packet.sentTime + lossDelay <= now
    }
}

/// What one ACK frame has brought for one path.
struct AckProgress {
    var bytes = 0
    var priorBytesInFlight = 0
    var largest: UInt64?
    var largestSentTime = Instant(nanoseconds: 0)
    var isAckEliciting = false
    var rttSample: Interval?
}

/// What one search for losses has found on one path.
struct LossProgress {
    var bytes = 0
    var packets = 0
    var largest: UInt64 = 0
    var largestSentTime = Instant(nanoseconds: 0)
    /// When the first of a series of lost packets was sent, none acknowledged in between.
    var seriesStart: Instant?
    var longestSeries = Interval.zero
    var delay = Interval.zero

    mutating func add(_ packet: SentPacket, _ packetNumber: UInt64) {
        bytes += Int(packet.size)
        packets += 1
        largest = packetNumber
        largestSentTime = packet.sentTime
    }
}
