import SRMUDP
import TestSupport
import Testing

@testable import Control

/// A server's process and nodes, over UDP on loopback and one event loop.
@Suite struct RendezvousServiceTests {
    @Test("a node is welcomed and told its address")
    func welcome() throws {
        let world = try ServiceWorld()
        let node = try world.node(1)
        try world.run { node.welcome != nil }

        let welcome = try #require(node.welcome)
        #expect(welcome.observed == node.address)
        #expect(welcome.otherPort == world.service.otherPort)
        #expect(welcome.otherPort != nil)
        #expect(welcome.relays && welcome.relayRate == 0)
        #expect(world.service.report.contains("clients_callable 1\n"))
    }

    @Test("two nodes are introduced, joined by the relay, and talk through it")
    func relay() throws {
        let world = try ServiceWorld()
        let nodes = [try world.node(1), try world.node(2)]
        try world.run { nodes.allSatisfy { $0.welcome != nil } }

        nodes[0].core.call(nodes[1].key, wantsRelay: true, now: world.loop.now) { _ in [1] }
        nodes[0].flush()
        try world.run { nodes.allSatisfy { $0.link != nil } }
        nodes[0].dial(nodes[1])
        try world.run { nodes.allSatisfy(\.isConnectedToPeer) }

        #expect(world.service.core.counters.channelsJoined == 1)
        #expect(world.service.report.contains("channel_sides 2\n"))
        #expect(!world.service.report.contains("relayed_datagrams 0\n"))
        nodes[1].hangUp()
        try world.run { world.service.report.contains("channel_sides 0\n") }
    }

    @Test("a code leads a joiner to its issuer")
    func code() throws {
        let world = try ServiceWorld()
        let nodes = [try world.node(1), try world.node(2)]
        try world.run { nodes.allSatisfy { $0.welcome != nil } }

        nodes[0].core.claim(ttl: 60, uses: 1, now: world.loop.now)
        nodes[0].flush()
        try world.run { nodes[0].nameplate != nil }
        nodes[1].core.join(try #require(nodes[0].nameplate), first: [7], now: world.loop.now)
        nodes[1].flush()
        try world.run { nodes[0].entered == [7] }
    }

    @Test("a server with a password admits only who knows it")
    func password() throws {
        let world = try ServiceWorld(password: "correct horse")
        let stranger = try world.node(1)
        let friend = try world.node(2, password: "correct horse")

        try world.run { friend.welcome != nil }

        #expect(stranger.welcome == nil)
        #expect(world.service.core.clientCount == 1)
    }

    @Test("a client that talks nonsense is told why it is dropped")
    func nonsense() throws {
        let world = try ServiceWorld()
        let node = try world.node(1)
        try world.run { node.welcome != nil }

        node.send([7, 0, 0])
        try world.run { node.closed != nil }
        #expect(world.service.core.clientCount == 0)

        let again = try world.node(2)
        try world.run { again.failure == .refused(.quota) }
        try world.run { again.closed != nil }
    }

    @Test("a server that ends says so")
    func stop() throws {
        let world = try ServiceWorld()
        let node = try world.node(1)
        try world.run { node.welcome != nil }

        world.service.stop()
        try world.run { node.closed != nil }

        #expect(
            node.closed == .closedByPeer(code: .goingAway, reason: "the server ends"))
    }
}

private final class ServiceWorld {
    let loop: EventLoop
    let service: RendezvousService
    private let home = TemporaryHome()
    private var nodes: [ServiceNode] = []

    init(password: String? = nil) throws {
        loop = try EventLoop()
        let context = CommandContext(
            home: try home.home(), random: SeededRandomSource(seed: 90), now: Sample.now,
            label: "server", candidates: { [] }, readInput: { "" }, output: { _ in },
            report: { _ in })
        var options = RendezvousService.Options()
        options.listen = SocketAddress(.loopbackIPv4, port: 0)
        options.password = password.map { SecretBytes([UInt8]($0.utf8)) }
        service = try RendezvousService(
            options: options, context: context, loop: loop, clock: { Sample.now },
            logger: .silent)
    }

    deinit {
        service.driver.stop()
        for node in nodes { node.stop() }
    }

    func node(_ number: UInt64, password: String? = nil) throws -> ServiceNode {
        let secret =
            password.map {
                RendezvousSecret.derive(
                    password: SecretBytes([UInt8]($0.utf8)), server: service.publicKey)
            } ?? RendezvousSecret.open
        let node = try ServiceNode(number, loop: loop)
        nodes.append(node)
        node.meet(service, secret: secret)
        return node
    }

    func run(
        sourceLocation: SourceLocation = #_sourceLocation, until condition: () -> Bool
    ) throws {
        for _ in 0..<6_000 {
            if condition() { return }
            try loop.runTurn(waitingAtMost: .milliseconds(1))
        }
        Issue.record("nothing came of it", sourceLocation: sourceLocation)
    }
}

private final class ServiceNode {
    let core: RendezvousClient
    private(set) var welcome: ServerMessage.Welcome?
    private(set) var nameplate: Nameplate?
    private(set) var entered: [UInt8]?
    private(set) var failure: ServerFailure?
    private(set) var link: LinkAddress?
    private(set) var closed: ConnectionError?
    private(set) var isConnectedToPeer = false
    private static var secret: SecretBytes { Sample.secret() }
    private let loop: EventLoop
    private let endpoint: Endpoint
    private let driver: EndpointDriver
    private let relays: RelayClient
    private let events: Events
    private var server: Connection?
    private var channel: MessageChannel?
    private var relayChannel: RelayChannelID?

    private final class Events {
        var handle: (EndpointEvent) -> Void = { _ in }
    }

    init(_ number: UInt64, loop: EventLoop) throws {
        self.loop = loop
        let random = SeededRandomSource(seed: number)
        let events = Events()
        self.events = events
        core = RendezvousClient(isCallable: true, label: "n\(number)", random: random)
        endpoint = Endpoint(
            configuration: ConnectionConfiguration(), identity: .generate(from: random),
            random: random, logger: .silent, now: loop.now
        ) { _, _ in Self.secret }
        driver = try EndpointDriver(
            endpoint: endpoint,
            socket: try UDPSocket(bindingTo: SocketAddress(.loopbackIPv4, port: 0)), loop: loop
        ) { event in events.handle(event) }
        relays = RelayClient(carrier: driver)
        driver.setHandler(relays, for: DatagramKind.relayed)
        events.handle = { [weak self] event in self?.handle(event) }
    }

    var key: PublicKey { endpoint.publicKey }
    var address: SocketAddress { driver.localAddress }

    func meet(_ service: RendezvousService, secret: SecretBytes) {
        server = endpoint.connect(
            to: PeerTarget(
                publicKey: service.publicKey, preSharedKey: secret, addresses: [service.address]),
            now: loop.now)
    }

    func dial(_ peer: ServiceNode) {
        guard let link else { return }
        _ = endpoint.connect(
            to: PeerTarget(
                publicKey: peer.key, preSharedKey: Self.secret, addresses: [link.socketAddress]),
            now: loop.now)
    }

    func hangUp() {
        guard let relayChannel else { return }
        core.detach(relayChannel)
        flush()
    }

    func send(_ message: [UInt8]) { try? channel?.send(message) }

    func stop() { driver.stop() }

    private func handle(_ event: EndpointEvent) {
        switch event {
        case .accepted: break
        case .connection(let connection, let event):
            guard connection === server else {
                if event == .established { isConnectedToPeer = true }
                return
            }
            if event == .established {
                channel = MessageChannel.open(on: connection)
                core.connected(now: loop.now)
            }
            if case .closed(let error) = event { closed = error }
        case .stream(let connection, let event):
            guard connection === server, channel?.stream == event.stream else { return }
            for message in (try? channel?.handle(event, now: loop.now)) ?? [] {
                core.receive(message, now: loop.now)
            }
        }
        flush()
    }

    func flush() {
        while let event = core.pollEvent() { handle(event) }
        while let message = core.pollMessage() { send(message.encoded) }
    }

    private func handle(_ event: RendezvousClientEvent) {
        switch event {
        case .welcome(let welcome, _): self.welcome = welcome
        case .incoming(let call):
            if let token = call.token { core.attach(token, now: loop.now) }
            core.answer(call.call, sealed: [2])
        case .called(_, let token?, _): core.attach(token, now: loop.now)
        case .attached(_, let channel):
            relayChannel = channel
            guard let remote = server?.currentPath?.remote else { return }
            link = relays.open(channel, server: remote)
        case .claimed(_, let nameplate, _): self.nameplate = nameplate
        case .entered(_, _, let bytes): entered = bytes
        case .failed(let failure): self.failure = failure
        default: break
        }
    }
}
