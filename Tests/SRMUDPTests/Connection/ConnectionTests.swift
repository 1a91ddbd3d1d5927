import TestSupport
import Testing

@testable import SRMUDP

/// Two endpoints joined by a wire that loses nothing and takes 10 ms.
private final class Wire {
    static let delay: Interval = .milliseconds(10)
    let endpoints: [Endpoint]
    let addresses = [SocketAddress("10.0.0.1:1000"), SocketAddress("10.0.0.2:2000")].compactMap(
        \.self)
    let keys: [X25519.KeyPair]
    let secret = SecretBytes([UInt8](repeating: 7, count: 32))
    var now = Instant(nanoseconds: 1_000_000_000)
    var inFlight: [(arrival: Instant, receiver: Int, bytes: [UInt8])] = []
    var received: [[UInt8]] = [[], []]
    var accepted: [Connection] = []
    var events: [[ConnectionEvent]] = [[], []]
    var batch = TransmitBatch()

    init(configuration: ConnectionConfiguration = ConnectionConfiguration()) {
        let random = SeededRandomSource(seed: 1)
        let keys = (0..<2).map { _ in X25519.KeyPair.generate(from: random) }
        self.keys = keys
        let secret = self.secret
        let now = self.now
        endpoints = keys.map {
            Endpoint(
                configuration: configuration, identity: $0, random: random, logger: .silent,
                now: now
            ) { _, _ in secret }
        }
    }

    func dial(from side: Int) -> Connection {
        endpoints[side].connect(
            to: PeerTarget(
                publicKey: keys[1 - side].publicKey, preSharedKey: secret,
                addresses: [addresses[1 - side]]), now: now)
    }

    func flush() {
        for side in 0..<2 {
            drainEvents(side)
            while endpoints[side].pollTransmit(into: &batch, now: now) {
                var start = 0
                while start < batch.length {
                    let end = min(start + batch.segmentSize, batch.length)
                    inFlight.append(
                        (now + Self.delay, 1 - side, batch.writer.storage.array(start..<end)))
                    start = end
                }
            }
        }
    }

    func drainEvents(_ side: Int) {
        while let event = endpoints[side].pollEvent() {
            switch event {
            case .accepted(let connection, _): accepted.append(connection)
            case .connection(_, let event): events[side].append(event)
            case .stream(let connection, .readable(let id)):
                connection.withStreams { streams in
                    while streams.readable(id) > 0 {
                        let bytes: [UInt8] =
                            streams.withReadableBytes(id) { span in
                                span.withUnsafeBytes { [UInt8]($0) }
                            } ?? []
                        received[side] += bytes
                        streams.consume(id, bytes.count, now: now)
                    }
                }
            case .stream: break
            }
        }
    }

    /// Lets time pass until `condition` holds; false if it does not within a minute.
    func run(until condition: () -> Bool) -> Bool {
        let end = now + .seconds(60)
        flush()
        while !condition() {
            var next = inFlight.first?.arrival ?? .distantFuture
            for endpoint in endpoints { next = min(next, endpoint.nextTimeout ?? .distantFuture) }
            guard next < end else { return false }
            now = max(now, next)
            while let first = inFlight.first, first.arrival <= now {
                inFlight.removeFirst()
                var storage = ByteStorage(first.bytes)
                endpoints[first.receiver].handleDatagram(
                    &storage, 0..<first.bytes.count, from: addresses[1 - first.receiver], ecn: 0,
                    now: now)
            }
            for endpoint in endpoints { endpoint.handleTimeout(now: now) }
            flush()
        }
        return true
    }
}

@Suite struct ConnectionTests {
    @Test("two endpoints meet and exchange bytes")
    func exchange() {
        let wire = Wire()
        let connection = wire.dial(from: 0)

        #expect(wire.run { connection.isEstablished && wire.accepted.first?.isEstablished == true })
        guard let id = connection.openStream() else {
            Issue.record("no stream could be opened")
            return
        }
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        var written = 0
        let isComplete = wire.run {
            written += connection.withStreams { streams in
                streams.write(id, bytes.span.bytes.extracting(written..<bytes.count))
            }
            return wire.received[1].count == bytes.count
        }

        #expect(isComplete)
        #expect(wire.received[1] == bytes)
        #expect((connection.currentPath?.datagramSize ?? 0) >= 32_000)
    }

    @Test("both sides dialling at once become one connection")
    func simultaneous() {
        let wire = Wire()
        let connections = [wire.dial(from: 0), wire.dial(from: 1)]

        #expect(wire.run { connections.allSatisfy { $0.sending?.isPreferred == true } })
        #expect(wire.accepted.isEmpty)
    }
}
