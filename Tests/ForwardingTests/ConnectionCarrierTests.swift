import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

/// Flows over real connections: two endpoints, UDP and TCP on loopback, one event loop.
@Suite struct ConnectionCarrierTests {
    @Test("bytes and FINs cross a connection both ways")
    func echo() throws {
        let node = try NodePair(isEcho: true)
        let client = try node.connect()
        let message = SeededRandomSource(seed: 3).bytes(count: 4 << 20)

        client.send(message, end: true)
        try node.run { client.isOver }

        #expect(client.received == message)
        #expect(!client.hasFailed)
        try node.run { node.flowCount == 0 }
    }

    @Test("a reset crosses a connection, and is never taken for an end", arguments: 0..<8)
    func reset(round: Int) throws {
        let node = try NodePair()
        let client = try node.connect()
        client.send([1])
        try node.run { node.peers.first?.received.count == 1 }

        // Bytes and the reset arrive together; what happens to the bytes is open.
        if round % 2 == 0 { client.pause() }
        node.peers[0].send([UInt8](repeating: 1, count: 1 << (round * 3)))
        node.peers[0].abort()
        client.resume()
        try node.run { client.isOver }

        #expect(client.hasFailed && !client.hasEnded)
        try node.run { node.flowCount == 0 }
    }

    @Test("a hundred flows open, talk and close")
    func manyFlows() throws {
        let node = try NodePair(isEcho: true)
        var clients: [TestPeer] = []
        for number in 0..<100 {
            let client = try node.connect()
            client.send([UInt8](repeating: UInt8(number), count: 1_000 * number), end: true)
            clients.append(client)
        }
        try node.run { clients.allSatisfy(\.isOver) && node.flowCount == 0 }

        for (number, client) in clients.enumerated() {
            #expect(client.received == [UInt8](repeating: UInt8(number), count: 1_000 * number))
        }
    }
}

/// Two endpoints with a session each, a forward at the first and a server behind the second.
private final class NodePair {
    private let loop: EventLoop
    private var nodes: [Node] = []
    private let listener: TCPListener
    private let forward: LocalForward
    private let dialer: Dialer
    private let accepted: Accepted

    init(isEcho: Bool = false) throws {
        let loop = try EventLoop()
        self.loop = loop
        let accepted = Accepted()
        self.accepted = accepted
        dialer = Dialer(loop: loop)
        listener = try TCPListener(
            loop: loop, address: SocketAddress(.loopbackIPv4, port: 0)
        ) { socket in
            if let peer = try? TestPeer(socket, loop: loop, isEcho: isEcho) {
                accepted.peers.append(peer)
            }
        }
        let target = try #require(OpenRequest(host: "127.0.0.1", port: listener.address.port))
        forward = try LocalForward(
            loop: loop, listening: [SocketAddress(.loopbackIPv4, port: 0)], request: target,
            hold: .seconds(3600), logger: .silent
        ) { _ in }
        let secret = SecretBytes([UInt8](repeating: 7, count: 32))
        nodes = try (0..<2).map { try Node(loop: loop, seed: UInt64($0), secret: secret) }
        nodes[0].dial(nodes[1], secret: secret)
        try run { nodes.allSatisfy { $0.session != nil } }
        forward.attach(nodes[0].session)
    }

    deinit {
        forward.close()
        listener.close()
        for node in nodes { node.stop() }
    }

    var peers: [TestPeer] { accepted.peers }
    var flowCount: Int { nodes.reduce(0) { $0 + ($1.session?.flowCount ?? 0) } }

    func connect() throws -> TestPeer {
        var result: Dialer.Result?
        let attempt = dialer.dial([forward.addresses[0]]) { result = $0 }
        defer { attempt.cancel() }
        try run { result != nil }
        switch try #require(result) {
        case .connected(let socket): return try TestPeer(socket, loop: loop)
        case .failed(let error): throw error
        }
    }

    func run(
        sourceLocation: SourceLocation = #_sourceLocation, until condition: () -> Bool
    ) throws {
        for _ in 0..<4_000 {
            if condition() { return }
            try loop.runTurn(waitingAtMost: .milliseconds(1))
        }
        Issue.record("nothing came of it", sourceLocation: sourceLocation)
    }
}

private final class Accepted {
    var peers: [TestPeer] = []
}

private final class Node {
    private(set) var session: ForwardingSession?
    private let loop: EventLoop
    private let keys: X25519.KeyPair
    private let endpoint: Endpoint
    private var driver: EndpointDriver?

    init(loop: EventLoop, seed: UInt64, secret: SecretBytes) throws {
        self.loop = loop
        let random = SeededRandomSource(seed: seed)
        keys = X25519.KeyPair.generate(from: random)
        endpoint = Endpoint(
            configuration: ConnectionConfiguration(), identity: keys, random: random,
            logger: .silent, now: loop.now
        ) { _, _ in secret }
        let socket = try UDPSocket(bindingTo: SocketAddress(.loopbackIPv4, port: 0))
        driver = try EndpointDriver(endpoint: endpoint, socket: socket, loop: loop) {
            [unowned self] event in
            handle(event)
        }
    }

    func dial(_ other: Node, secret: SecretBytes) {
        guard let address = other.driver?.localAddress else { return }
        _ = endpoint.connect(
            to: PeerTarget(
                publicKey: other.keys.publicKey, preSharedKey: secret, addresses: [address]),
            now: loop.now)
    }

    func stop() {
        session?.carrierLost()
        driver?.stop()
    }

    private func handle(_ event: EndpointEvent) {
        switch event {
        case .accepted(let connection, _): begin(connection)
        case .connection(let connection, .established): begin(connection)
        case .connection: break
        case .stream(_, let event): session?.handle(event)
        }
    }

    private func begin(_ connection: Connection) {
        guard session == nil else { return }
        session = ForwardingSession(
            loop: loop, carrier: ConnectionCarrier(connection: connection, loop: loop),
            connector: PolicyConnector(
                policy: .loopbackOnly, resolver: Resolver(loop: loop), dialer: Dialer(loop: loop))
        ) { _ in }
    }
}
