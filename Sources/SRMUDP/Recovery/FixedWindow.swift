/// A controller that never learns: tests know in advance what it allows.
package final class FixedWindow: CongestionController {
    package let congestionWindow: Int
    package let pacingRate: UInt64?
    package var phaseName: String { "fixed" }

    package init(congestionWindow: Int, pacingRate: UInt64? = nil) {
        self.congestionWindow = congestionWindow
        self.pacingRate = pacingRate
    }

    package func packetSent(bytes: Int, packetNumber: UInt64, bytesInFlight: Int, now: Instant) {}
    package func acknowledged(_ summary: AckSummary) {}
    package func lost(_ summary: LossSummary) {}
    package func spuriousLoss(packetNumber: UInt64, bytes: Int, now: Instant) {}
    package func ecnCongestion(sentTime: Instant, now: Instant) {}
    package func persistentCongestion(now: Instant) {}
    package func mtuChanged(datagramSize: Int) {}
}
