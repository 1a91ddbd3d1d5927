import TestSupport
import Testing

@testable import SRMUDP

@Suite struct PathSetbacksTests {
    private let start = Instant(nanoseconds: 0)
    private let address = SocketAddress.simulated(host: 1)

    @Test("a path rests four times as long after each failure, at most 64 seconds")
    func growth() {
        var setbacks = PathSetbacks()
        var rests: [Interval] = []
        var now = start

        for _ in 0..<6 {
            setbacks.note(address, now: now)
            rests.append((setbacks.restEnd(of: address) ?? start) - now)
            now += .seconds(100)
        }

        #expect(rests == [1, 4, 16, 64, 64, 64].map { Interval.seconds($0) })
    }

    @Test("a path that was good for long begins anew, and others are not concerned")
    func memory() {
        var setbacks = PathSetbacks()
        setbacks.note(address, now: start)
        setbacks.note(address, now: start)
        let later = start + PathSetbacks.memory

        #expect(setbacks.restEnd(of: .simulated(host: 2)) == nil)
        setbacks.note(address, now: later)

        #expect(setbacks.restEnd(of: address) == later + .seconds(1))
    }

    @Test("of many addresses the newest are remembered")
    func bound() {
        var setbacks = PathSetbacks()

        for host in UInt16(1)...20 { setbacks.note(.simulated(host: host), now: start) }

        let known = (UInt16(1)...20).filter { setbacks.restEnd(of: .simulated(host: $0)) != nil }
        #expect(known == Array(13...20))
    }
}
