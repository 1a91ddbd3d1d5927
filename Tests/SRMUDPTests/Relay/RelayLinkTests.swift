import TestSupport
import Testing

@testable import SRMUDP

@Suite("RelayLink")
struct RelayLinkTests {
    private static let now = Instant(nanoseconds: 0)
    private static let server = SocketAddress.simulated(host: 9)
    private static let channel = RelayChannelID(0x0102_0304_0506_0708)
    private static let header: [UInt8] = [0xf7, 1, 2, 3, 4, 5, 6, 7, 8]

    private let carrier = RecordingCarrier()
    private let link: RelayLink

    init() {
        link = RelayLink(channel: Self.channel, server: Self.server, carrier: carrier)
    }

    @Test("each datagram of a run goes to the server behind a header of nine bytes")
    func wrap() {
        let storage = ByteStorage([9, 9, 1, 2, 3, 4, 5, 9])

        let result = link.send(storage, 2..<7, segmentSize: 2, now: Self.now)

        #expect(result == .sent)
        #expect(
            carrier.sent == [
                .init(
                    destination: Self.server,
                    datagrams: [[1, 2], [3, 4], [5]].map { Self.header + $0 }, ecn: 0)
            ])
    }

    @Test("a run that has no room for the headers becomes two")
    func split() {
        let storage = ByteStorage(SeededRandomSource(seed: 1).bytes(count: 63 * 1_035))

        let result = link.send(storage, 0..<storage.count, segmentSize: 1_035, now: Self.now)

        #expect(result == .sent)
        #expect(carrier.sent.map(\.datagrams.count) == [62, 1])
        let contents = carrier.sent.flatMap(\.datagrams).flatMap { $0.dropFirst(9) }
        #expect(contents == storage.array(0..<storage.count))
    }

    @Test("the headers count: nine bytes less than the largest datagram is what passes")
    func tooBig() {
        let storage = ByteStorage(count: 65_507)
        let largest = 65_507 - 9

        #expect(link.send(storage, 0..<largest, segmentSize: largest, now: Self.now) == .sent)
        #expect(
            link.send(storage, 0..<largest + 1, segmentSize: largest + 1, now: Self.now) == .tooBig)
        carrier.largestDatagram = 1_472
        #expect(link.send(storage, 0..<1_463, segmentSize: 1_463, now: Self.now) == .sent)
        #expect(link.send(storage, 0..<1_464, segmentSize: 1_464, now: Self.now) == .tooBig)
        #expect(carrier.sent.flatMap(\.datagrams).map(\.count) == [65_507, 1_472])
    }

    @Test("what the socket has no room for is counted in bytes of the caller")
    func wouldBlock() {
        let storage = ByteStorage(count: 130 * 100)

        carrier.results = [.sent, .wouldBlock(sentByteCount: 109 * 3), .failed(5)]
        let waiting = link.send(storage, 0..<storage.count, segmentSize: 100, now: Self.now)
        let failing = link.send(storage, 0..<100, segmentSize: 100, now: Self.now)

        #expect(waiting == .wouldBlock(sentByteCount: 64 * 100 + 3 * 100))
        #expect(failing == .failed(5))
    }
}
