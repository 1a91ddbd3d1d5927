import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite("SRMUDP inside a WebSocket", .serialized)
struct WebSocketDriverTests {
    @Test("a connection is made and carries bytes where no datagram passes outside")
    func connection() throws {
        let loop = try EventLoop()
        let server = try TunnelNode(loop: loop, seed: 1)
        let client = try TunnelNode(loop: loop, seed: 2)
        let listener = try server.listen(
            security: try TLSContext.server(
                certificateFile: TestCertificates.path("server.pem"),
                keyFile: TestCertificates.path("server.key")))
        let bytes = SeededRandomSource(seed: 3).bytes(count: 500_000)

        client.dial(server, through: listener.address)
        try WebSocketWorld.run(loop) { client.isEstablished && server.isEstablished }
        client.send(bytes)
        try WebSocketWorld.run(loop) { server.received.count == bytes.count }

        let isSame = server.received == bytes
        #expect(isSame)
        #expect(client.driver.datagramsWithoutLink == 0)
        listener.close()
    }
}

/// An endpoint whose datagrams go through WebSockets alone.
private final class TunnelNode {
    private static var secret: SecretBytes { SecretBytes([UInt8](repeating: 7, count: 32)) }
    private static let linkAddress = LinkAddress(.webSocket, number: 1)

    private(set) var isEstablished = false
    private(set) var received: [UInt8] = []
    private let loop: EventLoop
    private let random: SeededRandomSource
    private let keys: X25519.KeyPair
    private let endpoint: Endpoint
    private(set) var driver: EndpointDriver!
    private var connection: Connection?
    private var link: WebSocketLink?
    private var unwritten: [UInt8] = []
    private var stream: StreamID?

    init(loop: EventLoop, seed: UInt64) throws {
        self.loop = loop
        random = SeededRandomSource(seed: seed)
        keys = X25519.KeyPair.generate(from: random)
        endpoint = Endpoint(
            configuration: ConnectionConfiguration(), identity: keys, random: random,
            logger: .silent, now: loop.now
        ) { _, _ in Self.secret }
        let socket = try UDPSocket(bindingTo: SocketAddress(.loopbackIPv4, port: 0))
        driver = try EndpointDriver(endpoint: endpoint, socket: socket, loop: loop) {
            [unowned self] event in handle(event)
        }
    }

    deinit { driver.stop() }

    func listen(security: TLSContext) throws -> WebSocketDatagramServer {
        try WebSocketDatagramServer(
            loop: loop, address: SocketAddress(.loopbackIPv4, port: 0), security: security,
            random: random,
            receive: { [unowned self] storage, range, address, now in
                driver.receive(&storage, range, from: address, ecn: 0, now: now)
            },
            handleEvent: { [unowned self] event in
                switch event {
                case .opened(let address, let link): driver.attach(link, at: address)
                case .closed(let address, _): driver.detach(address)
                }
            })
    }

    func dial(_ other: TunnelNode, through server: SocketAddress) {
        let tools = WebSocketLink.Tools(
            loop: loop, resolver: Resolver(loop: loop), dialer: Dialer(loop: loop),
            random: random)
        let context = try? WebSocketWorld.clientContext()
        let target = WebSocketTarget(host: "localhost", port: server.port, security: context)
        let link = WebSocketLink(
            to: target, tools: tools,
            receive: { [unowned self] storage, range, now in
                driver.receive(&storage, range, from: Self.linkAddress, ecn: 0, now: now)
            },
            handleEvent: { [unowned self] event in
                guard event == .open else { return driver.detach(Self.linkAddress) }
                connection = endpoint.connect(
                    to: PeerTarget(
                        publicKey: other.keys.publicKey, preSharedKey: Self.secret,
                        addresses: [Self.linkAddress.socketAddress]), now: loop.now)
            })
        driver.attach(link, at: Self.linkAddress)
        self.link = link
    }

    /// Sends `bytes` as one stream.
    func send(_ bytes: [UInt8]) {
        unwritten = bytes
        stream = connection?.openStream()
        writeMore()
    }

    private func handle(_ event: EndpointEvent) {
        switch event {
        case .accepted, .connection(_, .established): isEstablished = true
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
