import TestSupport
import Testing

@testable import SRMUDP

@Suite struct ReceivedRunTests {
    /// Two PINGs: 31 bytes with header and tag.
    private static let size = PacketHeader.overhead + 2

    private let wire = Wire()
    private let connection: Connection
    private let peer: Connection

    init() throws { (connection, peer) = try #require(wire.connect()) }

    /// Packets of the connection with numbers nobody used yet, `first` numbers ahead.
    private func packets(_ count: Int, first: UInt64 = 0) throws -> [[UInt8]] {
        let start = connection.recovery.nextPacketNumber + first
        return try (0..<UInt64(count)).map {
            try #require(connection.sealPacket(frames: [1, 1], number: start + $0))
        }
    }

    /// Gives one message with these datagrams to the peer.
    private func inject(_ datagrams: [[UInt8]], segmentSize: Int = size) {
        let bytes = datagrams.flatMap(\.self)
        var storage = ByteStorage(bytes)
        wire.endpoints[1].handleDatagrams(
            &storage, 0..<bytes.count, segmentSize: segmentSize, from: wire.addresses[0], ecn: 0,
            now: wire.now)
    }

    private var counts: [UInt64] {
        [peer.statistics.packetsReceived, peer.statistics.packetsDropped]
    }

    @Test("all packets of a message are taken, a shorter one at its end as well")
    func wholeMessage() throws {
        let before = counts
        let number = connection.recovery.nextPacketNumber + 3
        let short = try #require(connection.sealPacket(frames: [1], number: number))

        inject(try packets(3) + [short])

        #expect(counts == [before[0] + 4, before[1]])
        #expect(peer.nextExpectedPacketNumber == number + 1)
    }

    @Test("a packet that comes twice in one message is taken once")
    func repetition() throws {
        let before = counts
        let packet = try packets(1)[0]

        inject([packet, packet, packet])

        #expect(counts == [before[0] + 1, before[1] + 2])
    }

    @Test("a forged packet among good ones is dropped alone")
    func forgery() throws {
        let before = counts
        var datagrams = try packets(3)
        datagrams[1][Self.size - 1] ^= 1

        inject(datagrams)

        #expect(counts == [before[0] + 2, before[1] + 1])
    }

    @Test("datagrams of other kinds and other connections end a run, not the message")
    func mixture() throws {
        let before = counts
        let unknown = wire.endpoints[1].statistics.datagramsUnknown
        let ignored = wire.endpoints[1].statistics.datagramsIgnored
        var datagrams = try packets(4)
        datagrams[1].replaceSubrange(1..<9, with: [UInt8](repeating: 9, count: 8))
        datagrams[2][0] = 0

        inject(datagrams)

        #expect(counts == [before[0] + 2, before[1]])
        #expect(wire.endpoints[1].statistics.datagramsUnknown == unknown + 1)
        #expect(wire.endpoints[1].statistics.datagramsIgnored == ignored + 1)
    }

    @Test("a message without datagrams, or with segments of no size, changes nothing")
    func nothing() throws {
        let before = counts

        inject([])
        inject([], segmentSize: 0)
        inject([[0, 0]], segmentSize: 0)

        #expect(counts == before)
    }

    @Test("a packet that breaks the rules ends the connection, whatever follows it")
    func violation() throws {
        let number = connection.recovery.nextPacketNumber
        let unknownFrame = try #require(
            connection.sealPacket(frames: [0x3f, 0x3f], number: number))

        inject([unknownFrame] + (try packets(2, first: 1)))

        #expect(!peer.isEstablished && peer.error != nil)
    }
}
