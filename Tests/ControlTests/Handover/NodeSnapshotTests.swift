import SRMUDP
import Testing

@testable import Control
@testable import Forwarding

@Suite("Node snapshots")
struct NodeSnapshotTests {
    private static func snapshot(_ socket: Int32 = 5) throws -> NodeSnapshot {
        let file = try #require(SocketPath("/tmp/socket"))
        let waiting = SocketSnapshot(
            descriptor: 9, peerAddress: SocketAddress(.loopbackIPv6, port: 80))
        return NodeSnapshot(
            socket: socket, sessions: [],
            listeners: [
                ListenerSnapshot(
                    place: .addresses([SocketAddress(.loopbackIPv4, port: 0)]),
                    descriptors: [6, 7], waiting: [waiting]),
                ListenerSnapshot(
                    place: .file(SocketFile(path: file)), descriptors: [8], waiting: []),
            ], origins: [ForwardOrigin().snapshot(named: "g1.1")])
    }

    private static func bytes(of snapshot: NodeSnapshot) -> [UInt8] {
        var writer = SnapshotWriter()
        snapshot.encode(into: &writer)
        return writer.bytes
    }

    @Test("what is read is what was written")
    func roundTrip() throws {
        let snapshot = try Self.snapshot()

        let read = try NodeSnapshot(decoding: Self.bytes(of: snapshot))

        #expect(read.socket == 5 && read.listeners == snapshot.listeners)
        #expect(read.origins == snapshot.origins)
        #expect(read.descriptors == [5, 6, 7, 9, 8])
    }

    @Test("a missing end, more bytes, a file named twice and a standard stream are refused")
    func refused() throws {
        let bytes = try Self.bytes(of: Self.snapshot())
        for count in bytes.indices {
            #expect(throws: WireError.self) { try NodeSnapshot(decoding: Array(bytes[..<count])) }
        }
        #expect(throws: WireError.self) { try NodeSnapshot(decoding: bytes + [0]) }
        for number in [Int32(8), 2] {
            let bytes = try Self.bytes(of: Self.snapshot(number))
            #expect(throws: WireError.self) { try NodeSnapshot(decoding: bytes) }
        }
    }
}
