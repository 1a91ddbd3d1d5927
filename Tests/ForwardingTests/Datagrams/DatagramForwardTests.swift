import SRMUDP
import Testing

@testable import Forwarding

@Suite struct DatagramForwardTests {
    @Test("boundaries survive, also of empty and of very long datagrams")
    func boundaries() throws {
        let fixture = try DatagramFixture()
        let client = try fixture.client()
        let sizes = [1, 0, 1200, 1201, 9000, 65_507, 3]
        let datagrams = sizes.map { [UInt8](repeating: UInt8($0 & 0xff), count: $0) }

        for (index, datagram) in datagrams.enumerated() {
            try fixture.exchange(client, [datagram], answers: index + 1)
        }

        #expect(client.received == datagrams)
        #expect(client.sources.allSatisfy { $0 == fixture.forward.addresses[0] })
    }

    @Test("datagrams that come before the reply wait in the stream")
    func early() throws {
        let fixture = try DatagramFixture()
        let client = try fixture.client()

        try fixture.exchange(client, [[1], [2], [3]], answers: 3)

        #expect(client.received == [[1], [2], [3]])
        #expect(fixture.world.client.flowCount == 1)
    }

    @Test("each client has a flow, and gets its own answers")
    func clients() throws {
        let fixture = try DatagramFixture()
        let first = try fixture.client()
        let second = try fixture.client()

        try fixture.exchange(first, [[1]], answers: 1)
        try fixture.exchange(second, [[2]], answers: 1)

        #expect(first.received == [[1]] && second.received == [[2]])
        #expect(fixture.forward.clientCount == 2)
        #expect(Set(fixture.echo.sources).count == 2)
    }

    @Test("a wildcard socket answers from the address that was written to")
    func wildcard() throws {
        let fixture = try DatagramFixture(listening: [SocketAddress(.anyIPv4, port: 0)])
        let client = try fixture.client()
        let place = SocketAddress(
            IPAddress(ipv4: 0x7f00_0009), port: fixture.forward.addresses[0].port)

        client.send([7], to: place)
        try fixture.world.run { !client.received.isEmpty }

        #expect(client.sources == [place])
    }

    @Test("both loopbacks are listened at with one port")
    func families() throws {
        let addresses = [IPAddress.loopbackIPv4, .loopbackIPv6].map { SocketAddress($0, port: 0) }
        let fixture = try DatagramFixture(listening: addresses)
        let ports = fixture.forward.addresses.map(\.port)

        #expect(Set(ports).count == 1)
    }

    @Test("a name with a closed port at its first address is tried at the next one")
    func nextAddress() throws {
        let fixture = try DatagramFixture(host: "localhost")
        let client = try fixture.client()

        try fixture.exchange(client, [[1]], answers: 1)

        #expect(client.received == [[1]])
    }

    @Test("an idle flow ends on both sides, and the next datagram opens another")
    func idle() throws {
        let fixture = try DatagramFixture(limits: DatagramLimits(idleTime: .milliseconds(30)))
        let client = try fixture.client()

        try fixture.exchange(client, [[1]], answers: 1)
        try fixture.world.run { fixture.forward.clientCount == 0 }
        try fixture.world.run { fixture.world.server.flowCount == 0 }
        try fixture.exchange(client, [[2]], answers: 2)

        #expect(client.received == [[1], [2]])
        #expect(Set(fixture.echo.sources).count == 2)
        #expect(fixture.world.pair.openStreams == 1)
    }

    @Test("the client that was idle longest makes room")
    func displaced() throws {
        var limits = DatagramLimits()
        limits.clients = 2
        let fixture = try DatagramFixture(limits: limits)
        let clients = try (0..<3).map { _ in try fixture.client() }

        for client in clients { try fixture.exchange(client, [[1]], answers: 1) }
        try fixture.exchange(clients[1], [[2]], answers: 2)

        #expect(fixture.forward.clientCount == 2)
        #expect(fixture.forward.displacedCount == 1)
        #expect(fixture.world.clientReports.reports.contains { $0.isDisplacement })
    }

    @Test("what is not permitted is refused, and not asked for again at once")
    func refused() throws {
        let fixture = try DatagramFixture(policy: .nothing)
        let client = try fixture.client()

        client.send([1], to: fixture.forward.addresses[0])
        try fixture.world.run { !fixture.world.clientReports.refusals.isEmpty }
        client.send([2], to: fixture.forward.addresses[0])
        try fixture.world.run { fixture.forward.droppedCount == 1 }

        #expect(fixture.world.clientReports.refusals.map(\.status) == [.notPermitted])
        #expect(fixture.forward.clientCount == 0)
    }

    @Test("a closed port at the target ends the flow")
    func closedPort() throws {
        let port = try UDPSocket(bindingTo: SocketAddress(.loopbackIPv4, port: 0)).localAddress.port
        let fixture = try DatagramFixture(port: port)
        let client = try fixture.client()

        client.send([1], to: fixture.forward.addresses[0])
        try fixture.world.run { fixture.world.clientReports.reports.contains { $0.isEnd } }

        try fixture.world.run { !fixture.served.isEmpty }

        #expect(client.received.isEmpty)
        #expect(fixture.forward.clientCount == 0)
        #expect(fixture.world.server.flowCount == 0)
        #expect(fixture.served.map(\.end) == [.unreachable])
        let complaints = fixture.world.clientReports.reports.compactMap(\.complaint)
        #expect(complaints == ["127.0.0.1:\(port)/udp: the target cannot be reached"])
    }

    @Test("a reset that overtakes the reply has the reason all the same")
    func earlyReset() throws {
        let world = try ForwardingWorld { _ in HoldingConnector() }
        let target = try #require(HostPort(host: "db", port: 1))
        let log = world.clientReports
        let forward = try DatagramForward(
            loop: world.loop, listening: [SocketAddress(.loopbackIPv4, port: 0)],
            request: { _ in .connect(.udp(target), isDynamic: false) }, memory: DatagramMemory()
        ) { log.reports.append($0) }
        forward.attach(world.client)
        let client = try DatagramPeer(loop: world.loop)
        client.send([1], to: forward.addresses[0])
        try world.run { world.server.pendingConnects == 1 }

        let stream = StreamID(index: 0, parity: .even)
        world.pair.sides[1].write(stream, OpenReply(.connected).encoded)
        world.pair.sides[1].reset(stream, code: FlowErrorCode.socketFailed)
        try world.run { forward.clientCount == 0 }
        world.pair.sides[1].stopReading(stream, code: FlowErrorCode.socketFailed)
        try world.run { log.reports.contains { $0.isEnd } }

        #expect(log.reports.compactMap(\.complaint) == ["db:1/udp: the target cannot be reached"])
    }

    private static func account(_ clock: SimulatedClock, rate: Int64? = nil) -> PeerAccount {
        var grants = PeerGrants()
        grants.open = .loopbackOnly
        grants.rate = rate
        return PeerAccount(
            name: "laptop", grants: grants, budget: RateBudget(rate: rate, clock: clock))
    }

    @Test("what is beyond the peer's rate is dropped, and the record counts it")
    func rate() throws {
        let clock = SimulatedClock()
        let fixture = try DatagramFixture(account: Self.account(clock, rate: 16_384))
        let client = try fixture.client()
        let datagram = [UInt8](repeating: 1, count: 500)

        // An eighth of a second's worth is two there and two back, and a last one that overdraws.
        for _ in 0..<8 {
            client.send(datagram, to: fixture.forward.addresses[0])
            try fixture.world.settle { client.received.count }
        }
        #expect(client.received.count == 2)
        clock.advance(by: .seconds(1))
        try fixture.exchange(client, [datagram], answers: 3)
        fixture.forward.close()
        try fixture.world.run { !fixture.served.isEmpty }

        let flow = fixture.served[0]
        #expect(flow.droppedDatagrams == 6)
        #expect(flow.downloadedBytes + flow.uploadedBytes == 7 * 500)
    }

    @Test("who loses the right to a flow of datagrams is told so")
    func withdrawn() throws {
        let account = Self.account(SimulatedClock())
        let fixture = try DatagramFixture(account: account)
        let client = try fixture.client()
        try fixture.exchange(client, [[1]], answers: 1)

        account.grants.open = .nothing
        try fixture.world.run { fixture.forward.clientCount == 0 && !fixture.served.isEmpty }
        try fixture.world.run { fixture.world.clientReports.reports.contains { $0.isEnd } }

        #expect(fixture.served.map(\.end) == [.notPermitted])
        let complaints = fixture.world.clientReports.reports.compactMap(\.complaint)
        #expect(complaints.count == 1 && complaints[0].hasSuffix(": no longer permitted"))
    }

    @Test("without a session datagrams are dropped, and a new session is used")
    func sessions() throws {
        let fixture = try DatagramFixture()
        let client = try fixture.client()
        fixture.forward.attach(nil)

        client.send([1], to: fixture.forward.addresses[0])
        try fixture.world.run { fixture.forward.droppedCount == 1 }
        fixture.forward.attach(fixture.world.client)
        try fixture.exchange(client, [[2]], answers: 1)

        #expect(client.received == [[2]])
    }

    @Test("a full carrier costs datagrams, never more")
    func full() throws {
        let fixture = try DatagramFixture()
        let client = try fixture.client()
        try fixture.exchange(client, [[1]], answers: 1)
        fixture.world.pair.datagramQueueLimit = 0

        client.send([2], to: fixture.forward.addresses[0])
        try fixture.world.settle { client.received.count }
        fixture.world.pair.datagramQueueLimit = 256
        try fixture.exchange(client, [[3]], answers: 2)

        #expect(client.received == [[1], [3]])
    }

    @Test("closing frees the port and ends the flows")
    func close() throws {
        let fixture = try DatagramFixture()
        let client = try fixture.client()
        try fixture.exchange(client, [[1]], answers: 1)
        let address = fixture.forward.addresses[0]

        fixture.forward.close()
        try fixture.world.run { fixture.world.server.flowCount == 0 }

        #expect(fixture.forward.clientCount == 0)
        _ = try UDPSocket(bindingTo: address)
    }
}

extension DatagramFixture {
    /// What became of the flows at the side that dialled.
    fileprivate var served: [FlowRecord] {
        world.serverReports.reports.compactMap {
            if case .servedClosed(let flow) = $0 { flow } else { nil }
        }
    }
}

extension ForwardingReport {
    fileprivate var isEnd: Bool {
        if case .flowClosed = self { true } else { false }
    }

    fileprivate var isDisplacement: Bool {
        if case .clientDisplaced = self { true } else { false }
    }
}
