import TestSupport
import Testing

@testable import SRMUDP

@Suite("Connection snapshots")
struct ConnectionSnapshotTests {
    /// A connection amid transfers that losses have torn.
    private static func bytes(seed: UInt64 = 1) throws -> [UInt8] {
        var options = Pair.Options()
        options.conditions.rate = 300_000
        options.conditions.loss = 0.1
        options.configuration.streams.initialStreamWindow = 8_000
        let pair = Pair(seed: seed, options: options)
        #expect(pair.connect())
        pair.open(from: .left, bytes: 60_000)
        pair.open(from: .right, bytes: 60_000)
        pair.drive(for: .milliseconds(60))
        let connection = try #require(pair.left.connection)
        return bytes(of: try #require(pair.left.endpoint.snapshot(of: connection)))
    }

    private static func bytes(of snapshot: ConnectionSnapshot) -> [UInt8] {
        var writer = SnapshotWriter()
        snapshot.encode(into: &writer)
        return writer.bytes
    }

    private static func read(_ bytes: [UInt8]) throws(WireError) -> ConnectionSnapshot {
        var reader = ByteReader(bytes.span.bytes)
        return try ConnectionSnapshot(&reader)
    }

    @Test("what is read is what was written", arguments: UInt64(0)..<8)
    func roundTrip(seed: UInt64) throws {
        let bytes = try Self.bytes(seed: seed)

        let snapshot = try Self.read(bytes)

        #expect(Self.bytes(of: snapshot) == bytes)
        #expect(!snapshot.streamIDs.isEmpty)
    }

    @Test("another version and every missing end are refused")
    func refused() throws {
        let bytes = try Self.bytes()
        for count in stride(from: 0, to: bytes.count, by: bytes.count > 4_000 ? 7 : 1) {
            #expect(throws: WireError.self) { try Self.read(Array(bytes[..<count])) }
        }
        #expect(throws: WireError.invalidValue) { try Self.read([9] + bytes.dropFirst()) }
    }

    @Test("a restored connection keeps keys, numbers and limits, and counts on no path of a link")
    func restored() throws {
        let pair = Pair(seed: 5)
        #expect(pair.connect())
        let before = try #require(pair.left.connection)
        let (number, expected) = (before.recovery.nextPacketNumber, before.replayWindow.next)
        let credit = before.streams.dataLimit

        pair.handOver(.left)

        let after = try #require(pair.left.connection)
        let next = after.recovery.nextPacketNumber
        let window = after.replayWindow
        let creditAfter = after.streams.dataLimit
        #expect(after !== before && after.isEstablished)
        #expect(next >= number + ConnectionSnapshot.packetNumberGap)
        #expect(window.next >= expected)
        if expected > 0 { #expect(!window.accepts(expected - 1)) }
        #expect(after.sending?.localID == before.sending?.localID)
        #expect(after.remoteInstance == before.remoteInstance)
        #expect(creditAfter == credit)
        #expect(after.currentPath?.remote == Pair.rightAddress)
        #expect(after.currentPath?.roundTrip == before.currentPath?.roundTrip)
    }

    @Test("a replay window that goes on refuses all that is old and takes all that is new")
    func replayWindow() {
        for next in [UInt64(0), 1, 63, 64, 65, 8_191, 8_192, 100_000] {
            var window = ReplayWindow(next: next)
            for number in 0..<next where number + 200 > next { #expect(!window.accepts(number)) }
            for number in next..<next + 200 {
                #expect(window.accepts(number))
                window.insert(number)
                #expect(!window.accepts(number))
            }
        }
    }
}
