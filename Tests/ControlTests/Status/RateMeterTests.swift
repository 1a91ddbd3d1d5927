import SRMUDP
import Testing

@testable import Control

@Suite struct RateMeterTests {
    private func instant(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: milliseconds * 1_000_000)
    }

    @Test("the rate is that between the last two readings")
    func rate() {
        var meter = RateMeter()
        meter.read(sent: 1_000, received: 0, now: instant(5_000))
        #expect((meter.sentBitsPerSecond, meter.receivedBitsPerSecond) == (0, 0))

        meter.read(sent: 126_000, received: 250, now: instant(6_000))
        #expect((meter.sentBitsPerSecond, meter.receivedBitsPerSecond) == (1_000_000, 2_000))

        meter.read(sent: 126_000, received: 250, now: instant(8_000))
        #expect((meter.sentBitsPerSecond, meter.receivedBitsPerSecond) == (0, 0))
    }

    @Test("readings too close to each other change nothing")
    func close() {
        var meter = RateMeter()
        meter.read(sent: 0, received: 0, now: instant(0))
        meter.read(sent: 1_000, received: 0, now: instant(1_000))
        meter.read(sent: 9_000, received: 0, now: instant(1_001))
        #expect(meter.sentBitsPerSecond == 8_000)

        meter.read(sent: 9_000, received: 0, now: instant(2_000))
        #expect(meter.sentBitsPerSecond == 64_000)
    }

    @Test("counters that begin anew begin the rate anew")
    func restart() {
        var meter = RateMeter()
        meter.read(sent: 1_000_000, received: 5, now: instant(0))
        meter.read(sent: 10, received: 5, now: instant(1_000))
        #expect(meter.sentBitsPerSecond == 0)

        meter.read(sent: 1_010, received: 5, now: instant(2_000))
        #expect(meter.sentBitsPerSecond == 8_000)
    }

    @Test("no counters make it overflow")
    func extremes() {
        var meter = RateMeter()
        meter.read(sent: 0, received: 0, now: instant(0))
        meter.read(sent: .max, received: .max, now: instant(1_000))
        #expect(meter.sentBitsPerSecond == .max)
    }
}
