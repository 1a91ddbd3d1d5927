/// How fast bytes left the network at the other end, measured over about one round trip.
package struct DeliveryRateSample: Sendable {
    /// Bytes per second.
    package var bytesPerSecond: Double
    /// The sender ran out of data during the measurement: the path may carry more than this.
    package var isApplicationLimited: Bool

    package init(bytesPerSecond: Double, isApplicationLimited: Bool) {
        self.bytesPerSecond = bytesPerSecond
        self.isApplicationLimited = isApplicationLimited
    }
}

/// Measures the delivery rate of one path (draft-cheng-iccrg-delivery-rate-estimation).
///
/// Each packet takes a snapshot of the counters when it is sent. When it is acknowledged, the bytes
/// delivered in between, divided by the longer of the time they took to send and the time they took
/// to be acknowledged, are one sample; the longer one, so that ACKs arriving in a bunch do not look
/// like a fast path.
struct DeliveryRateEstimator: Sendable {
    private(set) var deliveredBytes: UInt64 = 0
    private var deliveredTime = Instant(nanoseconds: 0)
    private var firstSentTime = Instant(nanoseconds: 0)
    private var applicationLimitedUntil: UInt64 = 0

    private var newest: DeliverySnapshot?
    private var newestSentTime = Instant(nanoseconds: 0)

    mutating func packetSent(isFirstInFlight: Bool, now: Instant) -> DeliverySnapshot {
        if isFirstInFlight {
            firstSentTime = now
            deliveredTime = now
        }
        return DeliverySnapshot(
            deliveredBytes: deliveredBytes, deliveredTime: deliveredTime,
            firstSentTime: firstSentTime,
            isApplicationLimited: applicationLimitedUntil > deliveredBytes)
    }

    /// The sender has nothing to send though it might: samples up to the end of what is in flight
    /// say nothing about the path's capacity.
    mutating func applicationLimited(bytesInFlight: Int) {
        applicationLimitedUntil = deliveredBytes + UInt64(max(bytesInFlight, 1))
    }

    mutating func acknowledged(_ packet: SentPacket, now: Instant) {
        deliveredBytes += UInt64(packet.size)
        deliveredTime = now
        // Packets come from the largest number down; of those sent at one time the first is newest.
        if newest == nil || packet.sentTime > newestSentTime {
            newest = packet.delivery
            newestSentTime = packet.sentTime
        }
    }

    /// The sample of the ACK just processed, and what had been delivered when the newest packet
    /// that it acknowledges was sent.
    mutating func takeSample(
        minimumRTT: Interval
    ) -> (sample: DeliveryRateSample?, priorDelivered: UInt64) {
        guard let newest else { return (nil, deliveredBytes) }
        self.newest = nil
        firstSentTime = newestSentTime
        let interval = max(
            newestSentTime - newest.firstSentTime, deliveredTime - newest.deliveredTime)
        // Shorter than any round trip can only be an artefact of ACKs in a bunch.
        guard interval >= minimumRTT, interval > .zero else { return (nil, newest.deliveredBytes) }
        let rate = Double(deliveredBytes - newest.deliveredBytes) / interval.seconds
        let sample = DeliveryRateSample(
            bytesPerSecond: rate, isApplicationLimited: newest.isApplicationLimited)
        return (sample, newest.deliveredBytes)
    }
}
