import Control
import Forwarding
import SRMUDP
import TestSupport

/// Snapshots of nodes: without sessions, idle, and amid transfers that losses have torn.
extension FuzzSeeds {
    static var snapshots: [(name: String, input: [UInt8])] {
        [
            ("empty", snapshot(nil, listeners: [])),
            ("listening", snapshot(nil, listeners: [listeners, socketFile])),
            ("idle", snapshot(connected(loss: 0), listeners: [])),
            ("busy", snapshot(connected(loss: 0.2), flows: true, listeners: [listeners])),
        ]
    }

    private static func connected(loss: Double) -> [UInt8]? {
        var options = Pair.Options()
        options.conditions.rate = 200_000
        options.configuration.maximumDatagramSize = 1_200
        options.configuration.streams.initialStreamWindow = 6_000
        let pair = Pair(seed: 3, options: options)
        guard pair.connect() else { return nil }
        if loss > 0 {
            pair.changeConditions { $0.loss = loss }
            pair.open(from: .left, bytes: 5_000)
            pair.open(from: .right, bytes: 5_000)
            pair.open(from: .left, bytes: 10)
            pair.left.stopReading(stream: 1)
            pair.right.reset(stream: 2)
            pair.drive(for: .milliseconds(45))
        }
        guard let connection = pair.left.connection,
            let snapshot = pair.left.endpoint.snapshot(of: connection)
        else { return nil }
        var writer = SnapshotWriter()
        snapshot.encode(into: &writer)
        return writer.bytes
    }

    private static func snapshot(
        _ connection: [UInt8]?, flows: Bool = false, listeners: [[UInt8]]
    ) -> [UInt8] {
        var writer = SnapshotWriter()
        writer.write(fixed: Array("p2pfwd handover".utf8))
        writer.write(UInt8(2))
        writer.write(UInt64(5))
        writer.write([UInt8](repeating: 5, count: listeners.count))
        writer.write([connection].compactMap(\.self)) {
            $0.write(fixed: $1)
            $0.write(fixed: flows ? session : [UInt8](repeating: 0, count: 16))
        }
        writer.write(listeners) { $0.write(fixed: $1) }
        writer.write([UInt64](repeating: 20, count: flows ? 1 : 0)) { writer, number in
            writer.write("g1.1")
            for _ in 0..<4 { writer.write(number) }
        }
        return writer.bytes
    }

    /// One flow with a socket, one without, and three streams without a flow.
    private static var session: [UInt8] {
        guard let request = OpenRequest(host: "host", port: 80)?.encoded else { return [] }
        var writer = SnapshotWriter()
        writer.write([UInt64(0), 1]) { writer, stream in
            writer.write(stream)
            writer.write(request)
            writer.write(fixed: stream == 0 ? [0, 0, 0, 0xff, 1] : [1, 2, 1, 0, 1])
            writer.write(UInt64(100))
            writer.write(UInt64(200))
            writer.write([UInt8](stream == 0 ? [0] : []))
            writer.write(stream == 0 ? [stream] : []) { writer, _ in
                writer.write(UInt64(6))
                writer.write(SocketAddress.simulated(host: 3))
            }
            writer.write(stream)
            writer.write(stream == 0)
            writer.write(stream == 0 ? "" : "g1.1")
        }
        writer.write([request, Array(request.prefix(2)), nil]) { writer, bytes in
            writer.write(UInt64(bytes?.count ?? 100))
            writer.write([bytes].compactMap(\.self)) { $0.write($1) }
        }
        return writer.bytes
    }

    private static var listeners: [UInt8] {
        var writer = SnapshotWriter()
        writer.write(false)
        writer.write([SocketAddress.simulated(host: 1)]) { $0.write($1) }
        writer.write([UInt8](repeating: 3, count: 36))
        writer.write([UInt64(7), 8]) { $0.write($1) }
        writer.write([UInt64(9)]) { writer, number in
            writer.write(number)
            writer.write(SocketAddress.simulated(host: 2))
        }
        return writer.bytes
    }

    private static var socketFile: [UInt8] {
        var writer = SnapshotWriter()
        writer.write(true)
        writer.write("/tmp/socket")
        writer.write(UInt64(0o177))
        writer.write(UInt8(1))
        writer.write([UInt8]())
        writer.write([UInt64(10)]) { $0.write($1) }
        writer.write(UInt64(0))
        return writer.bytes
    }
}
