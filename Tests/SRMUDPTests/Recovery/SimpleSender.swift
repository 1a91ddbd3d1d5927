import SRMUDP

/// A sender whose controller remembers what it was told.
struct SimpleSender: ~Copyable {
    var recovery = RecoveryState(maxAckDelay: .milliseconds(25))
    let controllers = [RecordingController(), RecordingController()]
    var now = Instant(nanoseconds: 1_000_000_000)

    init() {
        for (id, controller) in controllers.enumerated() {
            recovery.addPath(UInt8(id), controller: controller, datagramSize: 1_200)
        }
    }

    @discardableResult
    mutating func send(
        _ count: Int = 1, path: UInt8 = 0, eliciting: Bool = true, probe: Bool = false
    ) -> UInt64 {
        var number: UInt64 = 0
        for _ in 0..<count {
            number = recovery.packetSent(
                SentPacket(
                    sentTime: now, size: 1_000, pathID: path, isAckEliciting: eliciting,
                    isMTUProbe: probe, firstFrame: recovery.nextPacketNumber, frameCount: 1))
        }
        return number
    }

    mutating func acknowledge(
        _ ranges: ClosedRange<UInt64>..., delay: Interval = .zero
    ) throws {
        recovery.beginAcknowledgement(largest: ranges.map(\.upperBound).max() ?? 0)
        for range in ranges { try recovery.acknowledge(range, now: now) }
        recovery.endAcknowledgement(ackDelay: delay, now: now)
    }

    mutating func pass(_ milliseconds: Int64) { now += .milliseconds(milliseconds) }
}

/// Allows 100 kB and notes what it is told.
final class RecordingController: CongestionController {
    var congestionWindow = 100_000
    var pacingRate: UInt64?
    let phaseName = "recording"
    var losses: [LossSummary] = []
    var summaries: [AckSummary] = []
    var spurious: [UInt64] = []
    var persistentCongestions = 0

    func packetSent(bytes: Int, packetNumber: UInt64, bytesInFlight: Int, now: Instant) {}
    func acknowledged(_ summary: AckSummary) { summaries.append(summary) }
    func lost(_ summary: LossSummary) { losses.append(summary) }
    func spuriousLoss(packetNumber: UInt64, bytes: Int, now: Instant) {
        spurious.append(packetNumber)
    }
    func ecnCongestion(sentTime: Instant, now: Instant) {}
    func persistentCongestion(now: Instant) { persistentCongestions += 1 }
    func mtuChanged(datagramSize: Int) {}
}
