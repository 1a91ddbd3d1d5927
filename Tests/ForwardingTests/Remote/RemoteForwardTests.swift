import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct RemoteForwardTests {
    /// A side that asks for listeners, a side that has them, and a destination of the first one.
    private final class Fixture {
        let world: ForwardingWorld
        let listeners: RemoteListeners
        private(set) var targets: [TestPeer] = []
        private(set) var changes: [[RemoteForward.Change]] = []
        private(set) var forwards: [RemoteForward] = []
        private let dialer: Dialer
        private let target: TCPListener

        init(
            _ rules: [String] = ["*"], gatewayPorts: GatewayPorts = .no,
            limits: ForwardingLimits = ForwardingLimits()
        ) throws {
            let policy = try PeerAccount.listening(at: rules, gatewayPorts: gatewayPorts)
            var made: RemoteListeners?
            world = try ForwardingWorld(limits: limits) { loop in
                let listeners = RemoteListeners(
                    RemoteListeners.Surroundings(
                        loop: loop, resolver: Resolver(loop: loop),
                        random: SeededRandomSource(seed: 1), logger: .silent,
                        hold: .seconds(60), memory: DatagramMemory()))
                made = listeners
                return RequestRouter(
                    targets: RefusingConnector(),
                    listeners: listeners.connector(for: key(1)) { policy })
            }
            listeners = try #require(made)
            dialer = Dialer(loop: world.loop)
            let loop = world.loop
            let door = Door()
            target = try TCPListener(
                loop: loop, address: SocketAddress(.loopbackIPv4, port: 0)
            ) { socket in
                door.accept?(socket)
            }
            door.accept = { [unowned self] socket in
                do {
                    targets.append(try TestPeer(socket, loop: loop, isEcho: true))
                } catch {
                    Issue.record(error)
                }
            }
        }

        deinit {
            listeners.close()
            target.close()
        }

        var hostPort: HostPort {
            get throws { try #require(HostPort(host: "127.0.0.1", port: target.address.port)) }
        }

        @discardableResult
        func forward(
            _ place: ListenRequest.Place, to destination: Target? = nil,
            clientsMayReach policy: AccessPolicy? = nil, users: ProxyUsers? = nil
        ) throws -> RemoteForward {
            let index = changes.count
            changes.append([])
            let wanted = try destination ?? .tcp(hostPort)
            var ways = RemoteForward.Destination.target(wanted)
            if let policy {
                ways = .dynamic(
                    PolicyConnector(
                        policy: policy, resolver: Resolver(loop: world.loop), dialer: dialer,
                        datagrams: DatagramDialer(loop: world.loop, memory: DatagramMemory())),
                    users: users)
            }
            let forward = RemoteForward(
                place: place, destination: ways,
                dialer: TargetDialer(
                    resolver: Resolver(loop: world.loop), dialer: dialer,
                    datagrams: DatagramDialer(
                        loop: world.loop, memory: DatagramMemory(), limits: DatagramLimits()))
            ) { [unowned self] in
                changes[index].append($0)
            }
            forwards.append(forward)
            forward.attach(world.client)
            try world.run { !self.changes[index].isEmpty }
            return forward
        }

        func addresses(_ index: Int) throws -> [SocketAddress] {
            guard case .listening(let addresses) = changes[index].last else {
                Issue.record("\(changes[index])")
                return []
            }
            return addresses
        }

        func connect(_ address: SocketAddress) throws -> TestPeer {
            var result: Dialer.Result?
            let attempt = dialer.dial([address]) { result = $0 }
            defer { attempt.cancel() }
            try world.run { result != nil }
            switch try #require(result) {
            case .connected(let socket): return try TestPeer(socket, loop: world.loop)
            case .failed(let error): throw error
            }
        }
    }

    private final class Door {
        var accept: ((TCPSocket) -> Void)?
    }

    @Test("what comes in at the peer goes to the destination here, and back")
    func roundTrip() throws {
        let fixture = try Fixture()
        try fixture.forward(.tcp(host: "localhost", port: 0))

        let client = try fixture.connect(try #require(fixture.addresses(0).first))
        client.send([1, 2, 3], end: true)
        try fixture.world.run { client.isOver }

        #expect(client.received == [1, 2, 3])
        #expect(!client.hasFailed)
        #expect(fixture.targets.count == 1)
        try fixture.world.run { fixture.world.pair.openStreams == 1 }
        let origin = fixture.forwards[0].origin
        #expect((origin.openFlows, origin.openedFlows, origin.refusedFlows) == (0, 1, 0))
        #expect((origin.sentBytes, origin.receivedBytes) == (3, 3))
    }

    @Test("datagrams that come in at the peer go to the destination here, and back")
    func datagrams() throws {
        let fixture = try Fixture()
        let echo = try DatagramPeer(loop: fixture.world.loop, isEcho: true)
        let destination = try #require(HostPort(host: "127.0.0.1", port: echo.address.port))
        try fixture.forward(.udp(host: "localhost", port: 0), to: .udp(destination))

        let client = try DatagramPeer(loop: fixture.world.loop)
        client.send([1, 2], to: try #require(fixture.addresses(0).first))
        try fixture.world.run { !client.received.isEmpty }

        #expect(client.received == [[1, 2]])
    }

    @Test("clients of a proxy at the peer go where they want on this side, if they may")
    func dynamic() throws {
        let fixture = try Fixture()
        try fixture.forward(
            .tcp(host: "localhost", port: 0), clientsMayReach: .loopbackOnly)
        try fixture.forward(.tcp(host: "localhost", port: 0), clientsMayReach: .anywhere)
        let request = ProxyFixture.socks5(try fixture.hostPort.port)

        let client = try fixture.connect(try #require(fixture.addresses(0).first))
        client.send(request + [7], end: true)
        let stranger = try fixture.connect(try #require(fixture.addresses(1).first))
        stranger.send(request)
        try fixture.world.run { client.isOver && stranger.isOver }

        #expect(client.received == [5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7])
        // What is loopback has to be named for those whom the user does not know.
        #expect(stranger.received == [5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0])
    }

    @Test("clients of a proxy at the peer who ask for datagrams send them from this side")
    func associate() throws {
        let fixture = try Fixture()
        let loop = fixture.world.loop
        let echo = try DatagramPeer(loop: loop, isEcho: true)
        try fixture.forward(
            .tcp(host: "localhost", port: 0), clientsMayReach: .loopbackOnly)
        let control = try fixture.connect(try #require(fixture.addresses(0).first))
        control.send([5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0])
        try fixture.world.run { control.received.count == 12 }
        let port = UInt16(control.received[10]) << 8 | UInt16(control.received[11])

        let client = try DatagramPeer(loop: loop)
        let place = try #require(HostPort(host: "localhost", port: echo.address.port))
        client.send(
            SOCKSDatagram(place: place, payload: [1, 2]).encoded,
            to: SocketAddress(.loopbackIPv4, port: port))
        try fixture.world.run { !client.received.isEmpty }
        control.close()
        try fixture.world.run { fixture.world.server.flowCount == 1 }

        #expect(control.received.prefix(10) == [5, 0, 5, 0, 0, 1, 127, 0, 0, 1])
        #expect(try SOCKSDatagram(parsing: client.received[0]).payload == [1, 2])
        #expect(
            fixture.world.clientReports.reports.contains { report in
                guard case .servedClosed(let flow) = report else { return false }
                return flow.address == echo.address && flow.droppedDatagrams == 0
            })
    }

    @Test("a proxy at the peer asks its clients for the passwords that were named here")
    func passwords() throws {
        let fixture = try Fixture(gatewayPorts: .yes)
        try fixture.forward(
            .tcp(host: "", port: 0), clientsMayReach: .loopbackOnly, users: try ProxyUsers.samples)
        let port = try #require(fixture.addresses(0).first).port
        let address = SocketAddress(.loopbackIPv4, port: port)
        let request = ProxyFixture.socks5(try fixture.hostPort.port).dropFirst(3)

        let client = try fixture.connect(address)
        client.send([5, 1, 2, 1, 3] + "ann".utf8 + [6] + "secret".utf8 + request + [7], end: true)
        let stranger = try fixture.connect(address)
        stranger.send([5, 1, 0])
        try fixture.world.run { client.isOver && stranger.isOver }

        #expect(client.received == [5, 2, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7])
        #expect(stranger.received == [5, 0xff])
    }

    @Test("who takes a proxy over says anew who may use it, and does not open it to others")
    func passwordsTakenOver() throws {
        let fixture = try Fixture(gatewayPorts: .yes)
        try fixture.forward(
            .tcp(host: "localhost", port: 0), clientsMayReach: .loopbackOnly,
            users: try ProxyUsers.samples)
        let address = try #require(fixture.addresses(0).first)
        try fixture.forward(
            .tcp(host: "localhost", port: address.port), clientsMayReach: .loopbackOnly)
        let client = try fixture.connect(address)
        client.send(ProxyFixture.socks5(try fixture.hostPort.port) + [7], end: true)
        try fixture.world.run { client.isOver }
        #expect(client.received == [5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7])

        try fixture.forward(
            .tcp(host: "", port: 0), clientsMayReach: .loopbackOnly, users: try ProxyUsers.samples)
        let exposed = try #require(fixture.addresses(2).first)
        try fixture.forward(.tcp(host: "", port: exposed.port), clientsMayReach: .loopbackOnly)
        guard case .refused(let reply) = fixture.changes[3].last else {
            Issue.record("\(fixture.changes[3])")
            return
        }
        #expect(reply.detail.contains("without a password"))
    }

    @Test("a proxy at the peer that others could reach is refused, whatever the rules say")
    func exposedProxy() throws {
        let fixture = try Fixture(gatewayPorts: .yes)
        try fixture.forward(.tcp(host: "", port: 0), clientsMayReach: .anywhere)

        guard case .refused(let reply) = fixture.changes[0].last else {
            Issue.record("\(fixture.changes[0])")
            return
        }
        #expect(reply.status == .notPermitted)
        #expect(reply.detail.contains("without a password"))
    }

    @Test("a connection whose destination is not there is reset, and both sides say why")
    func refusedTarget() throws {
        let fixture = try Fixture()
        let nobody = try #require(SocketPath("/nonexistent/socket"))
        try fixture.forward(.tcp(host: "localhost", port: 0), to: .socket(nobody))

        let client = try fixture.connect(try #require(fixture.addresses(0).first))
        try fixture.world.run { client.isOver }

        #expect(client.hasFailed)
        let complaints = [fixture.world.clientReports, fixture.world.serverReports].map { log in
            log.reports.compactMap(\.complaint).joined()
        }
        for complaint in complaints { #expect(complaint.contains("/nonexistent/socket")) }
    }

    @Test("a place that no rule permits is refused with the reason")
    func notPermitted() throws {
        let fixture = try Fixture(["8000"])

        try fixture.forward(.tcp(host: "localhost", port: 0))

        #expect(
            fixture.changes[0] == [
                .refused(OpenReply(.notPermitted, detail: "no rule to listen at localhost:0"))
            ])
        #expect(fixture.listeners.count == 0)
    }

    @Test("a later request of the same key takes the listener over, and the first asks no more")
    func takeOver() throws {
        let fixture = try Fixture()
        let first = try fixture.forward(.tcp(host: "localhost", port: 0))
        let address = try #require(fixture.addresses(0).first)
        let place = ListenRequest.Place.tcp(host: "localhost", port: address.port)

        try fixture.forward(place)
        try fixture.world.run { fixture.changes[0].count == 2 }

        #expect(fixture.changes[0].last == .takenOver)
        #expect(try fixture.addresses(1).first == address)
        #expect(fixture.listeners.count == 1)
        let client = try fixture.connect(address)
        client.send([9], end: true)
        try fixture.world.run { client.isOver }
        #expect(client.received == [9])
        first.attach(fixture.world.client)
        try fixture.world.settle { fixture.changes[0].count }
        #expect(fixture.changes[0].count == 2)
    }

    @Test("the place of another peer is in use")
    func otherPeer() throws {
        let fixture = try Fixture()
        try fixture.forward(.tcp(host: "localhost", port: 0))
        let port = try #require(fixture.addresses(0).first).port
        let policy = try PeerAccount.listening(at: ["*"])
        let request = try #require(
            ListenRequest(
                id: ListenerID(1), place: .tcp(host: "localhost", port: port), isDynamic: false))

        var outcome: ConnectOutcome?
        _ = fixture.listeners.connector(for: key(2)) { policy }
            .connect(to: .listen(request)) { outcome = $0 }

        guard case .refused(let reply) = outcome else {
            Issue.record("not refused")
            return
        }
        #expect(reply.detail.contains("address in use"))
        #expect(fixture.listeners.count == 1)
    }

    @Test("a forward that is closed frees the port")
    func close() throws {
        let fixture = try Fixture()
        let forward = try fixture.forward(.tcp(host: "localhost", port: 0))
        let address = try #require(fixture.addresses(0).first)

        forward.close()
        try fixture.world.run { fixture.listeners.count == 0 }

        #expect(throws: (any Error).self) { try fixture.connect(address) }
        try fixture.world.run { fixture.world.pair.openStreams == 0 }
    }

    @Test("the listeners of a session that is lost are freed")
    func lostSession() throws {
        let fixture = try Fixture()
        try fixture.forward(.tcp(host: "localhost", port: 0))

        fixture.world.server.carrierLost()

        #expect(fixture.listeners.count == 0)
    }

    @Test("any port stays the same one in the next session")
    func samePort() throws {
        let fixture = try Fixture()
        let forward = try fixture.forward(.tcp(host: "localhost", port: 0))
        let address = try #require(fixture.addresses(0).first)
        forward.attach(nil)
        fixture.world.client.close()
        let session = fixture.world.replaceClientSession()

        forward.attach(session)
        try fixture.world.settle { fixture.listeners.count + session.flowCount }

        let client = try fixture.connect(address)
        client.send([5], end: true)
        try fixture.world.run { client.isOver }
        #expect(client.received == [5])
        #expect(fixture.changes[0].count == 1)
    }

    @Test("a peer has so many listeners at most")
    func limit() throws {
        let fixture = try Fixture()
        for _ in 0..<RemoteListeners.limitPerPeer {
            try fixture.forward(.tcp(host: "127.0.0.1", port: 0))
        }

        try fixture.forward(.tcp(host: "127.0.0.1", port: 0))

        #expect(fixture.listeners.count == RemoteListeners.limitPerPeer)
        guard case .refused(let reply) = fixture.changes.last?.last else {
            Issue.record("not refused")
            return
        }
        #expect(reply.status == .tooManyRequests)
    }
}

/// A key for a peer that is only a name here.
private func key(_ number: UInt8) -> PublicKey {
    guard let key = PublicKey([UInt8](repeating: number, count: PublicKey.length)) else {
        preconditionFailure("every array of this length is a key")
    }
    return key
}
