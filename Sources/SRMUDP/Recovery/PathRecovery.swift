/// What recovery knows of one path: its controller and its accounts.
///
/// Belongs to `RecoveryState`, which keeps it in step with the packets; the Connection reads it. It
/// is a class because copies of a large structure in an array cost more than all the arithmetic;
/// and what changes is one structure inside, entered once per event, because each access to a
/// property of a class is checked at run time.
package final class PathRecovery {
    package let controller: any CongestionController
    var accounts: PathAccounts

    init(controller: any CongestionController, datagramSize: Int) {
        self.controller = controller
        accounts = PathAccounts(datagramSize: datagramSize)
    }

    package internal(set) var rtt: RTTEstimator {
        get { accounts.rtt }
        set { accounts.rtt = newValue }
    }
    package internal(set) var bytesInFlight: Int {
        get { accounts.bytesInFlight }
        set { accounts.bytesInFlight = newValue }
    }
    package internal(set) var packetsInFlight: Int {
        get { accounts.packetsInFlight }
        set { accounts.packetsInFlight = newValue }
    }
    /// The number of the largest packet acknowledged on this path.
    package var largestAcknowledged: UInt64? { accounts.largestAcknowledged }
    /// Probe timeouts in a row without an answer.
    package var probeTimeoutCount: Int { accounts.probeTimeoutCount }
    package var deliveredBytes: UInt64 { accounts.delivery.deliveredBytes }
    /// Packets declared lost so far, MTU probes not included, and how many of them were not.
    package var lostPackets: UInt64 { accounts.lostPackets }
    package var spuriousLosses: UInt64 { accounts.spuriousLosses }

    /// Bytes that the congestion window still admits.
    package var windowRemaining: Int {
        max(0, controller.congestionWindow - accounts.bytesInFlight)
    }

    /// Bytes that may leave in one batch now, by pace and by window.
    func burstBudget(now: Instant) -> Int {
        let window = controller.congestionWindow
        return accounts.burstBudget(congestionWindow: window, now: now)
    }

    func elicitingPacketSent(_ packet: inout SentPacket, _ number: UInt64) {
        let (isUnpaced, bytesInFlight) = accounts.elicitingPacketSent(&packet)
        controller.packetSent(
            bytes: Int(packet.size), packetNumber: number, bytesInFlight: bytesInFlight,
            now: packet.sentTime)
        // The rate changes with ACKs only, but the first packet comes before any.
        if isUnpaced { updatePacer(now: packet.sentTime) }
    }

    /// Ends an ACK frame; a frame that settled nothing of this path says nothing about it.
    func finishAcknowledgement(now: Instant) {
        guard let summary = accounts.takeSummary(now: now) else { return }
        controller.acknowledged(summary)
        updatePacer(now: now)
    }

    /// A packet was given up too early.
    func reorderingSeen(_ packet: SentPacket, _ number: UInt64, now: Instant) {
        accounts.reorderingSeen(packet, congestionWindow: controller.congestionWindow)
        controller.spuriousLoss(packetNumber: number, bytes: Int(packet.size), now: now)
    }

    /// Tells the controller what a search for losses has found.
    func reportLosses(maxAckDelay: Interval, now: Instant) {
        let loss = accounts.loss
        guard loss.packets > 0 else { return }
        controller.lost(
            LossSummary(
                now: now, bytes: loss.bytes, packets: loss.packets,
                largestLostPacketNumber: loss.largest, largestLostSentTime: loss.largestSentTime,
                bytesInFlight: accounts.bytesInFlight))
        if accounts.isCongestionPersistent(maxAckDelay: maxAckDelay) {
            controller.persistentCongestion(now: now)
        }
        updatePacer(now: now)
    }

    private func updatePacer(now: Instant) {
        let (rate, window) = (controller.pacingRate, controller.congestionWindow)
        accounts.setPacingRate(rate, congestionWindow: window, now: now)
    }
}
