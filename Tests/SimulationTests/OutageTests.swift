import SRMUDP
import TestSupport
import Testing

/// What a connection lives through when the network or the other side goes away for a while.
@Suite("Outages")
struct OutageTests {
    @Test("the last packets of a flow are lost and come again")
    func tailLoss() throws {
        let pair = Pair(seed: 1)
        #expect(pair.connect())

        pair.open(from: .left, bytes: 20_000)
        pair.setBlackout(true, from: .left)
        pair.drive(for: .milliseconds(5))
        pair.setBlackout(false, from: .left)
        let settled = pair.driveUntilRead(from: .left, within: .seconds(5))

        #expect(settled, "\(pair.summaries)")
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("a path that carries only smaller packets from now on is found out and used")
    func blackHole() {
        var options = Pair.Options()
        options.conditions.maximumDatagramSize = 9_000
        let pair = Pair(seed: 2, options: options)
        #expect(pair.connect())
        pair.open(from: .left, bytes: 400_000)
        #expect(pair.driveUntilRead(from: .left, within: .seconds(60)))
        let before = pair.left.connection?.currentPath?.datagramSize ?? 0

        pair.changeConditions { $0.maximumDatagramSize = 1_300 }
        pair.open(from: .left, bytes: 400_000)
        let settled = pair.driveUntilRead(from: .left, within: .seconds(60))

        #expect(before > 8_000)
        #expect(settled, "\(pair.summaries)")
        #expect((1_200...1_300).contains(pair.left.connection?.currentPath?.datagramSize ?? 0))
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("flows survive a blackout and go on within five seconds", arguments: [60, 600, 14 * 60])
    func blackout(seconds: Int64) {
        let pair = Pair(seed: 3)
        #expect(pair.connect())
        pair.open(from: .left, bytes: 2_000_000)
        pair.drive(for: .milliseconds(100))

        pair.setBlackout(true, from: .left)
        pair.setBlackout(true, from: .right)
        pair.drive(for: .seconds(seconds))
        let readBefore = pair.ledger.bytesRead
        pair.setBlackout(false, from: .left)
        pair.setBlackout(false, from: .right)
        let resumed = pair.drive(for: .seconds(6)) { pair.ledger.bytesRead > readBefore }
        let settled = pair.driveUntilRead(from: .left, within: .seconds(60))

        #expect(resumed, "\(pair.summaries)")
        #expect(settled, "\(pair.summaries)")
        #expect(pair.left.closed.isEmpty && pair.right.closed.isEmpty)
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("a silent pair costs next to nothing")
    func silenceIsCheap() {
        let pair = Pair(seed: 4)
        #expect(pair.connect())
        pair.open(from: .left, bytes: 100_000)
        pair.setBlackout(true, from: .left)
        pair.setBlackout(true, from: .right)
        pair.drive(for: .seconds(30))

        let before = pair.left.datagramsSent
        pair.drive(for: .seconds(600))

        // A probe and a challenge or INITIATION each five seconds.
        #expect(pair.left.datagramsSent - before < 600)
    }

    @Test("one direction alone may be dark", arguments: Side.allCases)
    func oneWayBlackout(side: Side) {
        let pair = Pair(seed: 5)
        #expect(pair.connect())
        pair.open(from: .left, bytes: 1_000_000)
        pair.drive(for: .milliseconds(50))

        pair.setBlackout(true, from: side)
        pair.drive(for: .seconds(45))
        pair.setBlackout(false, from: side)
        let settled = pair.driveUntilRead(from: .left, within: .seconds(30))

        #expect(settled, "\(pair.summaries)")
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("after the hold the connection is over on both sides")
    func holdRunsOut() {
        var options = Pair.Options()
        options.configuration.hold = .seconds(120)
        let pair = Pair(seed: 6, options: options)
        #expect(pair.connect())
        pair.open(from: .left, bytes: 100_000)

        pair.setBlackout(true, from: .left)
        pair.setBlackout(true, from: .right)
        pair.drive(for: .seconds(119))
        let early = pair.left.closed + pair.right.closed
        pair.drive(for: .seconds(20))

        #expect(early.isEmpty)
        #expect(pair.left.closed == [.timedOut])
        #expect(pair.right.closed == [.timedOut])
        #expect(pair.left.endpoint.connections.isEmpty)
        #expect(pair.network.nextEventTime == nil)
    }

    @Test("a suspended side finds its flows again", arguments: Side.allCases)
    func suspend(side: Side) {
        let pair = Pair(seed: 7)
        #expect(pair.connect())
        pair.open(from: .left, bytes: 1_000_000)
        pair.drive(for: .milliseconds(50))

        pair.network.pause(pair.host(side))
        pair.drive(for: .seconds(10 * 60))
        pair.network.resume(pair.host(side))
        let settled = pair.driveUntilRead(from: .left, within: .seconds(30))

        #expect(settled, "\(pair.summaries)")
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("half of the packets lost is slow, but no reason to give up")
    func halfLost() {
        let pair = Pair(seed: 8)
        #expect(pair.connect())

        pair.changeConditions { $0.loss = 0.5 }
        pair.open(from: .left, bytes: 50_000)
        let settled = pair.driveUntilRead(from: .left, within: .seconds(600))

        #expect(settled, "\(pair.summaries)")
        #expect(pair.left.closed.isEmpty && pair.right.closed.isEmpty)
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("an idle pair stays connected for a day, with a keep-alive each quarter of a minute")
    func idleDay() {
        let pair = Pair(seed: 9)
        #expect(pair.connect())

        pair.drive(for: .seconds(24 * 3600))

        #expect(pair.left.connection?.isEstablished == true)
        #expect(pair.right.connection?.isEstablished == true)
        #expect((pair.left.connection?.statistics.handshakes ?? 0) > 20)
        #expect(pair.left.datagramsSent < 24 * 3600 / 15 * 3)
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }
}
