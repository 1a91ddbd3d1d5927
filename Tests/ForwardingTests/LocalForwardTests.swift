import SRMUDP
import Testing

@testable import Forwarding

@Suite struct LocalForwardTests {
    private func forward(
        _ loop: EventLoop, _ addresses: [SocketAddress]
    ) throws -> LocalForward {
        try LocalForward(
            loop: loop, listening: addresses,
            request: try #require(OpenRequest(host: "host", port: 1)), hold: .seconds(60),
            logger: .silent
        ) { _ in }
    }

    private let bothLoopbacks = [
        SocketAddress(.loopbackIPv4, port: 0), SocketAddress(.loopbackIPv6, port: 0),
    ]

    @Test("both families get the same free port")
    func freePort() throws {
        let loop = try EventLoop()
        let forward = try forward(loop, bothLoopbacks)
        defer { forward.close() }

        #expect(!forward.addresses.isEmpty)
        #expect(Set(forward.addresses.map(\.port)).count == 1)
        #expect(forward.addresses[0].port != 0)
    }

    @Test("a port that is taken in one family only is taken")
    func takenPort() throws {
        let loop = try EventLoop()
        let taken = try forward(loop, [SocketAddress(.loopbackIPv6, port: 0)])
        defer { taken.close() }
        let port = taken.addresses[0].port
        let wanted = [
            SocketAddress(.loopbackIPv4, port: port), SocketAddress(.loopbackIPv6, port: port),
        ]

        #expect(throws: SystemError.self) { try forward(loop, wanted) }

        // Nothing of the attempt is left behind.
        try forward(loop, [wanted[0]]).close()
    }

    @Test("an address that this machine does not have is an error")
    func missingAddress() throws {
        let loop = try EventLoop()
        // TEST-NET-1 (RFC 5737) belongs to nobody.
        let address = SocketAddress(IPAddress(ipv4: 0xc000_0201), port: 0)

        #expect(throws: SystemError.self) { try forward(loop, [address]) }
    }

    @Test("the wildcard addresses share one listener")
    func wildcard() throws {
        let loop = try EventLoop()
        let forward = try forward(
            loop, [SocketAddress(.anyIPv6, port: 0), SocketAddress(.anyIPv4, port: 0)])
        defer { forward.close() }

        #expect(forward.addresses.count == 1)
    }

    @Test("connections wait in order while there is no session, and none is lost")
    func noSession() throws {
        let fixture = try Fixture(isEcho: true)
        fixture.forward.attach(nil)
        var clients: [TestPeer] = []
        for number in 0..<5 {
            clients.append(try fixture.connect())
            clients[number].send([UInt8(number)], end: true)
        }
        try fixture.world.run { fixture.forward.waitingConnections == 5 }

        fixture.forward.attach(fixture.world.client)
        #expect(fixture.forward.waitingConnections == 0)
        try fixture.world.run { clients.allSatisfy(\.isOver) }

        #expect(clients.map(\.received) == (0..<5).map { [UInt8($0)] })
        #expect(fixture.peers.map(\.received) == (0..<5).map { [UInt8($0)] })
    }

    @Test("a connection that waited too long is reset, and the user told")
    func hold() throws {
        let fixture = try Fixture(hold: .zero)
        fixture.forward.attach(nil)
        let client = try fixture.connect()

        try fixture.world.run { client.isOver }

        #expect(client.hasFailed)
        #expect(
            fixture.world.clientReports.reports == [
                .connectionsDropped(request: fixture.target, count: 1)
            ])
    }

    @Test("no more connections wait than the limit")
    func waitingLimit() throws {
        var limits = ForwardingLimits()
        limits.waitingConnections = 2
        let fixture = try Fixture(limits: limits)
        fixture.forward.attach(nil)
        let clients = [try fixture.connect(), try fixture.connect()]
        // The reset may arrive before the client has noticed that it was connected.
        let excess = try? fixture.connect()

        try fixture.world.run { excess?.isOver ?? true }

        #expect(excess?.hasFailed ?? true)
        #expect(fixture.forward.waitingConnections == 2)
        #expect(!clients[0].isOver && !clients[1].isOver)
        #expect(
            fixture.world.clientReports.reports == [
                .connectionsDropped(request: fixture.target, count: 1)
            ])
    }

    @Test("a connection waits for a stream, and gets the next one that is free")
    func streamLimit() throws {
        let fixture = try Fixture(isEcho: true)
        fixture.world.pair.streamLimit = 1
        let first = try fixture.connect()
        let second = try fixture.connect()
        second.send([2], end: true)
        try fixture.world.run { fixture.forward.waitingConnections == 1 }

        first.send([1], end: true)
        try fixture.world.run { first.isOver && second.isOver }

        #expect(first.received == [1])
        #expect(second.received == [2])
    }

    @Test("a stream limit that is raised without a word is noticed")
    func raisedLimit() throws {
        let fixture = try Fixture(isEcho: true)
        fixture.world.pair.streamLimit = 0
        let client = try fixture.connect()
        client.send([1], end: true)
        try fixture.world.run { fixture.forward.waitingConnections == 1 }

        fixture.world.pair.streamLimit = 1
        try fixture.world.run { client.isOver }

        #expect(client.received == [1])
    }

    @Test("a forward goes on with the next session when the first one dies")
    func nextSession() throws {
        let fixture = try Fixture(isEcho: true)
        let first = try fixture.connect()
        try fixture.world.run { !fixture.peers.isEmpty }
        fixture.world.client.carrierLost()
        fixture.forward.attach(nil)
        try fixture.world.run { first.isOver }
        let second = try fixture.connect()
        second.send([7], end: true)
        try fixture.world.run { fixture.forward.waitingConnections == 1 }

        let session = fixture.world.replaceClientSession()
        fixture.forward.attach(session)
        try fixture.world.run { second.isOver }

        #expect(first.hasFailed)
        #expect(second.received == [7])
    }

    @Test("closing resets what waits and frees the port")
    func close() throws {
        let fixture = try Fixture()
        fixture.forward.attach(nil)
        let client = try fixture.connect()
        try fixture.world.run { fixture.forward.waitingConnections == 1 }

        fixture.forward.close()
        try fixture.world.run { client.isOver }

        #expect(client.hasFailed)
        try forward(fixture.world.loop, fixture.forward.addresses).close()
    }

    @Test("a forward listens at a path as well, and removes it at the end")
    func path() throws {
        let fixture = try Fixture(isEcho: true)
        let path = "/tmp/p2pfwd-forward-\(SystemRandomSource().next())"
        let file = try SocketFile(path: #require(SocketPath(path)))
        let forward = try LocalForward(
            loop: fixture.world.loop, listening: .file(file), request: fixture.target,
            hold: .seconds(60), logger: .silent
        ) { _ in }
        forward.attach(fixture.world.client)

        let client = try TestPeer(
            TCPSocket(connectingTo: path, loop: fixture.world.loop), loop: fixture.world.loop)
        client.send([4, 2], end: true)
        try fixture.world.run { client.isOver }

        #expect(client.received == [4, 2])
        forward.close()
        #expect(throws: SystemError.self) {
            try TCPSocket(connectingTo: path, loop: fixture.world.loop)
        }
    }
}
