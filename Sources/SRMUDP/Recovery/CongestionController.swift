/// Decides how many bytes may be in flight on one path, and how fast they leave.
///
/// Called once per packet sent and once per ACK frame, losses before the ACK that revealed them.
/// All sizes are bytes of UDP payload; packets that elicit no ACK are not counted.
package protocol CongestionController: AnyObject {
    /// Upper bound of the bytes in flight. Probes after a timeout may exceed it.
    var congestionWindow: Int { get }
    /// Bytes per second; nil before the first round trip was measured.
    var pacingRate: UInt64? { get }
    /// One word for status output, such as "startup".
    var phaseName: String { get }

    /// `bytesInFlight` includes the packet.
    func packetSent(bytes: Int, packetNumber: UInt64, bytesInFlight: Int, now: Instant)
    func acknowledged(_ summary: AckSummary)
    func lost(_ summary: LossSummary)
    /// A packet reported as lost has been acknowledged after all.
    func spuriousLoss(packetNumber: UInt64, bytes: Int, now: Instant)
    /// The peer reports that a router marked packets; `sentTime` is that of the newest
    /// acknowledged packet.
    func ecnCongestion(sentTime: Instant, now: Instant)
    /// Nothing came through for several probe timeouts (RFC 9002, section 7.6).
    func persistentCongestion(now: Instant)
    func mtuChanged(datagramSize: Int)
}

/// What one ACK frame says about one path.
package struct AckSummary: Sendable {
    package var now: Instant
    package var newlyAckedBytes: Int
    package var largestAcknowledged: UInt64
    package var largestAckedSentTime: Instant
    /// The sample that this ACK gave, the peer's delay included; nil if it gave none.
    package var latestRTT: Interval?
    package var smoothedRTT: Interval
    package var minimumRTT: Interval
    package var deliveryRate: DeliveryRateSample?
    /// All bytes delivered on the path so far, and how many they were when the newest packet
    /// acknowledged here was sent. A round trip has passed when the latter reaches a value that
    /// the former once had.
    package var deliveredBytes: UInt64
    package var priorDeliveredBytes: UInt64
    /// Before and after this ACK.
    package var priorBytesInFlight: Int
    package var bytesInFlight: Int
    /// The sender had less to send than it was allowed to.
    package var isApplicationLimited: Bool

    package init(
        now: Instant, newlyAckedBytes: Int, largestAcknowledged: UInt64,
        largestAckedSentTime: Instant, latestRTT: Interval?, smoothedRTT: Interval,
        minimumRTT: Interval, deliveryRate: DeliveryRateSample?, deliveredBytes: UInt64,
        priorDeliveredBytes: UInt64, priorBytesInFlight: Int, bytesInFlight: Int,
        isApplicationLimited: Bool
    ) {
        self.now = now
        self.newlyAckedBytes = newlyAckedBytes
        self.largestAcknowledged = largestAcknowledged
        self.largestAckedSentTime = largestAckedSentTime
        self.latestRTT = latestRTT
        self.smoothedRTT = smoothedRTT
        self.minimumRTT = minimumRTT
        self.deliveryRate = deliveryRate
        self.deliveredBytes = deliveredBytes
        self.priorDeliveredBytes = priorDeliveredBytes
        self.priorBytesInFlight = priorBytesInFlight
        self.bytesInFlight = bytesInFlight
        self.isApplicationLimited = isApplicationLimited
    }
}

/// Packets of one path that were declared lost together.
package struct LossSummary: Sendable {
    package var now: Instant
    package var bytes: Int
    package var packets: Int
    package var largestLostPacketNumber: UInt64
    package var largestLostSentTime: Instant
    /// After the loss.
    package var bytesInFlight: Int

    package init(
        now: Instant, bytes: Int, packets: Int, largestLostPacketNumber: UInt64,
        largestLostSentTime: Instant, bytesInFlight: Int
    ) {
        self.now = now
        self.bytes = bytes
        self.packets = packets
        self.largestLostPacketNumber = largestLostPacketNumber
        self.largestLostSentTime = largestLostSentTime
        self.bytesInFlight = bytesInFlight
    }
}

/// Window arithmetic that all controllers share (RFC 9002, section 7.2).
enum WindowLimits {
    static func initialWindow(datagramSize: Int) -> Int {
        min(10 * datagramSize, max(14_720, 2 * datagramSize))
    }
}
