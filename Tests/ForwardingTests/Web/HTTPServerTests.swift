import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite("HTTPServer", .serialized)
struct HTTPServerTests {
    private static func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
    }

    private static func post(_ path: String, _ body: String, _ fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n"
            + body
    }

    // MARK: Requests

    @Test("several requests in one piece are answered in their order, also a late one")
    func pipelining() throws {
        let world = try HTTPWorld()
        let client = try world.connect()

        client.send(
            Self.post("/echo", "one") + Self.get("/late") + Self.post("/echo", "three"))

        let (_, first) = try client.answer()
        #expect(first == [UInt8]("one".utf8))
        try world.run { !world.exchanges.isEmpty }
        #expect(world.exchanges.map(\.head.path) == ["/late"])
        world.exchanges.removeFirst().answer(HTTPResponse(status: 404))
        #expect(try client.answer().0 == "HTTP/1.1 404 Not Found")
        #expect(try client.answer().1 == [UInt8]("three".utf8))
        #expect(!client.isOver)
    }

    @Test("a request may come one byte at a time")
    func oneByteAtATime() throws {
        let world = try HTTPWorld()
        let client = try world.connect()

        for byte in Self.post("/echo", "slow").utf8 {
            client.send([byte])
            try world.loop.runTurn(waitingAtMost: .milliseconds(5))
        }

        #expect(try client.answer().1 == [UInt8]("slow".utf8))
    }

    @Test("the answer to HEAD has the length and no body, and the next answer follows")
    func head() throws {
        let world = try HTTPWorld { exchange, _ in exchange.answer(.text(status: 200, "text")) }
        let client = try world.connect()

        client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + Self.get("/"))

        #expect(try client.head().contains("Content-Length: 5\r\n"))
        #expect(try client.answer().1 == [UInt8]("text\n".utf8))
    }

    @Test(
        "the connection ends behind an answer when the client says so, or speaks HTTP/1.0",
        arguments: [
            get("/echo", "Connection: keep-alive, Close\r\n"), "GET /echo HTTP/1.0\r\n\r\n",
        ])
    func lastRequest(request: String) throws {
        let world = try HTTPWorld()
        let client = try world.connect()

        client.send(request + Self.get("/echo"))

        let text = try client.all()
        #expect(text.contains("Connection: close\r\n"))
        #expect(text.split(separator: "HTTP/1.1 200").count == 1)
        try world.run { world.server.clientCount == 0 }
    }

    @Test("who asks whether to send a body is told to, unless it is there already")
    func expectation() throws {
        let world = try HTTPWorld()
        let client = try world.connect()
        let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"

        client.send(head + "Expect: 100-Continue\r\n\r\n")
        #expect(try client.head() == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("ab")

        #expect(try client.answer().1 == [UInt8]("ab".utf8))
        client.send(head + "Expect: 100-continue\r\n\r\nab")
        #expect(try client.answer().1 == [UInt8]("ab".utf8))
    }

    @Test("a body that will not be taken is refused before it is sent")
    func refusedBody() throws {
        let world = try HTTPWorld()
        let client = try world.connect()

        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n")
        client.send("Expect: 100-continue\r\n\r\n")

        #expect(try client.all().hasPrefix("HTTP/1.1 413 "))
    }

    @Test("the limit of a body is that of its path, for both kinds")
    func bodyLimit() throws {
        let world = try HTTPWorld()
        let client = try world.connect()
        let body = String(repeating: "x", count: 65_537)

        client.send(Self.post("/large", body))
        try world.run { !world.exchanges.isEmpty }
        #expect(world.exchanges[0].body.count == 65_537)
        world.exchanges.removeFirst().answer(HTTPResponse(status: 204))
        #expect(try client.head() == "HTTP/1.1 204 No Content\r\n\r\n")
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n")

        #expect(try client.all().hasPrefix("HTTP/1.1 413 "))
    }

    @Test("a refusal by the head alone leaves the connection to go on where there is no body")
    func refusal() throws {
        let world = try HTTPWorld()
        let client = try world.connect()

        client.send(Self.get("/refused") + Self.post("/refused", "body") + Self.get("/echo"))

        let text = try client.all()
        #expect(text.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["403", "403"])
    }

    /// Requests, and the status that answers them.
    private static let bad: [(String, String)] = [
        ("GET / HTTP/1.1\r\n\r\n", "400"), ("GET / HTTP/1.1\nHost: a\r\n\r\n", "400"),
        (get("/", "A: \0\r\n"), "400"), (get("/", " b\r\n"), "400"),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", "505"), ("GARBAGE\r\n\r\n", "400"),
        (get("/", "A: \(String(repeating: "x", count: 9216))"), "431"),
        (get("/", (0..<64).map { "A\($0): b\r\n" }.joined()), "431"),
        (get("/", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), "400"),
        (get("/", "Transfer-Encoding: gzip\r\n"), "501"), (get("/", "Expect: x\r\n"), "417"),
    ]

    @Test(
        "rows 44 and 46: bad requests are answered with their status, and the connection ends",
        arguments: bad)
    func badRequests(request: String, status: String) throws {
        let world = try HTTPWorld()
        let client = try world.connect()

        client.send(request + Self.get("/echo"))

        let text = try client.all()
        #expect(text.hasPrefix("HTTP/1.1 \(status) "))
        #expect(text.split(separator: "HTTP/1.1 ").count == 1)
        try world.run { world.server.clientCount == 0 }
        #expect(world.exchanges.isEmpty)
    }

    // MARK: Time and numbers

    @Test("a head or body that is too slow is answered with 408, and silence with the end")
    func slow() throws {
        var configuration = HTTPServer.Configuration()
        configuration.requestLimit = .milliseconds(30)
        configuration.idleLimit = .milliseconds(30)
        let world = try HTTPWorld(configuration: configuration)
        let silent = try world.connect()
        let slowHead = try world.connect()
        let slowBody = try world.connect()
        let idle = try world.connect()

        slowHead.send("GET / HT")
        slowBody.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        idle.send(Self.get("/echo"))

        #expect(try silent.all() == "")
        #expect(try slowHead.all().hasPrefix("HTTP/1.1 408 "))
        #expect(try slowBody.all().hasPrefix("HTTP/1.1 408 "))
        let answer = try idle.all()
        #expect(answer.hasPrefix("HTTP/1.1 200 ") && !answer.contains("408"))
    }

    @Test("connections are bounded, in all and per source, and those that are open not disturbed")
    func bounds() throws {
        var configuration = HTTPServer.Configuration()
        configuration.clientLimitPerSource = 2
        let world = try HTTPWorld(configuration: configuration)
        let open = [try world.connect(), try world.connect()]
        try world.run { world.server.clientCount == 2 }

        // The end may come before the client has seen the beginning.
        let third = try? world.connect()
        try world.run { world.server.refusedCount == 1 }
        if let third { #expect(try third.all() == "") }
        for client in open {
            client.send(Self.get("/echo"))
            #expect(try client.answer().0 == "HTTP/1.1 200 OK")
        }
        open[0].socket.close()
        try world.run { world.server.clientCount == 1 }
        let again = try world.connect()
        again.send(Self.get("/echo"))

        #expect(try again.answer().0 == "HTTP/1.1 200 OK")
        // The other client would be gone with its last use.
        withExtendedLifetime(open) {}
    }

    @Test("a large answer waits for a client that does not read, who is not read meanwhile")
    func backPressure() throws {
        let body = (0..<(8 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 4) }
        let world = try HTTPWorld { exchange, _ in
            exchange.answer(HTTPResponse(status: 200, body: body))
        }
        let client = try world.connect()
        client.send(Self.get("/"))
        let junk = [UInt8](repeating: 65, count: 65_536)
        var sent = 0
        for _ in 0..<400 {
            sent += client.send(junk)
            try world.loop.runTurn(waitingAtMost: .milliseconds(0))
        }

        // What the system's buffers took is all that was sent.
        #expect(sent < 16 << 20)
        let (status, received) = try client.answer()
        #expect(status == "HTTP/1.1 200 OK")
        #expect(received == body)
        #expect(try client.all().hasPrefix("HTTP/1.1 400 ") || client.isOver)
    }

    @Test("a client that never takes its answer is dropped")
    func neverReads() throws {
        var configuration = HTTPServer.Configuration()
        configuration.writingLimit = .milliseconds(50)
        let world = try HTTPWorld(configuration: configuration) { exchange, _ in
            exchange.answer(
                HTTPResponse(status: 200, body: [UInt8](repeating: 1, count: 16 << 20)))
        }
        let client = try world.connect()
        client.send(Self.get("/"))
        try world.run { world.server.clientCount == 1 }

        try world.run { world.server.clientCount == 0 }
    }

    // MARK: Exchanges

    @Test("an exchange that nobody answers is answered with 500")
    func dropped() throws {
        let world = try HTTPWorld { _, _ in }
        let client = try world.connect()

        client.send(Self.get("/") + Self.get("/"))

        #expect(try client.answer().0 == "HTTP/1.1 500 Internal Server Error")
        #expect(try client.answer().0 == "HTTP/1.1 500 Internal Server Error")
    }

    @Test("who waits to answer hears that the client is gone, and an answer then does nothing")
    func abandoned() throws {
        let world = try HTTPWorld()
        let client = try world.connect()
        client.send(HTTPTestClient.upgrade.replacing("/socket", with: "/late"))
        try world.run { !world.exchanges.isEmpty }
        let exchange = world.exchanges.removeFirst()
        var isAbandoned = false
        exchange.abandoned = { isAbandoned = true }

        client.socket.abort()
        try world.run { isAbandoned }
        let messenger = exchange.acceptWebSocket(try WebSocketRequest(exchange.head))
        var closed: [WebSocketClose?] = []
        messenger.closed = { closed.append($0) }
        try world.run { !closed.isEmpty }

        #expect(closed == [nil])
        #expect(world.server.clientCount == 0)
    }

    @Test("common fields are added where an answer does not say something else")
    func commonFields() throws {
        let world = try HTTPWorld { exchange, _ in
            exchange.commonFields = HTTPFields(["Cache-Control": "no-store", "X-Other": "1"])
            exchange.answer(
                HTTPResponse(status: 200, fields: HTTPFields(["cache-control": "max-age=1"])))
        }
        let client = try world.connect()

        client.send(Self.get("/"))

        let head = try client.head()
        #expect(head.contains("cache-control: max-age=1\r\n") && head.contains("X-Other: 1\r\n"))
        #expect(!head.contains("no-store"))
    }

    @Test("clients with a WebSocket may be sent away while all else goes on")
    func restart() throws {
        let world = try HTTPWorld()
        let (client, _) = try world.openWebSocket()
        let other = try world.connect()

        world.server.closeWebSockets(.serviceRestart, reason: "x")

        #expect(try client.bytes(5) == [0x88, 3, 0x03, 0xf4, 0x78])
        other.send(Self.get("/echo"))
        #expect(try other.answer().0 == "HTTP/1.1 200 OK")
        let late = try world.connect()
        late.send(Self.get("/echo"))
        #expect(try late.answer().0 == "HTTP/1.1 200 OK")
    }

    @Test("the end of the server ends idle clients at once, others behind their answer")
    func close() throws {
        let world = try HTTPWorld()
        let idle = try world.connect()
        let waiting = try world.connect()
        waiting.send(Self.get("/late"))
        try world.run { world.server.clientCount == 2 && !world.exchanges.isEmpty }
        let (client, _) = try world.openWebSocket()

        world.server.close(.serviceRestart, reason: "service restart")
        world.exchanges.removeFirst().answer(HTTPResponse(status: 200))

        #expect(try idle.all() == "")
        #expect(try waiting.all().hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(try client.bytes(4) == [0x88, 17, 0x03, 0xf4])
    }
}
