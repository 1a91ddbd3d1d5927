import Forwarding
import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite("WebServer", .serialized)
struct WebServerTests {
    /// Says who asked for what.
    private final class Mirror: WebRoute {
        func handle(_ exchange: HTTPExchange, _ visitor: WebVisitor) {
            exchange.answer(
                .json(
                    .object([
                        ("path", .string(exchange.head.path)),
                        ("local", .bool(visitor.isLocalCaller)),
                        ("origin", visitor.origin.map { .string($0) } ?? .null),
                        ("length", .number(Int64(exchange.body.count))),
                    ])))
        }
    }

    private final class Taker: WebRoute {
        let bodyLimit = 1 << 20

        func handle(_ exchange: HTTPExchange, _ visitor: WebVisitor) {
            exchange.answer(HTTPResponse(status: 204))
        }
    }

    private final class World {
        let loop: EventLoop
        let server: WebServer

        init(_ change: (inout WebOptions) -> Void = { _ in }, isTrusted: Bool = true) throws {
            loop = try EventLoop()
            var options = WebOptions(listen: SocketAddress(.loopbackIPv4, port: 0))
            change(&options)
            server = try WebServer(
                options: options, loop: loop, random: SeededRandomSource(seed: 1),
                logger: .silent, isTrusted: { _, _ in isTrusted })
            server.add(Mirror(), at: "/mirror", methods: ["GET", "PUT"])
            server.add(Mirror(), at: "/mirror/*", methods: ["DELETE"])
            server.add(Taker(), at: "/take", methods: ["POST"])
        }

        /// The whole answer to a request behind which the connection ends.
        func answer(_ line: String, _ fields: String = "", body: String = "") throws -> String {
            var result: Dialer.Result?
            Dialer(loop: loop).dial([server.address]) { result = $0 }
            while result == nil { try loop.runTurn(waitingAtMost: .milliseconds(50)) }
            guard case .connected(let socket) = result else { return "" }
            defer { socket.close() }
            let host = fields.contains("Host:") ? "" : "Host: localhost\r\n"
            let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
            var rest = [UInt8](
                "\(line) HTTP/1.1\r\n\(host)\(fields)\(length)Connection: close\r\n\r\n\(body)".utf8
            )[...]
            var received: [UInt8] = []
            var part = ByteStorage(count: 65_536)
            for _ in 0..<1_000 {
                if case .bytes(let count) = socket.write(
                    from: ByteStorage(Array(rest)), 0..<rest.count), !rest.isEmpty
                {
                    rest = rest.dropFirst(count)
                }
                try loop.runTurn(waitingAtMost: .milliseconds(5))
                switch socket.read(into: &part, 0..<part.count) {
                case .bytes(let count): received += part.array(0..<count)
                case .wouldBlock: break
                case .end, .failed: return String(decoding: received, as: UTF8.self)
                }
            }
            Issue.record("the connection did not end")
            return ""
        }
    }

    @Test("requests reach the route of their path and method")
    func routing() throws {
        let world = try World()

        #expect(try world.answer("GET /mirror?x=1").contains(#""path":"/mirror","local":true"#))
        #expect(try world.answer("PUT /mirror", body: "abc").contains(#""length":3"#))
        #expect(try world.answer("DELETE /mirror/a").contains(#""path":"/mirror/a""#))
        #expect(try world.answer("HEAD /mirror").hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(try world.answer("DELETE /mirror/").hasPrefix("HTTP/1.1 404 "))
        #expect(try world.answer("DELETE /mirror/a/b").hasPrefix("HTTP/1.1 404 "))
        #expect(try world.answer("GET /MIRROR").hasPrefix("HTTP/1.1 404 "))
        #expect(try world.answer("GET /%6dirror").hasPrefix("HTTP/1.1 404 "))
        #expect(try world.answer("GET //mirror").hasPrefix("HTTP/1.1 404 "))
    }

    @Test("a method that a path does not have is refused with those that it has")
    func methods() throws {
        let world = try World()

        let post = try world.answer("POST /mirror", body: "x")
        #expect(post.hasPrefix("HTTP/1.1 405 ") && post.contains("Allow: GET, PUT, HEAD\r\n"))
        let options = try world.answer("OPTIONS /mirror")
        #expect(options.hasPrefix("HTTP/1.1 204 "))
        #expect(options.contains("Allow: GET, PUT, HEAD, OPTIONS\r\n"))
        #expect(!options.contains("Access-Control"))
    }

    @Test("errors are JSON, and all answers forbid to be kept and to be guessed at")
    func fields() throws {
        let world = try World()

        for answer in [
            try world.answer("GET /mirror"), try world.answer("GET /nothing"),
            try world.answer("GET /mirror", "Host: evil.example\r\n"),
            try world.answer("GET /mirror", "A\0: b\r\n"),
        ] {
            #expect(answer.contains("Content-Type: application/json\r\n"))
            #expect(answer.contains("Cache-Control: no-store\r\n"))
            #expect(answer.contains("Referrer-Policy: no-referrer\r\n"))
            #expect(answer.contains("X-Content-Type-Options: nosniff\r\n"))
            #expect(!answer.contains("Set-Cookie") && !answer.contains("Access-Control"))
        }
        #expect(
            try world.answer("GET /nothing").hasSuffix(
                #"{"error":{"code":"not_found","message":"there is nothing here"},"#
                    + #""detail":"there is nothing here"}"# + "\n"))
    }

    @Test("row 45: the guard comes before the route, and before the body")
    func guards() throws {
        let world = try World()

        #expect(
            try world.answer("GET /mirror", "Host: evil.example\r\n").hasPrefix("HTTP/1.1 421 "))
        #expect(
            try world.answer("GET /nothing", "Origin: https://evil.example\r\n")
                .hasPrefix("HTTP/1.1 403 "))
        #expect(try world.answer("GET /mirror", "Origin: null\r\n").hasPrefix("HTTP/1.1 403 "))
        let unread = try world.answer(
            "PUT /mirror", "Origin: null\r\nExpect: 100-continue\r\nContent-Length: 5\r\n")
        #expect(unread.hasPrefix("HTTP/1.1 403 ") && !unread.contains("100 Continue"))
    }

    @Test("a site that is listed may ask, and is told so; it is no local caller")
    func origins() throws {
        let world = try World { $0.origins = ["https://app.example"] }
        let origin = "Origin: https://app.example\r\n"

        let answer = try world.answer("GET /mirror", origin)
        #expect(answer.contains("Access-Control-Allow-Origin: https://app.example\r\n"))
        #expect(answer.contains("Vary: Origin\r\n"))
        #expect(answer.contains(#""local":false,"origin":"https://app.example""#))
        let asked = try world.answer(
            "OPTIONS /mirror", origin + "Access-Control-Request-Private-Network: true\r\n")
        #expect(asked.contains("Access-Control-Allow-Methods: GET, PUT, HEAD, OPTIONS\r\n"))
        #expect(asked.contains("Access-Control-Allow-Headers: Authorization, Content-Type\r\n"))
        #expect(asked.contains("Access-Control-Allow-Private-Network: true\r\n"))
    }

    @Test("who counts as local is what the options say")
    func callers() throws {
        let local = #""local":true"#
        let stranger = try World(isTrusted: false)
        #expect(!(try stranger.answer("GET /mirror").contains(local)))
        let machine = try World({ $0.tokenCallers = .loopback }, isTrusted: false)
        #expect(try machine.answer("GET /mirror").contains(local))
        let any = try World({ $0.tokenCallers = .any }, isTrusted: false)
        #expect(try any.answer("GET /mirror").contains(local))
    }

    @Test("a route may take longer bodies than others")
    func bodyLimits() throws {
        let world = try World()
        let body = String(repeating: "x", count: 100_000)

        #expect(try world.answer("POST /take", body: body).hasPrefix("HTTP/1.1 204 "))
        #expect(try world.answer("PUT /mirror", body: body).hasPrefix("HTTP/1.1 413 "))
        #expect(try world.answer("POST /nothing", body: body).hasPrefix("HTTP/1.1 413 "))
    }

    @Test("other machines are not let connect in the clear unless that is asked for")
    func exposure() throws {
        let loop = try EventLoop()
        var options = WebOptions(listen: SocketAddress(.anyIPv4, port: 0))
        let start = { (options: WebOptions) throws(CommandError) in
            try WebServer(
                options: options, loop: loop, random: SeededRandomSource(seed: 1),
                logger: .silent)
        }

        let error = #expect(throws: CommandError.self) { try start(options) }
        #expect(error?.exitCode == .refused)
        options.isPlain = true
        #expect(try start(options).url.hasPrefix("http://127.0.0.1:"))
        options.isPlain = false
        options.certificateFile = TestCertificates.path("server.pem")
        options.keyFile = TestCertificates.path("server.key")
        #expect(try start(options).url.hasPrefix("https://127.0.0.1:"))
        options.keyFile = TestCertificates.path("other.key")
        #expect(#expect(throws: CommandError.self) { try start(options) }?.exitCode == .usage)
    }
}
