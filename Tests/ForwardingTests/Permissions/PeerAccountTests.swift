import SRMUDP
import Testing

@testable import Forwarding

@Suite struct PeerAccountTests {
    /// A world whose server serves a peer with an account.
    private final class Serving {
        let account: PeerAccount
        let world: ForwardingWorld
        let listener: TCPListener
        let forward: LocalForward
        /// Stands still unless the test moves it.
        let clock: SimulatedClock
        private var clients: [TestPeer] = []
        private let peers: Peers

        init(_ change: (inout PeerGrants) -> Void, isDynamic: Bool = false) throws {
            var grants = PeerGrants()
            grants.open = .loopbackOnly
            change(&grants)
            let clock = SimulatedClock()
            self.clock = clock
            var account: PeerAccount?
            world = try ForwardingWorld { loop in
                let budget = RateBudget(rate: grants.rate, clock: clock)
                let made = PeerAccount(name: "laptop", grants: grants, budget: budget)
                account = made
                return PolicyConnector(
                    account: made, resolver: Resolver(loop: loop), dialer: Dialer(loop: loop))
            } account: {
                account
            }
            self.account = try #require(account)
            let peers = Peers(loop: world.loop)
            listener = try TCPListener(
                loop: world.loop, address: SocketAddress(.loopbackIPv4, port: 0)
            ) { peers.add($0) }
            let target = try #require(HostPort(host: "127.0.0.1", port: listener.address.port))
            forward = try LocalForward(
                loop: world.loop, listening: [SocketAddress(.loopbackIPv4, port: 0)],
                request: .connect(.tcp(target), isDynamic: isDynamic), hold: .seconds(60),
                logger: .silent
            ) { _ in }
            forward.attach(world.client)
            self.peers = peers
        }

        var targets: [TestPeer] { peers.peers }

        func connect() throws -> TestPeer {
            var socket: TCPSocket?
            let attempt = Dialer(loop: world.loop).dial(forward.addresses) { result in
                if case .connected(let connected) = result { socket = connected }
            }
            defer { attempt.cancel() }
            try world.run { socket != nil }
            let client = try TestPeer(try #require(socket), loop: world.loop)
            clients.append(client)
            return client
        }

        var closed: [FlowRecord] {
            world.serverReports.reports.compactMap {
                if case .servedClosed(let flow) = $0 { flow } else { nil }
            }
        }
    }

    private final class Peers {
        let loop: EventLoop
        var peers: [TestPeer] = []
        init(loop: EventLoop) { self.loop = loop }
        func add(_ socket: TCPSocket) {
            do { peers.append(try TestPeer(socket, loop: loop)) } catch { Issue.record(error) }
        }
    }

    /// Answers everything alike.
    private final class FixedAsker: DestinationAsker {
        var answer: DestinationAnswer
        private(set) var questions: [DestinationQuestion] = []
        init(_ answer: DestinationAnswer) { self.answer = answer }
        func ask(
            _ question: DestinationQuestion, _ answer: @escaping (DestinationAnswer) -> Void
        ) -> () -> Void {
            questions.append(question)
            answer(self.answer)
            return {}
        }
    }

    @Test("a flow that is not permitted any more ends, and the record says so")
    func narrowed() throws {
        let serving = try Serving { _ in }
        let client = try serving.connect()
        client.send([1, 2, 3])
        try serving.world.run { serving.targets.first?.received.count == 3 }

        serving.account.grants.open = try AccessPolicy(parsing: ["localhost:1"])
        try serving.world.run { client.isOver && !serving.closed.isEmpty }

        #expect(client.hasFailed)
        let flow = serving.closed[0]
        #expect(flow.end == .notPermitted)
        #expect(flow.address == serving.listener.address)
        #expect(flow.downloadedBytes == 3)
        #expect(serving.account.flowCount == 0)
    }

    @Test("a change that leaves a flow permitted does not touch it")
    func kept() throws {
        let serving = try Serving { _ in }
        let client = try serving.connect()
        client.send([1])
        try serving.world.run { serving.targets.first?.received.count == 1 }

        let port = serving.listener.address.port
        serving.account.grants.open = try AccessPolicy(parsing: ["127.0.0.0/8:\(port)"])
        client.send([2], end: true)
        try serving.world.run { serving.targets[0].received.count == 2 }

        #expect(serving.closed.isEmpty)
    }

    @Test("one flow more than permitted is refused, and one that ended makes room")
    func flowLimit() throws {
        let serving = try Serving { $0.maximumFlows = 2 }
        let first = try serving.connect()
        let second = try serving.connect()
        try serving.world.run { serving.targets.count == 2 }

        let third = try serving.connect()
        try serving.world.run { third.isOver }
        #expect(
            serving.world.clientReports.refusals == [
                OpenReply(.tooManyRequests, detail: "2 flows at a time are permitted")
            ])

        first.abort()
        try serving.world.run { serving.account.flowCount == 1 }
        let fourth = try serving.connect()
        try serving.world.run { serving.targets.count == 3 }
        #expect(!fourth.isOver && !second.isOver)
    }

    @Test("a peer's flows together keep to its rate, and all bytes arrive")
    func rate() throws {
        let serving = try Serving { $0.rate = 256 * 1_024 }
        let length = 256 * 1_024
        for client in [try serving.connect(), try serving.connect()] {
            client.send([UInt8](repeating: 7, count: length), end: true)
        }
        func delivered() -> Int { serving.targets.reduce(0) { $0 + $1.received.count } }

        // An eighth of a second's worth goes at once, and a flow moves whole blocks: what that is
        // too much is paid for before anything else goes.
        let ahead = 32 * 1_024 + 8 * BlockPool.blockSize
        try serving.world.settle(delivered)
        #expect((1...ahead).contains(delivered()))
        for tick in 1...20 where delivered() < 2 * length {
            serving.clock.advance(by: .milliseconds(100))
            try serving.world.settle(delivered)
            #expect(delivered() <= ahead + tick * 256 * 1_024 / 10)
        }

        #expect(serving.targets.map(\.received.count) == [length, length])
        #expect(serving.targets.allSatisfy { $0.hasEnded })
    }

    @Test("what no rule permits is asked about, and the answer holds for as long as it says")
    func asked() throws {
        let serving = try Serving {
            $0.open = .nothing
            $0.asks = true
        }
        let asker = FixedAsker(.no)
        serving.account.asker = asker

        let refused = try serving.connect()
        try serving.world.run { refused.isOver }
        #expect(asker.questions.count == 1)
        #expect(asker.questions[0].peer == "laptop")
        #expect(asker.questions[0].addresses == [.loopbackIPv4])

        asker.answer = .once
        _ = try serving.connect()
        try serving.world.run { serving.targets.count == 1 }
        asker.answer = .session
        _ = try serving.connect()
        try serving.world.run { serving.targets.count == 2 }
        #expect(asker.questions.count == 3)

        _ = try serving.connect()
        try serving.world.run { serving.targets.count == 3 }
        #expect(asker.questions.count == 3)
    }

    @Test("connections that were approved outlive a change of rules, but not the end of asking")
    func approved() throws {
        let serving = try Serving {
            $0.open = .nothing
            $0.asks = true
        }
        let asker = FixedAsker(.once)
        serving.account.asker = asker
        let client = try serving.connect()
        client.send([1])
        try serving.world.run { serving.targets.first?.received.count == 1 }

        serving.account.grants.open = try AccessPolicy(parsing: ["localhost:1"])
        client.send([2])
        try serving.world.run { serving.targets[0].received.count == 2 }
        #expect(serving.closed.isEmpty)

        serving.account.grants.asks = false
        try serving.world.run { client.isOver }
        #expect(serving.closed.map(\.end) == [.notPermitted])
    }

    @Test("what no rule can permit is not asked about", arguments: ["224.0.0.1", "0.0.0.0"])
    func neverAsked(host: String) throws {
        let loop = try EventLoop()
        var grants = PeerGrants()
        grants.asks = true
        let account = PeerAccount(name: "laptop", grants: grants)
        let asker = FixedAsker(.always)
        account.asker = asker
        let connector = PolicyConnector(
            account: account, resolver: Resolver(loop: loop), dialer: Dialer(loop: loop))
        var outcome: ConnectOutcome?

        _ = connector.connect(to: try #require(OpenRequest(host: host, port: 80))) { outcome = $0 }

        guard case .refused(let reply) = outcome else {
            Issue.record("not refused")
            return
        }
        #expect(reply == OpenReply(.notPermitted, detail: "no rule for \(host):80"))
        #expect(asker.questions.isEmpty)
    }

    @Test("a target that wants it is told who comes, before anything else")
    func announced() throws {
        let serving = try Serving { $0.announced = .loopbackOnly }
        serving.account.whereabouts = { SocketAddress("192.0.2.1:7001") }
        let client = try serving.connect()
        client.send([1, 2, 3])

        let header = ProxyHeader.bytes(
            source: SocketAddress("192.0.2.1:7001"), destination: serving.listener.address,
            name: "laptop")
        try serving.world.run { serving.targets.first?.received.count == header.count + 3 }

        #expect(serving.targets[0].received == header + [1, 2, 3])
    }

    @Test("a proxy's client does not reach loopback by a rule for everything")
    func dynamic() throws {
        let any = try AccessPolicy(parsing: ["any"])
        let closed = try Serving({ $0.open = any }, isDynamic: true)
        let client = try closed.connect()
        try closed.world.run { client.isOver }
        let reply = try #require(closed.world.clientReports.refusals.first)
        #expect(reply.status == .notPermitted)
        #expect(reply.detail.hasPrefix("no rule for 127.0.0.1:"))
        #expect(reply.detail.hasSuffix("this very range"))

        let opened = try Serving({ _ in }, isDynamic: true)
        _ = try opened.connect()
        try opened.world.run { opened.targets.count == 1 }
    }
}
