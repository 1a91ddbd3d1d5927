/// The numbers of one path: times, bytes in flight, thresholds, and what the event being processed
/// has brought.
struct PathAccounts {
    /// An interval between probes never grows beyond this, however long an outage is.
    private static let longestBackoff = Interval.seconds(5)
    /// The persistent congestion period in probe timeouts (RFC 9002, section 7.6.1).
    private static let persistentCongestionThreshold: Int64 = 3
    private static let initialPacketThreshold: UInt32 = 3
    private static let initialTimeThreshold: Int64 = 9
    private static let largestTimeThreshold: Int64 = 16

    var rtt = RTTEstimator()
    var pacer: Pacer
    var delivery = DeliveryRateEstimator()
    var bytesInFlight = 0
    var packetsInFlight = 0
    var largestAcknowledged: UInt64?
    var probeTimeoutCount = 0
    var lostPackets: UInt64 = 0
    var spuriousLosses: UInt64 = 0
    /// When the oldest packet that a later one overtook is to be given up.
    var lossTime: Instant?
    var lastElicitingSentTime = Instant(nanoseconds: 0)
    private var nextSequence: UInt32 = 0
    private var largestAcknowledgedSequence: UInt32 = 0
    /// How far behind the largest acknowledged packet, in packets and in eighths of the round-trip
    /// time, a packet is lost. Both grow when that turns out to have been premature.
    private var packetThreshold = Self.initialPacketThreshold
    private(set) var timeThreshold = Self.initialTimeThreshold
    private(set) var ack = AckProgress()
    private(set) var loss = LossProgress()

    init(datagramSize: Int) { pacer = Pacer(datagramSize: datagramSize) }

    /// Takes over what was measured on the same line under another port.
    mutating func inherit(_ other: PathAccounts) {
        rtt = other.rtt
        pacer = other.pacer
        delivery = other.delivery
        packetThreshold = other.packetThreshold
        timeThreshold = other.timeThreshold
    }

    // MARK: Sending

    mutating func burstBudget(congestionWindow: Int, now: Instant) -> Int {
        min(pacer.budget(now: now), max(0, congestionWindow - bytesInFlight))
    }

    /// - Returns: whether the pacer still has no rate, and how many bytes are in flight now.
    mutating func elicitingPacketSent(
        _ packet: inout SentPacket
    ) -> (isUnpaced: Bool, bytesInFlight: Int) {
        packet.delivery = delivery.packetSent(
            isFirstInFlight: packetsInFlight == 0, now: packet.sentTime)
        packet.pathSequence = nextSequence
        nextSequence &+= 1
        bytesInFlight += Int(packet.size)
        packetsInFlight += 1
        lastElicitingSentTime = packet.sentTime
        pacer.packetSent(bytes: Int(packet.size), now: packet.sentTime)
        return (!pacer.hasRate, bytesInFlight)
    }

    mutating func setPacingRate(_ rate: UInt64?, congestionWindow: Int, now: Instant) {
        pacer.setRate(
            rate, initialWindow: congestionWindow, roundTrip: rtt.smoothed, now: now)
    }

    // MARK: Acknowledgements

    /// Packets of this path that were in flight arrived, by number from the largest down.
    mutating func outstandingAcknowledged(
        _ packets: borrowing RingBuffer<SentPacket>, _ numbers: ClosedRange<UInt64>, now: Instant
    ) {
        for number in numbers.reversed() { acknowledged(packets[number], number, now: now) }
    }

    private mutating func acknowledged(_ packet: SentPacket, _ number: UInt64, now: Instant) {
        if ack.largest == nil { ack.priorBytesInFlight = bytesInFlight }
        bytesInFlight -= Int(packet.size)
        packetsInFlight -= 1
        ack.bytes += Int(packet.size)
        delivery.acknowledged(packet, now: now)
        if ack.largest.map({ number > $0 }) ?? true {
            ack.largest = number
            ack.largestSentTime = packet.sentTime
        }
        if largestAcknowledged.map({ number > $0 }) ?? true {
            largestAcknowledged = number
            largestAcknowledgedSequence = packet.pathSequence
        }
    }

    mutating func takeRTTSample(ackDelay: Interval, now: Instant) {
        let sample = max(now - ack.largestSentTime, .nanoseconds(1))
        ack.rttSample = sample
        rtt.update(sample: sample, ackDelay: ackDelay, now: now)
    }

    mutating func takeSummary(now: Instant) -> AckSummary? {
        guard let largest = ack.largest else { return nil }
        probeTimeoutCount = 0
        let (sample, prior) = delivery.takeSample(minimumRTT: rtt.minimum)
        defer { ack = AckProgress() }
        return AckSummary(
            now: now, newlyAckedBytes: ack.bytes, largestAcknowledged: largest,
            largestAckedSentTime: ack.largestSentTime, latestRTT: ack.rttSample,
            smoothedRTT: rtt.smoothed, minimumRTT: rtt.minimum, deliveryRate: sample,
            deliveredBytes: delivery.deliveredBytes, priorDeliveredBytes: prior,
            priorBytesInFlight: ack.priorBytesInFlight, bytesInFlight: bytesInFlight,
            isApplicationLimited: sample?.isApplicationLimited ?? false)
    }

    // MARK: Losses

    mutating func beginLossDetection() {
        lossTime = nil
        loss = LossProgress()
        loss.delay = rtt.lossDelay(eighths: timeThreshold)
    }

    /// Whether the packet is lost; if it may be later, notes when.
    mutating func examine(_ packet: SentPacket, _ number: UInt64, now: Instant) -> Bool {
        switch packet.state {
        case .acknowledged:
            if packet.isAckEliciting { loss.seriesStart = nil }
            return false
        case .outstanding:
            guard let largest = largestAcknowledged, number < largest else { return false }
            if isLost(packet, now: now) {
                outstandingLost(packet, number)
                return true
            }
            // Packets leave in order, so the first one kept is the first one due.
            if lossTime == nil { lossTime = packet.sentTime + loss.delay }
            return false
        case .untracked, .lost, .skipped: return false
        }
    }

    /// Waits longer from now on, at most half a window of packets and two round trips.
    mutating func reorderingSeen(_ packet: SentPacket, congestionWindow: Int) {
        spuriousLosses += 1
        let distance = largestAcknowledgedSequence &- packet.pathSequence
        if distance < UInt32.max / 2 {
            let size = max(Int(packet.size), 1)
            let halfWindow = UInt32(clamping: congestionWindow / size / 2)
            let limit = max(halfWindow, Self.initialPacketThreshold)
            packetThreshold = max(packetThreshold, min(distance &+ 1, limit))
        }
        timeThreshold = min(timeThreshold + 1, Self.largestTimeThreshold)
    }

    func isCongestionPersistent(maxAckDelay: Interval) -> Bool {
        let base = rtt.probeTimeoutBase(maxAckDelay: maxAckDelay)
        return loss.longestSeries > base * Self.persistentCongestionThreshold
    }

    /// When to probe, unless an ACK comes before; nil if there is nothing to ask about.
    func probeTimeout(maxAckDelay: Interval) -> Instant? {
        guard packetsInFlight > 0 else { return nil }
        let base = rtt.probeTimeoutBase(maxAckDelay: maxAckDelay)
        // Doubles with each timeout, up to five seconds.
        let factor = Int64(1) << Int64(min(probeTimeoutCount, 10))
        return lastElicitingSentTime + min(base * factor, max(base, Self.longestBackoff))
    }

    private func isLost(_ packet: SentPacket, now: Instant) -> Bool {
        // The path's own count decides, and wraps: compare by difference.
        let distance = largestAcknowledgedSequence &- packet.pathSequence
        return (distance >= packetThreshold && distance < UInt32.max / 2)
            || packet.sentTime + loss.delay <= now
    }

    private mutating func outstandingLost(_ packet: SentPacket, _ number: UInt64) {
        bytesInFlight -= Int(packet.size)
        packetsInFlight -= 1
        // A probe that is too large for the path is no sign of congestion (RFC 8899, section 3).
        guard !packet.isMTUProbe else { return }
        lostPackets += 1
        loss.bytes += Int(packet.size)
        loss.packets += 1
        loss.largest = number
        loss.largestSentTime = packet.sentTime
        guard let firstSample = rtt.firstSampleTime, packet.sentTime > firstSample else { return }
        let start = loss.seriesStart ?? packet.sentTime
        loss.seriesStart = start
        loss.longestSeries = max(loss.longestSeries, packet.sentTime - start)
    }
}

/// What one ACK frame has brought for one path.
struct AckProgress {
    var bytes = 0
    var priorBytesInFlight = 0
    var largest: UInt64?
    var largestSentTime = Instant(nanoseconds: 0)
    var rttSample: Interval?
}

/// What one search for losses has found on one path.
struct LossProgress {
    var delay = Interval.zero
    var bytes = 0
    var packets = 0
    var largest: UInt64 = 0
    var largestSentTime = Instant(nanoseconds: 0)
    /// When the first of a series of lost packets was sent, none acknowledged in between.
    var seriesStart: Instant?
    var longestSeries = Interval.zero
}
