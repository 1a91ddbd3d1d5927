import SRMUDP
import TestSupport

/// One end of an SRMUDP connection with a single stream of bulk data.
final class End {
    private static let block = [UInt8](repeating: 7, count: 256 << 10)

    private let isSource: Bool
    private let loop: EventLoop
    private let endpoint: Endpoint
    private var driver: EndpointDriver?
    private var client: RelayClient?
    private var connection: Connection?
    private var stream: StreamID?
    private var byteCount = 0

    init(isSource: Bool, port: Int, via: Int, relay: Int?) throws {
        self.isSource = isSource
        loop = try EventLoop()
        let own = Self.keys(isSource: isSource)
        var configuration = ConnectionConfiguration()
        // What an Ethernet carries; loopback would carry much more.
        configuration.maximumDatagramSize = 1_452
        endpoint = Endpoint(
            configuration: configuration, identity: own,
            random: SeededRandomSource(seed: isSource ? 11 : 12), logger: .silent, now: loop.now
        ) { _, _ in Self.secret }
        driver = try EndpointDriver(
            endpoint: endpoint, socket: try UDPSocket(bindingTo: RelayLoad.address(port)),
            loop: loop
        ) { [unowned self] event in handle(event) }
        let address = try address(via: via, relay: relay)
        guard isSource else { return }
        connection = endpoint.connect(
            to: PeerTarget(
                publicKey: Self.keys(isSource: false).publicKey, preSharedKey: Self.secret,
                addresses: [address]),
            now: loop.now)
    }

    private static var secret: SecretBytes { SecretBytes([UInt8](repeating: 7, count: 32)) }

    private static func keys(isSource: Bool) -> X25519.KeyPair {
        X25519.KeyPair.generate(from: SeededRandomSource(seed: isSource ? 1 : 2))
    }

    private func address(via: Int, relay: Int?) throws -> SocketAddress {
        guard let relay, let driver else { return RelayLoad.address(via) }
        let client = RelayClient(carrier: driver)
        self.client = client
        driver.setHandler(client, for: DatagramKind.relayed)
        let channel = RelayLoad.channels(1)[isSource ? 0 : 1]
        guard let link = client.open(channel, server: RelayLoad.address(relay)) else {
            throw Usage()
        }
        return link.socketAddress
    }

    func run(seconds: Int) throws {
        loop.schedule(after: .seconds(Int64(seconds))) { [loop] in loop.stop() }
        try loop.run()
        let size = connection?.maximumDatagramPayload ?? 0
        RelayLoad.report(isSource ? "source" : "sink", bytes: byteCount, "payload=\(size)")
        driver?.stop()
    }

    private func handle(_ event: EndpointEvent) {
        switch event {
        case .accepted(let connection, _): self.connection = connection
        case .connection(let connection, .established) where isSource:
            stream = connection.openStream()
            write()
        case .stream(let connection, .readable(let id)): read(id, of: connection)
        case .stream(_, .writable): write()
        case .connection, .stream: break
        }
    }

    private func write() {
        guard let stream else { return }
        let block = Self.block
        connection?.withStreams { streams in
            while true {
                let count = streams.write(stream, block.span.bytes)
                byteCount += count
                if count < block.count { return }
            }
        }
    }

    private func read(_ id: StreamID, of connection: Connection) {
        connection.withStreams { streams in
            while streams.readable(id) > 0 {
                let count = streams.withReadableBytes(id) { $0.byteCount }
                byteCount += count
                streams.consume(id, count, now: loop.now)
            }
        }
    }
}
