import SRMUDP
import Testing

@Suite struct CubicTests {
    private let start = Instant(nanoseconds: 1_000_000_000)

    private func acknowledge(
        _ cubic: Cubic, bytes: Int, sent: Instant, now: Instant, rtt: Interval = .milliseconds(40)
    ) {
        cubic.acknowledged(
            AckSummary(
                now: now, newlyAckedBytes: bytes, largestAcknowledged: 1,
                largestAckedSentTime: sent, latestRTT: rtt, smoothedRTT: rtt, minimumRTT: rtt,
                deliveryRate: nil, deliveredBytes: 1, priorDeliveredBytes: 0,
                priorBytesInFlight: cubic.congestionWindow,
                bytesInFlight: cubic.congestionWindow - bytes, isApplicationLimited: false))
    }

    private func lose(_ cubic: Cubic, packets: Int = 1, sent: Instant, now: Instant) {
        cubic.lost(
            LossSummary(
                now: now, bytes: packets * 1_000, packets: packets, largestLostPacketNumber: 50,
                largestLostSentTime: sent, bytesInFlight: 0))
    }

    @Test("in slow start each acknowledged byte adds one")
    func slowStart() {
        let cubic = Cubic(datagramSize: 1_000)

        acknowledge(cubic, bytes: 5_000, sent: start, now: start + .milliseconds(40))

        #expect(cubic.congestionWindow == 15_000)
        #expect(cubic.pacingRate == 750_000)
    }

    @Test("a loss takes three tenths, once per round trip")
    func reduction() {
        let cubic = Cubic(datagramSize: 1_000)

        lose(cubic, sent: start, now: start + .milliseconds(40))
        lose(cubic, sent: start + .milliseconds(10), now: start + .milliseconds(50))
        #expect(cubic.congestionWindow == 7_000)

        lose(cubic, sent: start + .milliseconds(60), now: start + .milliseconds(100))
        #expect(cubic.congestionWindow == 4_900)
    }

    @Test("after a loss the window is back at its maximum when the cubic function says so")
    func growth() {
        let cubic = Cubic(datagramSize: 1_000)
        for _ in 0..<90 {
            acknowledge(cubic, bytes: 1_000, sent: start, now: start + .milliseconds(40))
        }
        #expect(cubic.congestionWindow == 100_000)
        var now = start + .milliseconds(50)
        lose(cubic, sent: start + .milliseconds(45), now: now)
        #expect(cubic.congestionWindow == 70_000)

        // The cube root of 30 / 0.4 is 4.2 seconds. The round trip is long, or what Reno would do
        // is more.
        let end = now + .milliseconds(4_200)
        while now < end {
            now += .milliseconds(200)
            acknowledge(
                cubic, bytes: cubic.congestionWindow, sent: now, now: now, rtt: .milliseconds(200))
        }

        #expect(cubic.congestionWindow >= 98_000)
        #expect(cubic.congestionWindow <= 105_000)
    }

    @Test("a loss that was none is undone")
    func undo() {
        let cubic = Cubic(datagramSize: 1_000)
        lose(cubic, packets: 2, sent: start, now: start + .milliseconds(40))
        #expect(cubic.congestionWindow == 7_000)

        cubic.spuriousLoss(packetNumber: 49, bytes: 1_000, now: start + .milliseconds(41))
        #expect(cubic.congestionWindow == 7_000)
        cubic.spuriousLoss(packetNumber: 50, bytes: 1_000, now: start + .milliseconds(42))

        #expect(cubic.congestionWindow == 10_000)
    }

    @Test("the window never falls below two packets")
    func minimum() {
        let cubic = Cubic(datagramSize: 1_000)
        for round in Int64(0)..<20 {
            let sent = start + .milliseconds(100 * round)
            lose(cubic, sent: sent, now: sent + .milliseconds(40))
        }

        #expect(cubic.congestionWindow == 2_000)
    }
}
