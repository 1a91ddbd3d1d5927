import SRMUDP
import Testing

@testable import Forwarding

@Suite struct HTTPProxyConnectionTests {
    private static func get(_ port: UInt16, _ path: String, _ fields: String = "") -> String {
        "GET http://127.0.0.1:\(port)/\(path) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n"
    }

    private static func sees(_ port: UInt16, _ path: String, _ fields: String = "") -> String {
        "GET /\(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(fields)\r\n"
    }

    private static func response(_ body: String, _ fields: String = "") -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }

    private static func send(_ text: String, from peer: TestPeer, end: Bool = false) {
        peer.send([UInt8](text.utf8), end: end)
    }

    @Test("several requests on one connection go to the servers that they name")
    func severalServers() throws {
        let fixture = try ProxyFixture()
        let one = try fixture.serve(isEcho: false)
        let two = try fixture.serve(isEcho: false)
        // The second and third are sent ahead.
        let client = try fixture.client(
            sending: Self.get(one.port, "a") + Self.get(one.port, "b") + Self.get(two.port, "c"))

        try fixture.world.run { one.accepted.peers.first?.text == Self.sees(one.port, "a") }
        Self.send(Self.response("A"), from: one.accepted.peers[0])
        let both = Self.sees(one.port, "a") + Self.sees(one.port, "b")
        try fixture.world.run { one.accepted.peers[0].text == both }
        Self.send(Self.response("BB"), from: one.accepted.peers[0])
        try fixture.world.run { two.accepted.peers.first?.text == Self.sees(two.port, "c") }
        Self.send(Self.response("C"), from: two.accepted.peers[0])

        let all = Self.response("A") + Self.response("BB") + Self.response("C")
        try fixture.world.run { client.text == all }
        #expect(!client.isOver)
        // The stream to the first server is given back when it is not used any more.
        #expect(one.accepted.peers.count == 1)
        try fixture.world.run { one.accepted.peers[0].isOver }
    }

    @Test("a client that has ended still gets the response")
    func halfClosed() throws {
        let fixture = try ProxyFixture()
        let server = try fixture.serve(isEcho: false)
        let client = try fixture.client()
        Self.send(Self.get(server.port, ""), from: client, end: true)
        try fixture.world.run { server.accepted.peers.first?.received.isEmpty == false }

        Self.send(Self.response("late"), from: server.accepted.peers[0])
        try fixture.world.run { client.isOver }

        #expect(client.hasEnded)
        #expect(client.text == Self.response("late"))
    }

    @Test("large bodies of both directions arrive whole")
    func largeBodies() throws {
        let fixture = try ProxyFixture(window: 32 * 1024)
        let server = try fixture.serve(isEcho: false)
        let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let head = "POST http://127.0.0.1:\(server.port)/ HTTP/1.1\r\nHost: x\r\n"
        let client = try fixture.client(sending: head + "Content-Length: 300000\r\n\r\n")
        client.send(body)

        try fixture.world.run { server.accepted.peers.first?.received.count ?? 0 > 300_000 }
        let peer = server.accepted.peers[0]
        #expect(peer.received.suffix(300_000) == body[...])
        Self.send("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n", from: peer)
        peer.send(body)
        try fixture.world.run { client.received.count > 300_000 }

        #expect(client.received.suffix(300_000) == body[...])
    }

    @Test("a response that ends with its connection ends the client's")
    func untilEnd() throws {
        let fixture = try ProxyFixture()
        let server = try fixture.serve(isEcho: false)
        let client = try fixture.client(sending: Self.get(server.port, ""))
        try fixture.world.run { server.accepted.peers.first?.received.isEmpty == false }

        Self.send("HTTP/1.1 200 OK\r\n\r\nabc", from: server.accepted.peers[0], end: true)
        try fixture.world.run { client.isOver }

        #expect(client.hasEnded)
        #expect(client.text == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc")
    }

    @Test("after an upgrade, bytes go both ways and ends, too")
    func upgrade() throws {
        let fixture = try ProxyFixture()
        let server = try fixture.serve(isEcho: false)
        let fields = "Upgrade: x\r\nConnection: Upgrade\r\n"
        let client = try fixture.client(sending: Self.get(server.port, "", fields))
        try fixture.world.run { server.accepted.peers.first?.received.isEmpty == false }
        let peer = server.accepted.peers[0]
        let count = peer.received.count

        let answer = "HTTP/1.1 101 Switching Protocols\r\n\(fields)\r\n"
        Self.send(answer + "hello", from: peer)
        try fixture.world.run { client.text == answer + "hello" }
        Self.send("hi", from: client, end: true)
        try fixture.world.run { peer.hasEnded }
        Self.send("bye", from: peer, end: true)
        try fixture.world.run { client.isOver }

        #expect(peer.received.dropFirst(count) == [UInt8]("hi".utf8)[...])
        #expect(client.text == answer + "hellobye")
        #expect(client.hasEnded)
    }

    @Test("a server that is not to be had is told with a status and a reason")
    func refused() throws {
        let connector = HoldingConnector()
        let fixture = try ProxyFixture(connector: connector)
        let client = try fixture.client(sending: Self.get(80, ""))
        try fixture.world.run { connector.attempts.count == 1 }

        connector.attempts[0].decide(.refused(OpenReply(.refused)))
        try fixture.world.run { client.isOver }

        #expect(client.text.hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
        #expect(client.text.hasSuffix("\r\n\r\np2pfwd: connection refused\n"))
        #expect(client.hasEnded)
    }

    @Test("a response that is cut off is not taken for a whole one")
    func truncated() throws {
        let fixture = try ProxyFixture()
        let server = try fixture.serve(isEcho: false)
        let client = try fixture.client(sending: Self.get(server.port, ""))
        try fixture.world.run { server.accepted.peers.first?.received.isEmpty == false }

        let response = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"
        Self.send(response, from: server.accepted.peers[0], end: true)
        try fixture.world.run { client.isOver }

        #expect(client.hasFailed)
    }

    @Test("a server that ends a kept connection makes the client ask again")
    func keptAndEnded() throws {
        let fixture = try ProxyFixture()
        let server = try fixture.serve(isEcho: false)
        let client = try fixture.client(sending: Self.get(server.port, ""))
        try fixture.world.run { server.accepted.peers.first?.received.isEmpty == false }
        Self.send(Self.response("A"), from: server.accepted.peers[0], end: true)
        try fixture.world.run { client.text == Self.response("A") }
        try fixture.world.settle { fixture.world.client.flowCount }

        Self.send(Self.get(server.port, ""), from: client)
        try fixture.world.run { server.accepted.peers.count == 2 }

        #expect(!client.isOver)
    }

    @Test("a client that goes away while its server is dialled has that called off")
    func goneWhileConnecting() throws {
        let connector = HoldingConnector()
        let fixture = try ProxyFixture(connector: connector)
        let client = try fixture.client(sending: Self.get(80, ""))
        try fixture.world.run { connector.attempts.count == 1 }

        client.abort()
        try fixture.world.run { connector.attempts[0].isCancelled }
        try fixture.world.run { fixture.world.client.flowCount == 0 }
    }

    @Test("each request has to bring its password, and none of them goes further")
    func credentials() throws {
        let fixture = try ProxyFixture(users: try ProxyUsers.samples)
        let server = try fixture.serve(isEcho: false)
        let field = "Proxy-Authorization: Basic YW5uOnNlY3JldA==\r\n"
        let client = try fixture.client(sending: Self.get(server.port, "a", field))
        try fixture.world.run {
            server.accepted.peers.first?.text == Self.sees(server.port, "a")
        }
        Self.send(Self.response("A"), from: server.accepted.peers[0])
        try fixture.world.run { client.text == Self.response("A") }

        Self.send(Self.get(server.port, "b"), from: client)
        try fixture.world.run { client.isOver }

        #expect(client.text.hasPrefix(Self.response("A") + "HTTP/1.1 407 "))
    }

    @Test("an idle connection ends with the forward, a busy one with its exchange")
    func close() throws {
        let fixture = try ProxyFixture()
        let server = try fixture.serve(isEcho: false)
        let idle = try fixture.client(sending: Self.get(server.port, ""))
        try fixture.world.run { server.accepted.peers.first?.received.isEmpty == false }
        Self.send(Self.response("A"), from: server.accepted.peers[0])
        try fixture.world.run { idle.text == Self.response("A") }
        let busy = try fixture.client(sending: Self.get(server.port, ""))
        try fixture.world.run {
            server.accepted.peers.count == 2
                && server.accepted.peers.last?.received.isEmpty == false
        }

        fixture.forward.close()
        try fixture.world.run { idle.isOver }
        Self.send(Self.response("B"), from: try #require(server.accepted.peers.last))
        try fixture.world.run { busy.isOver }

        #expect(busy.text == Self.response("B"))
    }
}
