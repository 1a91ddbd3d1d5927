import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct ForwardOriginTests {
    @Test("flows and bytes are counted while a flow lasts and after it")
    func counts() throws {
        let fixture = try Fixture(isEcho: true)
        let origin = fixture.forward.origin
        let client = try fixture.connect()
        client.send([UInt8](repeating: 1, count: 1_000))
        try fixture.world.run { client.received.count == 1_000 }

        #expect((origin.openFlows, origin.openedFlows, origin.refusedFlows) == (1, 1, 0))
        #expect((origin.sentBytes, origin.receivedBytes) == (1_000, 1_000))

        client.send([2], end: true)
        try fixture.world.run { client.isOver && fixture.world.pair.openStreams == 0 }

        #expect((origin.openFlows, origin.openedFlows, origin.refusedFlows) == (0, 1, 0))
        #expect((origin.sentBytes, origin.receivedBytes) == (1_001, 1_001))
    }

    @Test("flows that the other end refuses count as refused")
    func refused() throws {
        let fixture = try Fixture(connector: RefusingConnector())
        let client = try fixture.connect()
        try fixture.world.run { client.isOver && fixture.world.pair.openStreams == 0 }

        let origin = fixture.forward.origin
        #expect((origin.openFlows, origin.openedFlows, origin.refusedFlows) == (0, 0, 1))
    }

    @Test("what went through a forward is counted on in another program")
    func restored() throws {
        let fixture = try Fixture(isEcho: true)
        let client = try fixture.connect()
        client.send([1, 2, 3], end: true)
        try fixture.world.run { client.isOver && fixture.world.pair.openStreams == 0 }
        let snapshot = fixture.forward.origin.snapshot(named: "g1.1")
        var writer = SnapshotWriter()
        snapshot.encode(into: &writer)
        var reader = ByteReader(writer.bytes.span.bytes)

        let origin = ForwardOrigin(restoring: try ForwardOriginSnapshot(&reader))

        #expect(reader.isAtEnd && snapshot.name == "g1.1")
        #expect((origin.openFlows, origin.openedFlows, origin.refusedFlows) == (0, 1, 0))
        #expect((origin.sentBytes, origin.receivedBytes) == (3, 3))
    }

    @Test("flows are listed with what they are for, and who they belong to")
    func list() throws {
        let fixture = try Fixture(isEcho: true)
        let client = try fixture.connect()
        client.send([1, 2, 3])
        try fixture.world.run { client.received.count == 3 }

        let ours = try #require(fixture.world.client.flowList.first)
        let served = try #require(fixture.world.server.flowList.first)

        #expect(ours.request == fixture.target && served.request == fixture.target)
        #expect(ours.origin === fixture.forward.origin && served.origin == nil)
        #expect(!ours.isServed && served.isServed && ours.isConnected && served.isConnected)
        #expect((ours.sentBytes, ours.receivedBytes) == (3, 3))
        #expect((served.sentBytes, served.receivedBytes) == (3, 3))
        #expect(ours.stream == served.stream)
        #expect(ours.address?.ip == .loopbackIPv4)
    }

    @Test("one flow is closed by its stream, from either side", arguments: [true, false])
    func close(byClient: Bool) throws {
        let fixture = try Fixture(isEcho: true)
        let clients = try (0..<2).map { _ in try fixture.connect() }
        for client in clients { client.send([1]) }
        try fixture.world.run { clients.allSatisfy { $0.received.count == 1 } }
        let session = byClient ? fixture.world.client : fixture.world.server
        let stream = try #require(session.flowList.last?.stream)

        #expect(session.close(flow: stream))
        try fixture.world.run { clients.contains(where: \.isOver) }
        try fixture.world.run { fixture.world.pair.openStreams == 1 }

        #expect(clients.count(where: \.hasFailed) == 1)
        #expect(!session.close(flow: stream))
        let left = try #require(clients.first { !$0.hasFailed })
        left.send([2])
        try fixture.world.run { left.received.count == 2 }
    }

    @Test("the flows of one forward end, and those of another go on")
    func endOfOrigin() throws {
        let fixture = try Fixture(isEcho: true)
        let other = try LocalForward(
            loop: fixture.world.loop, listening: [SocketAddress(.loopbackIPv4, port: 0)],
            request: fixture.target, hold: .seconds(60), logger: .silent, report: { _ in })
        other.attach(fixture.world.client)
        defer { other.close() }
        let doomed = try fixture.connect()
        let lasting = try fixture.connect(to: other.addresses[0])
        for client in [doomed, lasting] { client.send([1]) }
        try fixture.world.run { doomed.received.count == 1 && lasting.received.count == 1 }

        fixture.world.client.end(flowsOf: fixture.forward.origin)
        try fixture.world.run { doomed.isOver && fixture.world.pair.openStreams == 1 }

        #expect(doomed.hasFailed && !lasting.isOver)
        #expect(fixture.forward.origin.openFlows == 0 && other.origin.openFlows == 1)
        let ends = fixture.world.clientReports.reports.compactMap { report -> FlowEnd? in
            if case .flowClosed(_, _, _, let end) = report { end } else { nil }
        }
        #expect(ends == [.cancelled])
    }
}
