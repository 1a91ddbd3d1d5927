/// Divides time into round trips, and counts what each one brought.
///
/// A round ends when a packet sent after its start is acknowledged.
struct RoundCounter: Sendable {
    private(set) var count: UInt64 = 0
    private(set) var startTime = Instant(nanoseconds: 0)
    private(set) var minimumRTT: Interval?
    private(set) var lostBytes = 0
    private(set) var lostPackets = 0
    private(set) var isApplicationLimited = false
    private var startDelivered: UInt64 = 0
    private var deliveredBytes: UInt64 = 0

    /// Says whether the ACK ends the round; `begin` then starts the next one.
    mutating func acknowledged(_ summary: AckSummary) -> Bool {
        if let rtt = summary.latestRTT { minimumRTT = min(minimumRTT ?? rtt, rtt) }
        if summary.isApplicationLimited { isApplicationLimited = true }
        // A controller that moves on to another path meets counters that begin anew.
        if summary.deliveredBytes < startDelivered { startDelivered = 0 }
        deliveredBytes = summary.deliveredBytes
        return summary.priorDeliveredBytes >= startDelivered && summary.deliveredBytes > 0
    }

    mutating func begin(_ summary: AckSummary) {
        count += 1
        startTime = summary.now
        startDelivered = summary.deliveredBytes
        minimumRTT = nil
        lostBytes = 0
        lostPackets = 0
        isApplicationLimited = false
    }

    mutating func lost(bytes: Int, packets: Int) {
        lostBytes += bytes
        lostPackets += packets
    }

    mutating func foundAgain(bytes: Int) {
        lostBytes = max(0, lostBytes - bytes)
        lostPackets = max(0, lostPackets - 1)
    }

    /// Bytes that arrived in this round.
    var arrivedBytes: Double { Double(deliveredBytes - startDelivered) }

    /// Share of the bytes of this round that were lost.
    var lossRate: Double {
        let total = arrivedBytes + Double(lostBytes)
        return total > 0 ? Double(lostBytes) / total : 0
    }

    /// Bytes per second over the round.
    func rate(now: Instant) -> Double {
        let seconds = (now - startTime).seconds
        return seconds > 0 ? arrivedBytes / seconds : 0
    }
}
