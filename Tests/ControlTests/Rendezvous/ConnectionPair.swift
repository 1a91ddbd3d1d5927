import SRMUDP
import TestSupport
import Testing

@testable import Control

/// Two endpoints that hand each other's datagrams over at once, under a clock of their own.
final class ConnectionPair {
    final class Side {
        let endpoint: Endpoint
        let address: SocketAddress
        fileprivate(set) var connection: Connection?
        fileprivate(set) var events: [StreamEvent] = []
        /// Is given each event of a stream.
        var handle: (StreamEvent) -> Void = { _ in }

        fileprivate init(
            seed: UInt64, keys: X25519.KeyPair, secret: SecretBytes, now: Instant,
            _ configuration: ConnectionConfiguration
        ) {
            address = .simulated(host: UInt16(seed))
            endpoint = Endpoint(
                configuration: configuration, identity: keys,
                random: SeededRandomSource(seed: seed), logger: .silent, now: now
            ) { _, _ in secret }
        }

        fileprivate func drain() {
            while let event = endpoint.pollEvent() {
                switch event {
                case .accepted(let connection, _): self.connection = connection
                case .connection(_, .closed): connection = nil
                case .connection: break
                case .stream(_, let event):
                    events.append(event)
                    handle(event)
                }
            }
        }
    }

    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    let client: Side
    let server: Side
    private var batch = TransmitBatch()

    init(_ configuration: ConnectionConfiguration = ConnectionConfiguration()) {
        let secret = SecretBytes([UInt8](repeating: 3, count: 32))
        let serverKeys = Sample.keyPair(2)
        client = Side(
            seed: 1, keys: Sample.keyPair(1), secret: secret, now: now, configuration)
        server = Side(seed: 2, keys: serverKeys, secret: secret, now: now, configuration)
        client.connection = client.endpoint.connect(
            to: PeerTarget(
                publicKey: serverKeys.publicKey, preSharedKey: secret,
                addresses: [server.address]), now: now)
        run(for: .milliseconds(500))
    }

    func run(for interval: Interval) {
        let end = now + interval
        repeat {
            while exchange() {}
            let timeouts = [client.endpoint.nextTimeout, server.endpoint.nextTimeout]
            guard let next = timeouts.compactMap(\.self).min(), next <= end else { break }
            now = max(now + .microseconds(10), next)
            client.endpoint.handleTimeout(now: now)
            server.endpoint.handleTimeout(now: now)
        } while now < end
        now = max(now, end)
    }

    private func exchange() -> Bool {
        client.drain()
        server.drain()
        let first = carry(from: client, to: server)
        let second = carry(from: server, to: client)
        return first || second || client.endpoint.hasEvents || server.endpoint.hasEvents
    }

    private func carry(from sender: Side, to receiver: Side) -> Bool {
        var hasSent = false
        while sender.endpoint.pollTransmit(into: &batch, now: now) {
            hasSent = true
            now += .microseconds(1)
            var start = 0
            while start < batch.length {
                let end = min(start + batch.segmentSize, batch.length)
                var storage = ByteStorage(batch.writer.storage.array(start..<end))
                receiver.endpoint.handleDatagram(
                    &storage, 0..<end - start, from: sender.address, ecn: 0, now: now)
                start = end
            }
        }
        return hasSent
    }
}
