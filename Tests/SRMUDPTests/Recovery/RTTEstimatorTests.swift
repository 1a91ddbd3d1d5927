import SRMUDP
import Testing

@Suite struct RTTEstimatorTests {
    private let now = Instant(nanoseconds: 0)

    @Test("the first sample replaces the initial guess")
    func firstSample() {
        var rtt = RTTEstimator()
        #expect(rtt.smoothed == .milliseconds(333))

        rtt.update(sample: .milliseconds(40), ackDelay: .milliseconds(5), now: now)

        #expect(rtt.smoothed == .milliseconds(40))
        #expect(rtt.variance == .milliseconds(20))
        #expect(rtt.minimum == .milliseconds(40))
    }

    @Test("the peer's delay is subtracted, but never below the minimum")
    func ackDelay() {
        var rtt = RTTEstimator()
        rtt.update(sample: .milliseconds(40), ackDelay: .zero, now: now)

        rtt.update(sample: .milliseconds(56), ackDelay: .milliseconds(8), now: now)
        #expect(rtt.smoothed == .milliseconds(41))
        #expect(rtt.variance == .milliseconds(17))

        rtt.update(sample: .milliseconds(41), ackDelay: .milliseconds(20), now: now)
        #expect(rtt.smoothed == .milliseconds(41))
        #expect(rtt.minimum == .milliseconds(40))
    }

    @Test("no timer is finer than a millisecond")
    func granularity() {
        var rtt = RTTEstimator()
        for _ in 0..<100 {
            rtt.update(sample: .microseconds(80), ackDelay: .zero, now: now)
        }

        #expect(rtt.lossDelay(eighths: 9) == .milliseconds(1))
        #expect(rtt.probeTimeoutBase(maxAckDelay: .zero) > .milliseconds(1))
        #expect(rtt.probeTimeoutBase(maxAckDelay: .zero) < .microseconds(1_100))
    }
}
