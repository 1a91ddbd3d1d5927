import Testing

@testable import SRMUDP

@Suite("ReceiveWindow") struct ReceiveWindowTests {
    let roundTrip = Interval.milliseconds(10)

    @Test("credit comes after half of the window was consumed, not before")
    func grant() {
        var window = ReceiveWindow(.stream, initial: 1_000, maximum: 8_000)
        window.receive(1_000, now: Instant(nanoseconds: 0))
        let later = Instant(nanoseconds: 0) + .seconds(1)

        window.consume(499)
        let isEarly = window.grant(now: later, roundTripTime: roundTrip, isCrowded: false)
        window.consume(1)
        let isGranted = window.grant(now: later, roundTripTime: roundTrip, isCrowded: false)

        #expect(!isEarly && isGranted && window.limit == 1_500 && window.size == 1_000)
    }

    @Test("a fast reader doubles the window up to its maximum")
    func growth() {
        var window = ReceiveWindow(.stream, initial: 1_000, maximum: 6_000)
        var now = Instant(nanoseconds: 0)

        for expected in [2_000, 4_000, 6_000, 6_000] as [UInt64] {
            window.receive(window.credit, now: now)
            window.consume(window.held)
            now += .milliseconds(19)
            let isGranted = window.grant(now: now, roundTripTime: roundTrip, isCrowded: false)
            #expect(isGranted && window.size == expected)
        }
    }

    @Test("a slow reader leaves the window as it is")
    func noGrowth() {
        var window = ReceiveWindow(.stream, initial: 1_000, maximum: 6_000)
        var now = Instant(nanoseconds: 0)

        for _ in 0..<4 {
            window.receive(window.credit, now: now)
            window.consume(window.held)
            now += .milliseconds(21)
            _ = window.grant(now: now, roundTripTime: roundTrip, isCrowded: false)
        }

        #expect(window.size == 1_000)
    }

    @Test("the window of the Connection opens without readers, up to the memory bound")
    func connection() {
        var window = ReceiveWindow(.connection, initial: 1_000, maximum: 8_000)
        let now = Instant(nanoseconds: 0)

        while window.credit > 0 {
            window.receive(window.credit, now: now)
            _ = window.grant(now: now, roundTripTime: roundTrip, isCrowded: window.isCrowded)
        }

        #expect(window.held == 8_000 && window.isCrowded && window.size <= 4_000)
        window.consume(100)
        let isGranted = window.grant(now: now, roundTripTime: roundTrip, isCrowded: true)
        #expect(isGranted && window.credit == 100)
    }
}
