import SRMUDP
import Testing

@testable import Control

@Suite("GatewayClock")
struct GatewayClockTests {
    private static let start = Instant(nanoseconds: 5_000_000_000)

    @Test("the first epoch tells nothing")
    func first() {
        var clock = GatewayClock()
        let hasRestarted = clock.hasRestarted(epoch: 0, now: Self.start)

        #expect(!hasRestarted)
    }

    @Test(
        "an epoch that keeps pace with our clock is no restart",
        arguments: [(1000, 0), (1999, 1000), (2002, 1000), (1940, 1000), (2060, 1000), (999, 0)])
    func inPace(epoch: UInt32, seconds: Int64) {
        var clock = GatewayClock()
        _ = clock.hasRestarted(epoch: 1000, now: Self.start)
        let hasRestarted = clock.hasRestarted(epoch: epoch, now: Self.start + .seconds(seconds))

        #expect(!hasRestarted)
    }

    @Test(
        "an epoch that goes back, lags or runs ahead is a restart",
        arguments: [(0, 1000), (998, 0), (1900, 1000), (2200, 1000), (.max, 10)])
    func outOfPace(epoch: UInt32, seconds: Int64) {
        var clock = GatewayClock()
        _ = clock.hasRestarted(epoch: 1000, now: Self.start)
        let hasRestarted = clock.hasRestarted(epoch: epoch, now: Self.start + .seconds(seconds))

        #expect(hasRestarted)
    }

    @Test("after a restart the new epoch counts")
    func afterwards() {
        var clock = GatewayClock()
        _ = clock.hasRestarted(epoch: 1000, now: Self.start)
        _ = clock.hasRestarted(epoch: 3, now: Self.start + .seconds(10))
        let hasRestarted = clock.hasRestarted(epoch: 13, now: Self.start + .seconds(20))

        #expect(!hasRestarted)
    }
}
