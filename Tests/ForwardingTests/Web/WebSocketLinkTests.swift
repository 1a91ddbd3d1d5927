import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite("WebSocket as a link", .serialized)
struct WebSocketLinkTests {
    @Test("datagrams pass both ways, many at once, each as it was", arguments: [false, true])
    func datagrams(isSecure: Bool) throws {
        let world = try WebSocketWorld(isSecure: isSecure)
        let link = try world.open()
        let batch = (0..<65_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 4) }
        let storage = ByteStorage(batch)

        let sent = link.send(storage, 0..<batch.count, segmentSize: 1_200, now: world.loop.now)
        try world.run { world.receivedByServer.count == 55 }
        let client = try #require(world.channels.values.first)
        _ = client.send(storage, 5..<16_389, segmentSize: 16_384, now: world.loop.now)
        try world.run { !world.receivedByClient.isEmpty }

        #expect(sent == .sent)
        #expect(world.receivedByServer.flatMap(\.bytes) == batch)
        #expect(
            world.receivedByServer.allSatisfy { $0.bytes.count == 1_200 || $0.bytes.count == 200 })
        #expect(world.receivedByServer.allSatisfy { $0.from.kind == .webSocket })
        #expect(world.receivedByClient == [[UInt8](batch[5..<16_389])])
    }

    @Test("a datagram that is too long never passes, and an ended link sends none")
    func limits() throws {
        let world = try WebSocketWorld()
        let link = try world.open()
        let storage = ByteStorage(count: 20_000)

        let tooBig = link.send(storage, 0..<16_385, segmentSize: 16_385, now: world.loop.now)
        link.close()
        let late = link.send(storage, 0..<10, segmentSize: 10, now: world.loop.now)

        #expect(tooBig == .tooBig)
        #expect(late == .failed(ErrorNumber.brokenPipe))
        try world.run { world.server.clientCount == 0 }
        #expect(world.closedAtServer == [.closedByPeer(WebSocketClose(.goingAway))])
    }

    @Test("row 53: what a peer that does not read has no room for is dropped")
    func dropping() throws {
        let world = try WebSocketWorld()
        let peer = try RawClient(world.server.address, loop: world.loop)
        try peer.upgrade(in: world)
        let channel = try #require(world.channels.values.first)
        let storage = ByteStorage(count: 60_000)
        for _ in 0..<400 {
            let result = channel.send(
                storage, 0..<60_000, segmentSize: 1_200, now: world.loop.now)
            #expect(result == .sent)
        }

        #expect(channel.droppedCount > 0)
        #expect(channel.isOpen)
    }

    @Test("a client that breaks the rules is told so and ended")
    func brokenRules() throws {
        let world = try WebSocketWorld()
        let peer = try RawClient(world.server.address, loop: world.loop)
        try peer.upgrade(in: world)

        peer.send([0x82, 0x01, 0x41])
        try world.run { world.server.clientCount == 0 }

        #expect(world.closedAtServer == [.broken("a frame is not masked")])
        #expect(peer.received.starts(with: [0x88]))
        #expect(peer.received[2...].starts(with: [0x03, 0xea]))
    }

    @Test("a text is no datagram")
    func text() throws {
        let world = try WebSocketWorld()
        let peer = try RawClient(world.server.address, loop: world.loop)
        try peer.upgrade(in: world)

        peer.send([0x81, 0x81, 0, 0, 0, 0, 0x41])
        try world.run { world.server.clientCount == 0 }

        #expect(peer.received[2...].starts(with: [0x03, 0xeb]))
        #expect(world.receivedByServer.isEmpty)
    }

    @Test("a silent peer is pinged, and given up when it does not answer")
    func silence() throws {
        var configuration = WebSocketDatagramServer.Configuration()
        configuration.timing.pingInterval = .milliseconds(20)
        configuration.timing.silenceLimit = .milliseconds(100)
        let world = try WebSocketWorld(configuration: configuration)
        let living = try world.open()
        let silent = try RawClient(world.server.address, loop: world.loop)
        try silent.upgrade(in: world)

        try world.run { world.server.clientCount == 1 }

        #expect(silent.received.starts(with: [0x89, 0]))
        #expect(world.closedAtServer == [.silent])
        #expect(living.isOpen)
    }

    @Test(
        "row 44: a request that opens no WebSocket here is refused with its status",
        arguments: [
            ("GET /v0/relay HTTP/1.1\r\nHost: a\r\n\r\n", "426"),
            ("POST /v0/relay HTTP/1.1\r\nHost: a\r\n\r\n", "405"),
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "404"),
            ("GET /v0/relay HTTP/1.1\r\n\r\n", "400"),
            ("GET /v0/relay HTTP/1.1\nHost: a\r\n\r\n", "400"),
            ("GET /v0/relay HTTP/3.0\r\nHost: a\r\n\r\n", "505"),
            (RawClient.request.replacing("Origin", with: "Other"), "101"),
            (RawClient.request.replacing("X-Other: 1", with: "Origin: null"), "403"),
            (RawClient.request.replacing("Version: 13", with: "Version: 8"), "426"),
        ])
    func refusals(request: String, status: String) throws {
        let world = try WebSocketWorld()
        let peer = try RawClient(world.server.address, loop: world.loop)

        peer.send([UInt8](request.utf8))
        try world.run { peer.received.count > 12 }

        let answer = String(decoding: peer.received, as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        if status != "101" {
            try world.run { world.server.clientCount == 0 }
            #expect(world.channels.isEmpty)
        }
    }

    @Test("clients are bounded, per source and in time; those that are open are not disturbed")
    func bounds() throws {
        var configuration = WebSocketDatagramServer.Configuration()
        configuration.clientLimitPerSource = 3
        configuration.handshakeLimit = .milliseconds(50)
        let world = try WebSocketWorld(configuration: configuration)
        let link = try world.open()
        let slow = try (0..<5).map { _ in try RawClient(world.server.address, loop: world.loop) }
        for client in slow { client.send([UInt8]("GET ".utf8)) }

        try world.run { slow.allSatisfy(\.isOver) }

        #expect(world.server.refusedCount == 3)
        #expect(slow.count { String(decoding: $0.received, as: UTF8.self).contains(" 408 ") } == 2)
        #expect(link.isOpen)
        try world.run { world.server.clientCount == 1 }
    }

    @Test("when the server ends, the link says why")
    func serverEnds() throws {
        let world = try WebSocketWorld()
        let link = try world.open()

        world.server.close()
        try world.run { world.closedAtClient != nil }

        let close = WebSocketClose(.goingAway, reason: "the server ends")
        #expect(world.closedAtClient == .closedByPeer(close))
        #expect(!link.isOpen)
    }
}
