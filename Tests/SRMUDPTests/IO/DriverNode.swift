import TestSupport

@testable import SRMUDP

/// An endpoint with its driver and a socket on loopback. It remembers its connection, and bytes of
/// the streams that the peer opens.
final class DriverNode {
    static var secret: SecretBytes { SecretBytes([UInt8](repeating: 7, count: 32)) }

    let loop: EventLoop
    let endpoint: Endpoint
    private(set) var connection: Connection?
    private(set) var isEstablished = false
    private(set) var received: [UInt8] = []
    private(set) var paths: [SocketAddress] = []
    private let keys: X25519.KeyPair
    private var madeDriver: EndpointDriver?
    private var unwritten: [UInt8] = []
    private var stream: StreamID?

    init(loop: EventLoop, seed: UInt64, ip: IPAddress = .loopbackIPv4) throws {
        self.loop = loop
        let random = SeededRandomSource(seed: seed)
        keys = X25519.KeyPair.generate(from: random)
        endpoint = Endpoint(
            configuration: ConnectionConfiguration(), identity: keys, random: random,
            logger: .silent, now: loop.now
        ) { _, _ in Self.secret }
        let socket = try UDPSocket(bindingTo: SocketAddress(ip, port: 0))
        madeDriver = try EndpointDriver(endpoint: endpoint, socket: socket, loop: loop) {
            [unowned self] event in
            handle(event)
        }
    }

    deinit { madeDriver?.stop() }

    var driver: EndpointDriver {
        guard let madeDriver else { preconditionFailure("made at construction") }
        return madeDriver
    }

    func dial(_ other: DriverNode, at address: SocketAddress) {
        connection = endpoint.connect(
            to: PeerTarget(
                publicKey: other.keys.publicKey, preSharedKey: Self.secret, addresses: [address]),
            now: loop.now)
    }

    /// Sends `bytes` as one stream.
    func send(_ bytes: [UInt8]) {
        unwritten = bytes
        stream = connection?.openStream()
        writeMore()
    }

    private func handle(_ event: EndpointEvent) {
        switch event {
        case .accepted(let connection, _):
            self.connection = connection
            isEstablished = true
        case .connection(_, .established): isEstablished = true
        case .connection(_, .pathChanged(let path)): paths.append(path)
        case .connection: break
        case .stream(let connection, .readable(let id)): readMore(id, of: connection)
        case .stream(_, .writable): writeMore()
        case .stream: break
        }
    }

    private func writeMore() {
        guard let stream, !unwritten.isEmpty else { return }
        let bytes = unwritten
        let count = connection?.withStreams { $0.write(stream, bytes.span.bytes) } ?? 0
        unwritten.removeFirst(count)
    }

    private func readMore(_ id: StreamID, of connection: Connection) {
        connection.withStreams { streams in
            while streams.readable(id) > 0 {
                let bytes = streams.withReadableBytes(id) { span in
                    span.withUnsafeBytes { [UInt8]($0) }
                }
                received += bytes
                streams.consume(id, bytes.count, now: loop.now)
            }
        }
    }
}

extension EventLoop {
    /// Runs turns until `condition` holds; false if it never does.
    func runTurns(until condition: () -> Bool) throws -> Bool {
        for _ in 0..<4_000 {
            if condition() { return true }
            try runTurn(waitingAtMost: .milliseconds(1))
        }
        return condition()
    }
}
