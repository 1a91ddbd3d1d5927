import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct ForwardingSessionTests {
    @Test("bytes come back from an echo server, and FINs travel both ways")
    func echo() throws {
        let fixture = try Fixture(isEcho: true)
        let client = try fixture.connect()
        let message = SeededRandomSource(seed: 1).bytes(count: 300_000)

        client.send(message, end: true)
        try fixture.world.run { client.isOver }

        #expect(client.received == message)
        #expect(!client.hasFailed)
        try fixture.world.run { fixture.world.pair.openStreams == 0 }
        #expect(fixture.world.client.flowCount == 0)
        #expect(fixture.world.server.flowCount == 0)
        #expect(
            fixture.world.clientReports.reports == [
                .flowOpened(request: fixture.target),
                .flowClosed(
                    request: fixture.target, uploadedBytes: 300_000, downloadedBytes: 300_000,
                    end: .closed(by: .near)),
            ])
    }

    @Test("a direction that ended leaves the other one open")
    func halfClose() throws {
        let fixture = try Fixture()
        let client = try fixture.connect()
        client.send([1, 2, 3], end: true)
        try fixture.world.run { fixture.peers.first?.hasEnded == true }

        let server = fixture.peers[0]
        server.send([4, 5])
        try fixture.world.run { client.received.count == 2 }
        #expect(!client.hasEnded)
        server.send([6], end: true)
        try fixture.world.run { client.hasEnded }

        #expect(server.received == [1, 2, 3])
        #expect(client.received == [4, 5, 6])
    }

    @Test("the serving end may finish first")
    func halfCloseByServer() throws {
        let fixture = try Fixture()
        let client = try fixture.connect()
        try fixture.world.run { !fixture.peers.isEmpty }
        let server = fixture.peers[0]
        server.send([1], end: true)
        try fixture.world.run { client.hasEnded }

        client.send([2, 3])
        try fixture.world.run { server.received.count == 2 }
        client.send([4], end: true)
        try fixture.world.run { server.hasEnded && fixture.world.pair.openStreams == 0 }

        #expect(server.received == [2, 3, 4])
    }

    @Test("a reset at one end is a reset at the other", arguments: [true, false])
    func reset(byClient: Bool) throws {
        let fixture = try Fixture()
        let client = try fixture.connect()
        client.send([1])
        try fixture.world.run { fixture.peers.first?.received.count == 1 }
        let server = fixture.peers[0]

        (byClient ? client : server).abort()
        let other = byClient ? server : client
        try fixture.world.run { other.isOver }

        #expect(other.hasFailed)
        try fixture.world.run { fixture.world.pair.openStreams == 0 }
        #expect(fixture.world.client.flowCount + fixture.world.server.flowCount == 0)
    }

    @Test("a refused target resets the client, and both sides say why")
    func refused() throws {
        let fixture = try Fixture(connector: RefusingConnector())
        let client = try fixture.connect()
        client.send([1, 2, 3])

        try fixture.world.run { client.isOver && fixture.world.pair.openStreams == 0 }

        #expect(client.hasFailed)
        #expect(fixture.world.clientReports.refusals.map(\.status) == [.notPermitted])
        #expect(fixture.world.serverReports.refusals.map(\.status) == [.notPermitted])
        let complaint = fixture.world.clientReports.reports.first?.complaint
        #expect(complaint == "open failed: \(fixture.target): not permitted")
    }

    @Test("what the client says before the target is connected waits in the stream")
    func earlyData() throws {
        let connector = HoldingConnector()
        let fixture = try Fixture(connector: connector, window: 4096)
        let client = try fixture.connect()
        client.send([UInt8](repeating: 7, count: 10_000))
        try fixture.world.settle { fixture.world.pair.bufferedBytes }
        #expect(connector.attempts.count == 1)
        #expect((4096...4096 + 300).contains(fixture.world.pair.bufferedBytes))

        try fixture.dial { connector.attempts[0].decide(.connected($0)) }
        try fixture.world.run { fixture.peers.first?.received.count == 10_000 }
    }

    @Test("a client that goes away has its connect cancelled")
    func cancel() throws {
        let connector = HoldingConnector()
        let fixture = try Fixture(connector: connector)
        let client = try fixture.connect()
        try fixture.world.run { connector.attempts.count == 1 }

        client.abort()
        try fixture.world.run { fixture.world.pair.openStreams == 0 }

        #expect(connector.attempts[0].isCancelled)
        #expect(fixture.world.server.pendingConnects == 0)
    }

    @Test("a stalled reader holds no more than its window, and loses nothing")
    func backPressure() throws {
        let fixture = try Fixture(window: 128 * 1024)
        let client = try fixture.connect()
        try fixture.world.run { !fixture.peers.isEmpty }
        let server = fixture.peers[0]
        server.pause()
        let message = SeededRandomSource(seed: 2).bytes(count: 32 << 20)
        client.send(message, end: true)

        try fixture.world.settle { client.unsentBytes }
        #expect(client.unsentBytes > 0)
        #expect(fixture.world.pair.bufferedBytes >= 128 * 1024)
        // Beside the window there is only the open request.
        #expect(fixture.world.pair.highWater <= 128 * 1024 + 300)

        let other = try fixture.connect()
        other.send([1], end: true)
        try fixture.world.run { fixture.peers.count == 2 && fixture.peers[1].hasEnded }

        server.resume()
        try fixture.world.run { server.hasEnded }
        #expect(server.received == message)
    }

    @Test("a thousand flows at a time each get their own bytes back")
    func manyFlows() throws {
        let fixture = try Fixture(isEcho: true)
        var clients: [TestPeer] = []
        for number in 0..<1_000 {
            let client = try fixture.connect()
            client.send([UInt8(truncatingIfNeeded: number)] + [UInt8](repeating: 9, count: number))
            clients.append(client)
        }
        try fixture.world.run { clients.allSatisfy { $0.unsentBytes == 0 } }
        try fixture.world.run {
            clients.enumerated().allSatisfy { $1.received.count == $0 + 1 }
        }
        #expect(fixture.world.client.flowCount == 1_000)

        for client in clients { client.send([], end: true) }
        try fixture.world.run { clients.allSatisfy(\.isOver) }
        try fixture.world.run { fixture.world.pair.openStreams == 0 }

        #expect(!clients.contains { $0.hasFailed })
        #expect(
            clients.enumerated().allSatisfy { $1.received.first == UInt8(truncatingIfNeeded: $0) })
        #expect(fixture.world.clientReports.closedFlows == 1_000)
    }

    @Test("a session that closes resets its flows")
    func close() throws {
        let fixture = try Fixture()
        let client = try fixture.connect()
        try fixture.world.run { !fixture.peers.isEmpty }

        fixture.world.server.close()
        try fixture.world.run { client.isOver && fixture.peers[0].isOver }

        #expect(client.hasFailed)
        #expect(fixture.peers[0].hasFailed)
        #expect(fixture.world.server.flowCount == 0)
    }

    @Test("a dead carrier resets the sockets of both sides")
    func carrierLost() throws {
        let fixture = try Fixture()
        let client = try fixture.connect()
        try fixture.world.run { !fixture.peers.isEmpty }

        fixture.world.client.carrierLost()
        fixture.world.server.carrierLost()
        try fixture.world.run { client.isOver && fixture.peers[0].isOver }

        #expect(client.hasFailed)
        #expect(fixture.peers[0].hasFailed)
        #expect(!fixture.world.client.isOpen)
    }

    @Test("a draining session lets its flows finish and takes no new ones")
    func drain() throws {
        let fixture = try Fixture(isEcho: true)
        let client = try fixture.connect()
        try fixture.world.run { !fixture.peers.isEmpty }
        var isDrained = false
        fixture.world.server.drain(until: fixture.world.loop.now + .seconds(3600)) {
            isDrained = true
        }

        let late = try fixture.connect()
        try fixture.world.run { late.isOver }
        #expect(late.hasFailed)
        #expect(!isDrained)

        client.send([1, 2, 3], end: true)
        try fixture.world.run { client.isOver && isDrained }
        #expect(client.received == [1, 2, 3])
        #expect(!client.hasFailed)
    }

    @Test("a draining session resets what has not finished in time")
    func drainDeadline() throws {
        let fixture = try Fixture()
        let client = try fixture.connect()
        try fixture.world.run { !fixture.peers.isEmpty }
        var isDrained = false

        fixture.world.server.drain(until: fixture.world.loop.now) { isDrained = true }
        try fixture.world.run { isDrained && client.isOver }

        #expect(client.hasFailed)
    }

    @Test("an idle session drains at once")
    func drainIdle() throws {
        let fixture = try Fixture()
        var isDrained = false

        fixture.world.client.drain(until: fixture.world.loop.now + .seconds(1)) {
            isDrained = true
        }

        #expect(isDrained)
    }
}
