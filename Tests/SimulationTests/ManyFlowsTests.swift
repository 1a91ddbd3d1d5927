import Foundation
import SRMUDP
import TestSupport
import Testing

/// Many flows at once over bad links; `P2PFWD_LONG=1` makes them as many and as long as the goals
/// ask for.
@Suite("Many flows")
struct ManyFlowsTests {
    private static let isLong = ProcessInfo.processInfo.environment["P2PFWD_LONG"] != nil

    @Test("flows over a very bad link arrive byte by byte", arguments: [0.1, 0.3])
    func badLink(loss: Double) {
        var options = Pair.Options()
        options.conditions = .delay(.milliseconds(15))
        options.conditions.maximumDatagramSize = 1_472
        options.conditions.loss = loss
        options.conditions.duplication = 0.05
        options.conditions.reordering = 0.05
        options.conditions.corruption = 0.01
        let pair = Pair(seed: 1, options: options)
        #expect(pair.connect())

        let (count, bytes) = Self.isLong ? (100, 1 << 20) : (20, 1 << 15)
        for index in 0..<count { pair.open(from: index % 2 == 0 ? .left : .right, bytes: bytes) }
        pair.left.windUp()
        pair.right.windUp()
        let settled = pair.drive(for: .seconds(3600)) {
            pair.isRead(from: .left) && pair.isRead(from: .right)
        }

        #expect(settled, "\(pair.summaries)")
        #expect(pair.ledger.bytesRead >= UInt64(count * bytes))
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("one reader that stands still stops nobody else and holds no more than its window")
    func stalledReader() throws {
        let pair = Pair(seed: 2)
        #expect(pair.connect())
        pair.left.open(bytes: 1, ending: .leaveOpen)
        pair.drive(for: .seconds(1)) { !pair.right.application.streams.isEmpty }
        let stalled = try #require(pair.left.application.streams.first)
        pair.right.application.stallReading(stream: 0)
        pair.left.write(bytes: 16_000_000, to: 0)
        pair.drive(for: .seconds(2))

        pair.open(from: .left, bytes: 2_000_000)
        let other = try #require(pair.left.application.streams.last)
        let settled = pair.drive(for: .seconds(30)) {
            pair.ledger.halfPipe(other, from: .left).isSettled
        }

        #expect(settled, "\(pair.summaries)")
        #expect(pair.ledger.halfPipe(stalled, from: .left).read == 1)
        let held = pair.right.connection?.footprint.heldBytes ?? .max
        #expect(held <= StreamLimits().maximumStreamWindow)
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("a thousand flows come and go and leave nothing behind")
    func comeAndGo() {
        let pair = Pair(seed: 3)
        #expect(pair.connect())

        for _ in 0..<10 {
            for _ in 0..<100 { pair.open(from: .left, bytes: 300) }
            pair.drive(for: .seconds(30)) {
                pair.isRead(from: .left) && pair.left.application.streams.count % 100 == 0
            }
        }
        pair.left.windUp()
        pair.right.windUp()
        pair.drive(for: .seconds(60)) { pair.ledger.unsettled.isEmpty }
        pair.drive(for: .seconds(5))

        #expect(pair.left.application.streams.count == 1_000)
        #expect(pair.left.connection?.footprint.streams == 0)
        #expect(pair.right.connection?.footprint.streams == 0)
        #expect(pair.right.connection?.footprint.heldBytes == 0)
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }
}
