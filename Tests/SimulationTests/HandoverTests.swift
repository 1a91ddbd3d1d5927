import SRMUDP
import TestSupport
import Testing

/// Connections that go on in another process. The random schedules do the same among all else.
@Suite("Handover")
struct HandoverTests {
    private static func conditions(seed: UInt64) -> LinkConditions {
        var conditions = LinkConditions()
        conditions.rate = 2_000_000
        guard seed % 3 > 0 else { return conditions }
        conditions.loss = 0.02
        conditions.jitter = .milliseconds(5)
        conditions.keepsOrder = false
        conditions.duplication = 0.02
        return conditions
    }

    @Test("transfers both ways survive handovers of either side", arguments: UInt64(0)..<12)
    func transfers(seed: UInt64) {
        var options = Pair.Options()
        options.conditions = Self.conditions(seed: seed)
        let pair = Pair(seed: seed, options: options)
        let random = SeededRandomSource(seed: seed ^ 0x4a0d)
        #expect(pair.connect())
        pair.open(from: .left, bytes: 1_500_000)
        pair.open(from: .right, bytes: 1_500_000)
        pair.open(from: .right, bytes: 20)

        for _ in 0..<20 {
            pair.drive(for: .milliseconds(Int64(random.next(below: 120))))
            for side in Side.allCases where random.flip(0.7) { pair.handOver(side) }
        }
        let areRead = pair.driveUntilRead(from: .left, within: .seconds(120))

        #expect(areRead, "seed \(seed): \(pair.summaries)")
        #expect(pair.driveUntilRead(from: .right, within: .seconds(120)), "\(pair.summaries)")
        #expect(pair.violations.isEmpty, "seed \(seed): \(pair.violations)")
        #expect(pair.left.handoverCount > 5 && pair.right.handoverCount > 5)
        #expect(pair.left.closed.isEmpty && pair.right.closed.isEmpty)
    }

    @Test("a handover needs no handshake and pauses nothing for longer than a few round trips")
    func pause() {
        var options = Pair.Options()
        options.conditions.rate = 1_000_000
        let pair = Pair(seed: 7, options: options)
        #expect(pair.connect())
        pair.open(from: .left, bytes: 2_000_000)
        pair.drive(for: .milliseconds(200))
        let handshakes = pair.left.connection?.statistics.handshakes
        let before = pair.ledger.bytesRead

        pair.handOver(.right)
        pair.handOver(.left)
        let goesOn = pair.drive(for: .milliseconds(100)) { pair.ledger.bytesRead > before + 10_000 }

        #expect(goesOn, "\(pair.summaries)")
        #expect(pair.left.connection?.statistics.handshakes == handshakes)
        #expect(pair.driveUntilRead(from: .left, within: .seconds(30)))
    }

    @Test("a handshake that was answered and not confirmed costs a handshake, not the connection")
    func unconfirmed() {
        let pair = Pair(seed: 8)
        #expect(pair.connect())
        pair.open(from: .left, bytes: 4_000_000)
        pair.drive(for: .milliseconds(100))

        pair.left.handshakeAgain(now: pair.network.now)
        pair.network.flush(pair.host(.left))
        pair.drive(for: .milliseconds(15))
        pair.handOver(.right)

        #expect(pair.driveUntilRead(from: .left, within: .seconds(30)), "\(pair.summaries)")
        #expect(pair.left.closed.isEmpty && pair.right.closed.isEmpty)
    }

    @Test("a sleeping connection is handed over and wakes up")
    func silent() {
        let pair = Pair(seed: 9)
        #expect(pair.connect())
        pair.open(from: .left, bytes: 1_000_000)
        pair.drive(for: .milliseconds(100))
        for side in Side.allCases { pair.setBlackout(true, from: side) }
        pair.drive(for: .seconds(30))

        for side in Side.allCases { pair.handOver(side) }
        pair.drive(for: .seconds(60))
        for side in Side.allCases { pair.setBlackout(false, from: side) }

        #expect(pair.driveUntilRead(from: .left, within: .seconds(30)), "\(pair.summaries)")
    }
}
