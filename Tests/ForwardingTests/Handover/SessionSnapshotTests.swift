import SRMUDP
import Testing

@testable import Forwarding

@Suite("Session snapshots")
struct SessionSnapshotTests {
    private static func flow(
        _ stream: UInt64, socket: Int32?, end: FlowEnd? = nil
    ) throws -> FlowSnapshot {
        let peer = SocketAddress(.loopbackIPv4, port: 80)
        return FlowSnapshot(
            stream: StreamID(stream), request: try #require(OpenRequest(host: "host", port: 80)),
            upload: socket == nil ? .draining : .open, download: socket == nil ? .finished : .open,
            isSocketClosed: socket == nil, end: end, isConnected: true, uploadedBytes: 7,
            downloadedBytes: 8, reply: [0],
            socket: socket.map { SocketSnapshot(descriptor: $0, peerAddress: peer) },
            since: Instant(nanoseconds: 3), isServed: socket != nil,
            forward: socket == nil ? "" : "g1.1")
    }

    private static func read(_ bytes: [UInt8]) throws(WireError) -> SessionSnapshot {
        var reader = ByteReader(bytes.span.bytes)
        return try SessionSnapshot(&reader)
    }

    private static func bytes(of snapshot: SessionSnapshot) -> [UInt8] {
        var writer = SnapshotWriter()
        snapshot.encode(into: &writer)
        return writer.bytes
    }

    @Test("what is read is what was written, for every end of a flow")
    func roundTrip() throws {
        var flows = [try Self.flow(0, socket: 11), try Self.flow(2, socket: nil)]
        for (index, end) in FlowEnd.allCases.enumerated() {
            flows.append(try Self.flow(UInt64(index) * 2 + 4, socket: nil, end: end))
        }
        let snapshot = SessionSnapshot(
            flows: flows,
            waiting: [
                .init(stream: StreamID(1), request: [1, 1]),
                .init(stream: StreamID(3), request: nil),
            ])

        #expect(try Self.read(Self.bytes(of: snapshot)) == snapshot)
        #expect(snapshot.descriptors == [11])
    }

    @Test("a missing end and a stream that is named twice are refused")
    func refused() throws {
        let flow = try Self.flow(0, socket: 11)
        let bytes = Self.bytes(of: SessionSnapshot(flows: [flow], waiting: []))
        for count in bytes.indices {
            #expect(throws: WireError.self) { try Self.read(Array(bytes[..<count])) }
        }
        let twice = SessionSnapshot(
            flows: [flow], waiting: [.init(stream: flow.stream, request: nil)])
        #expect(throws: WireError.invalidValue) { try Self.read(Self.bytes(of: twice)) }
    }
}
