/// CUBIC (RFC 9438) with HyStart++ (RFC 9406), paced.
///
/// Loss is its signal: it shares a path fairly with TCP, fills the queue in front of the
/// bottleneck, and loses its throughput where packets vanish for other reasons.
package final class Cubic: CongestionController {
    private static let beta = 0.7
    /// Segments per second cubed.
    private static let scale = 0.4
    private static let minimumWindowDatagrams = 2
    /// Averages 3(1-beta)/(1+beta) segments a round trip, what Reno would have made of the losses.
    private static let friendlyGrowth = 3 * (1 - beta) / (1 + beta)

    private var datagramSize: Double
    private var window: Double
    private var slowStartThreshold = Double.infinity
    private var slowStart = SlowStartExit()
    private var windowMaximum = 0.0
    private var friendlyWindow = 0.0
    /// Seconds after `epochStart` at which the window is back at its maximum.
    private var inflection = 0.0
    private var epochStart: Instant?
    /// Packets sent before this belong to the congestion event already reacted to.
    private var recoveryStart: Instant?
    private var beforeReduction: Undo?
    private var smoothedRTT: Interval?
    private var nextRoundDelivered: UInt64 = 0

    /// What to return to if the loss that caused a reduction was none.
    private struct Undo {
        var window: Double
        var slowStartThreshold: Double
        var windowMaximum: Double
        var largestLost: UInt64
        var lostPackets: Int
    }

    package init(datagramSize: Int) {
        self.datagramSize = Double(datagramSize)
        window = Double(WindowLimits.initialWindow(datagramSize: datagramSize))
    }

    package var congestionWindow: Int { Int(window) }
    package var phaseName: String { isInSlowStart ? "slow start" : "avoidance" }

    package var pacingRate: UInt64? {
        guard let smoothedRTT else { return nil }
        // Faster than the window alone would go, so that pacing is never what limits.
        let gain = isInSlowStart ? 2.0 : 1.25
        return UInt64(gain * window / smoothedRTT.seconds)
    }

    package func packetSent(bytes: Int, packetNumber: UInt64, bytesInFlight: Int, now: Instant) {}

    package func acknowledged(_ summary: AckSummary) {
        smoothedRTT = summary.smoothedRTT
        // A controller that moves on to another path meets counters that begin anew.
        if summary.deliveredBytes < nextRoundDelivered { nextRoundDelivered = 0 }
        if summary.priorDeliveredBytes >= nextRoundDelivered {
            nextRoundDelivered = summary.deliveredBytes
            slowStart.roundEnded()
        }
        if let start = recoveryStart, summary.largestAckedSentTime <= start { return }
        // A window that was not used says nothing about the path (RFC 9438, section 5.8).
        guard Double(summary.priorBytesInFlight) * 2 >= window else { return }
        if isInSlowStart {
            growInSlowStart(summary)
        } else {
            growInAvoidance(summary)
        }
    }

    package func lost(_ summary: LossSummary) {
        let undo = Undo(
            window: window, slowStartThreshold: slowStartThreshold, windowMaximum: windowMaximum,
            largestLost: summary.largestLostPacketNumber, lostPackets: summary.packets)
        if reduce(sentTime: summary.largestLostSentTime, now: summary.now) {
            beforeReduction = undo
        } else {
            beforeReduction?.lostPackets += summary.packets
            beforeReduction?.largestLost = summary.largestLostPacketNumber
        }
    }

    package func spuriousLoss(packetNumber: UInt64, bytes: Int, now: Instant) {
        guard var undo = beforeReduction, packetNumber <= undo.largestLost else { return }
        undo.lostPackets -= 1
        beforeReduction = undo
        guard undo.lostPackets <= 0 else { return }
        // All of it was reordering (RFC 9438, section 4.9.2).
        window = max(window, undo.window)
        slowStartThreshold = undo.slowStartThreshold
        windowMaximum = undo.windowMaximum
        epochStart = nil
        recoveryStart = nil
        beforeReduction = nil
    }

    package func ecnCongestion(sentTime: Instant, now: Instant) {
        if reduce(sentTime: sentTime, now: now) { beforeReduction = nil }
    }

    package func persistentCongestion(now: Instant) {
        slowStartThreshold = max(window * Self.beta, minimumWindow)
        window = minimumWindow
        slowStart = SlowStartExit()
        epochStart = nil
        recoveryStart = nil
        beforeReduction = nil
    }

    package func mtuChanged(datagramSize: Int) {
        self.datagramSize = Double(datagramSize)
        window = max(window, minimumWindow)
    }

    private var minimumWindow: Double { datagramSize * Double(Self.minimumWindowDatagrams) }
    private var isInSlowStart: Bool { window < slowStartThreshold }

    private func growInSlowStart(_ summary: AckSummary) {
        if let rtt = summary.latestRTT { slowStart.sample(rtt) }
        if slowStart.state == .left, slowStartThreshold == .infinity {
            slowStartThreshold = window
            return
        }
        // After a timeout the threshold is known, and there is nothing for HyStart++ to find.
        let growth = slowStartThreshold == .infinity ? slowStart.growth : 1
        window = min(window + Double(summary.newlyAckedBytes) * growth, slowStartThreshold)
    }

    /// RFC 9438, sections 4.2 to 4.5, in segments of one datagram.
    private func growInAvoidance(_ summary: AckSummary) {
        let segments = window / datagramSize
        let acked = Double(summary.newlyAckedBytes) / datagramSize
        let start = epochStart ?? startEpoch(segments: segments, now: summary.now)
        let time = (summary.now - start + summary.smoothedRTT).seconds - inflection
        let target = Self.scale * time * time * time + windowMaximum / datagramSize
        let bounded = min(max(target, segments), 1.5 * segments)
        let growth = friendlyWindow >= windowMaximum / datagramSize ? 1 : Self.friendlyGrowth
        friendlyWindow += growth * acked / segments
        let grown = segments + (bounded - segments) / segments * acked
        window = max(grown, friendlyWindow) * datagramSize
    }

    private func startEpoch(segments: Double, now: Instant) -> Instant {
        epochStart = now
        windowMaximum = max(windowMaximum, window)
        friendlyWindow = segments
        inflection = Self.cubeRoot((windowMaximum / datagramSize - segments) / Self.scale)
        return now
    }

    /// Reduces the window once per round trip; says whether it did.
    private func reduce(sentTime: Instant, now: Instant) -> Bool {
        if let start = recoveryStart, sentTime <= start { return false }
        recoveryStart = now
        epochStart = nil
        // Fast convergence: leave room for a newcomer if the last maximum was not reached again.
        windowMaximum = window < windowMaximum ? window * (1 + Self.beta) / 2 : window
        window = max(window * Self.beta, minimumWindow)
        slowStartThreshold = window
        slowStart.leave()
        return true
    }

    /// The cube root of a number that is not negative, by Newton's method: the standard library has
    /// none, and the core imports no other.
    static func cubeRoot(_ number: Double) -> Double {
        guard number > 0 else { return 0 }
        var root = Double(sign: .plus, exponent: number.exponent / 3, significand: 1)
        for _ in 0..<8 { root -= (root - number / (root * root)) / 3 }
        return root
    }
}
