import SRMUDP
import Testing

@Suite struct ModelBasedTests {
    private static let start = Instant(nanoseconds: 1_000_000_000)

    /// An ACK that ends a round trip of 40 ms at the given rate.
    private struct Rounds {
        let controller: ModelBased
        var now = ModelBasedTests.start
        var delivered: UInt64 = 0

        mutating func pass(
            bytesPerSecond: Double, rtt: Interval = .milliseconds(40), inFlight: Int = 0,
            lostPackets: Int = 0, isApplicationLimited: Bool = false
        ) {
            let prior = delivered
            now += .milliseconds(40)
            let bytes = Int(bytesPerSecond * 0.04)
            delivered += UInt64(bytes)
            if lostPackets > 0 {
                controller.lost(
                    LossSummary(
                        now: now, bytes: lostPackets * 1_200, packets: lostPackets,
                        largestLostPacketNumber: 1, largestLostSentTime: now,
                        bytesInFlight: inFlight))
            }
            controller.acknowledged(
                AckSummary(
                    now: now, newlyAckedBytes: bytes, largestAcknowledged: 1,
                    largestAckedSentTime: now - rtt, latestRTT: rtt, smoothedRTT: rtt,
                    minimumRTT: .milliseconds(40),
                    deliveryRate: DeliveryRateSample(
                        bytesPerSecond: bytesPerSecond, isApplicationLimited: isApplicationLimited),
                    deliveredBytes: delivered, priorDeliveredBytes: prior,
                    priorBytesInFlight: inFlight, bytesInFlight: inFlight,
                    isApplicationLimited: isApplicationLimited))
        }

        /// Startup, until the bandwidth has stopped growing.
        mutating func settle(bytesPerSecond: Double) {
            for _ in 0..<8 { pass(bytesPerSecond: bytesPerSecond) }
        }
    }

    @Test("it starts with ten packets and no pace")
    func initial() {
        let controller = ModelBased(datagramSize: 1_200)

        #expect(controller.congestionWindow == 12_000)
        #expect(controller.pacingRate == nil)
        #expect(controller.state == .startup)
    }

    @Test("startup ends when the bandwidth stops growing")
    func plateau() {
        var rounds = Rounds(controller: ModelBased(datagramSize: 1_200))
        for rate in [1e6, 2e6, 4e6, 8e6] { rounds.pass(bytesPerSecond: rate) }
        #expect(rounds.controller.state == .startup)

        for _ in 0..<3 { rounds.pass(bytesPerSecond: 8.1e6, inFlight: 900_000) }

        #expect(rounds.controller.state == .drain)
        rounds.pass(bytesPerSecond: 8.1e6, inFlight: 300_000)
        #expect(rounds.controller.phaseName == "cruise")
    }

    @Test("startup ends when a queue stands for a round trip")
    func queue() {
        var rounds = Rounds(controller: ModelBased(datagramSize: 1_200))
        rounds.pass(bytesPerSecond: 1e6)

        rounds.pass(bytesPerSecond: 2e6, rtt: .milliseconds(60), inFlight: 500_000)

        #expect(rounds.controller.state == .drain)
    }

    @Test("a sender with little to send never believes the path to be slower")
    func applicationLimited() {
        var rounds = Rounds(controller: ModelBased(datagramSize: 1_200))
        rounds.settle(bytesPerSecond: 10e6)

        for _ in 0..<1_000 { rounds.pass(bytesPerSecond: 1_000, isApplicationLimited: true) }

        #expect(rounds.controller.bandwidth == 10e6)
        rounds.pass(bytesPerSecond: 12e6, isApplicationLimited: true)
        #expect(rounds.controller.bandwidth == 12e6)
    }

    @Test("ACKs that a peer with little to acknowledge delays are no queue")
    func delayedAcknowledgements() {
        var rounds = Rounds(controller: ModelBased(datagramSize: 1_200))
        rounds.settle(bytesPerSecond: 10e6)

        for _ in 0..<10 {
            rounds.pass(bytesPerSecond: 1_000, rtt: .milliseconds(65), isApplicationLimited: true)
        }

        #expect(rounds.controller.bandwidth == 10e6)
        #expect(rounds.controller.phaseName == "cruise")
        #expect(rounds.controller.pacingRate == 10_000_000)
    }

    @Test("random loss raises the pace by what is lost")
    func compensation() {
        var rounds = Rounds(controller: ModelBased(datagramSize: 1_200))
        rounds.settle(bytesPerSecond: 10e6)
        let before = Double(rounds.controller.pacingRate ?? 0)

        // 5 % of 400,000 bytes a round.
        for _ in 0..<9 { rounds.pass(bytesPerSecond: 10e6, lostPackets: 17) }

        let after = Double(rounds.controller.pacingRate ?? 0)
        #expect(after > before * 1.03)
        #expect(after < before * 1.06)
        #expect(rounds.controller.congestionWindow >= 400_000)
    }

    @Test("a standing queue is drained")
    func drain() {
        var rounds = Rounds(controller: ModelBased(datagramSize: 1_200))
        rounds.settle(bytesPerSecond: 10e6)

        for _ in 0..<4 { rounds.pass(bytesPerSecond: 10e6, rtt: .milliseconds(48)) }

        #expect(Double(rounds.controller.pacingRate ?? 0) < 9.9e6)
    }

    @Test("after persistent congestion it starts anew with four packets")
    func persistentCongestion() {
        var rounds = Rounds(controller: ModelBased(datagramSize: 1_200))
        rounds.settle(bytesPerSecond: 10e6)

        rounds.controller.persistentCongestion(now: rounds.now)

        #expect(rounds.controller.congestionWindow == 4_800)
        #expect(rounds.controller.state == .startup)
    }
}
