import SRMUDP
import TestSupport
import Testing

/// What happens when a side appears under another address.
@Suite("Moving")
struct MovingTests {
    @Test("a transfer goes on within three seconds of a rebinding", arguments: Side.allCases)
    func rebinding(side: Side) {
        let pair = Pair(seed: 1)
        #expect(pair.connect())
        pair.open(from: .left, bytes: 3_000_000)
        pair.drive(for: .milliseconds(80))

        pair.network.rebind(pair.host(side), to: .simulated(host: 50, port: 9000))
        pair.drive(for: .milliseconds(100))
        let readBefore = pair.ledger.bytesRead
        let resumed = pair.drive(for: .seconds(3)) { pair.ledger.bytesRead > readBefore + 10_000 }
        let settled = pair.driveUntilRead(from: .left, within: .seconds(60))

        #expect(resumed, "\(pair.summaries)")
        #expect(settled, "\(pair.summaries)")
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("a NAT that changes the port every second slows a transfer, and no more")
    func restlessNAT() {
        let pair = Pair(seed: 2)
        #expect(pair.connect())
        pair.changeConditions { $0.rate = 200_000 }
        pair.open(from: .left, bytes: 1_000_000)

        for port in UInt16(1)...10 {
            pair.drive(for: .seconds(1))
            pair.network.rebind(pair.host(.left), to: .simulated(host: 1, port: 20_000 + port))
        }
        let settled = pair.driveUntilRead(from: .left, within: .seconds(60))

        #expect(settled, "\(pair.summaries)")
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("a hundred moves leave nothing behind")
    func manyMoves() {
        let pair = Pair(seed: 3)
        #expect(pair.connect())

        for host in UInt16(100)..<200 {
            pair.network.rebind(pair.host(.left), to: .simulated(host: host))
            pair.open(from: .left, bytes: 1_000)
            #expect(pair.driveUntilRead(from: .left, within: .seconds(20)), "\(pair.summaries)")
        }

        #expect((pair.right.connection?.footprint.paths ?? 99) <= 6)
        #expect((pair.right.connection?.footprint.knownAddresses ?? 99) <= 16)
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("a new address gets at most three times what came from it before it answers")
    func amplification() {
        let pair = Pair(seed: 4)
        #expect(pair.connect())
        pair.open(from: .right, bytes: 5_000_000)
        pair.drive(for: .milliseconds(100))
        pair.network.isCapturing = true
        pair.setBlackout(true, from: .left)
        pair.drive(for: .milliseconds(100))

        // The newest packet of the left, which the right has not seen, comes from a victim.
        let victim = SocketAddress.simulated(host: 666)
        let stolen = pair.network.captured.last { $0.destination == Pair.rightAddress }
        if var stolen {
            stolen.source = victim
            pair.network.inject(stolen)
        }
        pair.drive(for: .seconds(30))

        let traffic = pair.network.traffic.between(pair.host(.right), victim)
        #expect(traffic.bytesReceived > 0)
        #expect(traffic.bytesSent <= 3 * traffic.bytesReceived)
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("a stolen packet does not lead the flow astray")
    func stolenPacket() {
        let pair = Pair(seed: 5)
        #expect(pair.connect())
        pair.open(from: .right, bytes: 500_000)
        pair.drive(for: .milliseconds(50))
        pair.network.isCapturing = true

        for _ in 0..<20 {
            pair.drive(for: .milliseconds(5))
            guard var stolen = pair.network.captured.last(where: { $0.source == Pair.leftAddress })
            else { continue }
            stolen.source = .simulated(host: 666)
            pair.network.inject(stolen)
        }
        let settled = pair.driveUntilRead(from: .right, within: .seconds(20))

        #expect(settled, "\(pair.summaries)")
        #expect(pair.right.connection?.currentPath?.remote == Pair.leftAddress)
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }
}
