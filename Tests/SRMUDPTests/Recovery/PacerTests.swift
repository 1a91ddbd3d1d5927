import SRMUDP
import Testing

@Suite struct PacerTests {
    private let start = Instant(nanoseconds: 5_000_000_000)

    private func sent(_ pacer: inout Pacer, until end: Instant) -> Int {
        var now = start
        var bytes = 0
        while now <= end {
            if let later = pacer.delayUntilSend(bytes: 1_200, now: now) {
                now = later
            } else {
                pacer.packetSent(bytes: 1_200, now: now)
                bytes += 1_200
            }
        }
        return bytes
    }

    @Test("ten packets leave at once before anything is known")
    func initialBurst() {
        var pacer = Pacer(datagramSize: 1_200)
        pacer.setRate(
            nil, initialWindow: 12_000, roundTrip: .milliseconds(333), now: start)

        #expect(sent(&pacer, until: start) == 12_000)
    }

    @Test("over a second the rate is kept", arguments: [100_000, 1_250_000, 125_000_000])
    func rate(_ rate: UInt64) {
        var pacer = Pacer(datagramSize: 1_200)
        pacer.setRate(rate, initialWindow: 12_000, roundTrip: .milliseconds(40), now: start)

        let bytes = sent(&pacer, until: start + .seconds(1))

        #expect(bytes >= Int(rate) - 1_200)
        #expect(bytes <= Int(rate) + 12_000 + 1_200)
    }

    @Test("a pause saves up no more than a millisecond")
    func pause() {
        var pacer = Pacer(datagramSize: 1_200)
        pacer.setRate(12_000_000, initialWindow: 12_000, roundTrip: .milliseconds(40), now: start)
        pacer.packetSent(bytes: 12_000, now: start)

        #expect(pacer.budget(now: start + .microseconds(500)) == 6_000)
        #expect(pacer.budget(now: start + .seconds(9)) == 12_000)
    }

    @Test("a late timer is made up for, up to ten milliseconds")
    func lateness() {
        var pacer = Pacer(datagramSize: 1_200)
        pacer.setRate(12_000_000, initialWindow: 12_000, roundTrip: .milliseconds(40), now: start)
        pacer.packetSent(bytes: 12_000, now: start)
        let wake = pacer.delayUntilSend(bytes: 1_200, now: start)
        #expect(wake == start + .nanoseconds(500_001))

        var other = pacer
        #expect(pacer.budget(now: start + .milliseconds(3)) == 36_000)
        #expect(other.budget(now: start + .seconds(9)) == 132_000)
    }

    @Test("packets that do not ask are paid for afterwards")
    func debt() {
        var pacer = Pacer(datagramSize: 1_200)
        pacer.setRate(12_000_000, initialWindow: 12_000, roundTrip: .milliseconds(40), now: start)
        _ = sent(&pacer, until: start)

        pacer.packetSent(bytes: 6_000, now: start)

        #expect(pacer.budget(now: start) == 0)
        let next = pacer.delayUntilSend(bytes: 1_200, now: start)
        #expect(next.map { $0 > start + .microseconds(600) } == true)
    }
}
