import Control
import Forwarding
import SRMUDP
import TestSupport

/// What a process leaves to its successor, as it should never be.
///
/// Input: the bytes of a `NodeSnapshot`. What can be read is restored, used and sent; the files that it
/// names are not touched. It must neither stop nor spin, and what is read must be written alike.
package enum SnapshotFuzzer {
    private static let batchLimit = 200

    package static func run(_ input: [UInt8]) {
        guard let snapshot = try? NodeSnapshot(decoding: input) else { return }
        var writer = SnapshotWriter()
        snapshot.encode(into: &writer)
        guard let again = try? NodeSnapshot(decoding: writer.bytes) else {
            preconditionFailure("what was written cannot be read")
        }
        precondition(again.descriptors == snapshot.descriptors)
        for session in snapshot.sessions { use(session.connection) }
    }

    private static func use(_ snapshot: ConnectionSnapshot) {
        var now = Instant(nanoseconds: 10_000_000_000_000)
        let random = SeededRandomSource(seed: 1)
        let secret = SecretBytes([UInt8](repeating: 1, count: 32))
        let endpoint = Endpoint(
            configuration: ConnectionConfiguration(),
            identity: X25519.KeyPair.generate(from: random), random: random, logger: .silent,
            now: now, authorize: { _, _ in secret })
        let target = PeerTarget(
            publicKey: snapshot.peer, preSharedKey: secret, addresses: [.simulated(host: 1)])
        guard let connection = endpoint.restore(snapshot, target: target, now: now) else {
            preconditionFailure("there is no other connection")
        }
        for _ in 0..<4 {
            drain(endpoint, now: now)
            for stream in snapshot.streamIDs { use(stream, of: connection, now: now) }
            send(endpoint, now: now)
            now += .milliseconds(700)
            endpoint.handleTimeout(now: now)
        }
    }

    private static func use(_ stream: StreamID, of connection: Connection, now: Instant) {
        connection.withStreams { streams in
            let count = streams.readable(stream)
            streams.consume(stream, count, now: now)
            _ = streams.write(stream, [1, 2, 3].span.bytes)
            streams.finish(stream)
        }
    }

    private static func drain(_ endpoint: Endpoint, now: Instant) {
        while endpoint.pollEvent() != nil {}
    }

    private static func send(_ endpoint: Endpoint, now: Instant) {
        var batch = TransmitBatch()
        for _ in 0..<batchLimit where endpoint.pollTransmit(into: &batch, now: now) {}
    }
}
