import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite(.serialized) struct WebSocketDialTests {
    /// What comes of a link to a server that sends `answer` and then `padding` as long as it can.
    private static func failure(
        answer: String, padding: [UInt8] = [], dripping: Bool = false,
        limit: Interval = .seconds(10)
    ) throws -> (error: WebSocketLinkError?, byteCount: Int) {
        let loop = try EventLoop()
        let server = try RawServer(
            loop: loop, answer: [UInt8](answer.utf8), padding: padding, isDripping: dripping)
        let target = WebSocketTarget(host: "127.0.0.1", port: server.address.port, security: nil)
        let error = try WebSocketWorld.failure(of: target, loop: loop, openingLimit: limit)
        return (error, server.sentByteCount)
    }

    private static let upgrade = "HTTP/1.1 101 Switching Protocols\r\n"

    @Test(
        "row 74: an answer that opens no WebSocket is told with its reason",
        arguments: [
            (
                "HTTP/1.1 302 Found\r\nLocation: http://localhost/\r\n\r\n",
                "the server redirects to http://localhost/ (302), which is not followed"
            ),
            (
                "HTTP/1.1 301 Moved\r\nLocation: file:///etc/passwd\r\n\r\n",
                "the server redirects to file:///etc/passwd (301), which is not followed"
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>",
                "the server answered 200 OK (text/html) and opened no WebSocket"
            ),
            (
                "HTTP/1.1 404 Not Found\r\n\r\n",
                "the server answered 404 Not Found and opened no WebSocket"
            ),
            (
                upgrade + "\r\n", "the server changed to a protocol that is not WebSocket"
            ),
            (
                upgrade + "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
                "the server's answer does not fit our key: it may come from a cache"
            ),
            (
                "SSH-2.0-OpenSSH\r\n\r\n",
                "the server's answer is not HTTP as it should be: "
                    + "the first line is not one of HTTP"
            ),
            (
                "HTTP/1.1 101 x\nA: b\n\n",
                "the server's answer is not HTTP as it should be: "
                    + "a header line ends without a carriage return"
            ),
        ])
    func answers(answer: String, expected: String) throws {
        let (error, _) = try Self.failure(answer: answer)

        #expect(error?.description == expected)
    }

    @Test("row 74: of a body or a head without end, not more than 64 KiB is read")
    func hugeAnswers() throws {
        let padding = [UInt8](repeating: 0x61, count: 1 << 16)

        let body = try Self.failure(
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", padding: padding)
        let head = try Self.failure(answer: "HTTP/1.1 200 OK\r\nA: ", padding: padding)

        #expect(body.error?.description.hasPrefix("the server answered 200 OK") == true)
        #expect(head.error == .head(.tooLong))
    }

    @Test("row 74: a slow drip is ended by the deadline")
    func slowDrip() throws {
        let (error, _) = try Self.failure(
            answer: "HTTP/1.1 101 Switching Protocols\r\n", dripping: true,
            limit: .milliseconds(100))

        #expect(error == .tooSlow("the server's answer"))
        #expect(WebSocketLink.openingLimit <= .seconds(15))
    }

    @Test("a server that says nothing, or hangs up, is told as such")
    func silence() throws {
        let silent = try Self.failure(answer: "", limit: .milliseconds(50))

        #expect(silent.error == .tooSlow("the server's answer"))
    }

    @Test("row 74: a certificate that does not hold is told by its fault")
    func certificates() throws {
        let cases: [(String, String, TLSError)] = [
            ("self-signed.pem", "127.0.0.1", .selfSigned),
            ("expired.pem", "127.0.0.1", .expired),
            ("server.pem", "ip6-localhost.localhost", .nameMismatch("ip6-localhost.localhost")),
        ]
        for (certificate, host, expected) in cases {
            let world = try WebSocketWorld(isSecure: true, certificate: certificate)
            let target = WebSocketTarget(
                host: host, port: world.server.address.port,
                security: try WebSocketWorld.clientContext())

            let error = try WebSocketWorld.failure(of: target, loop: world.loop)

            #expect(error == .stream(.tls(expected)))
        }
    }

    @Test("TLS with who speaks none, and none with who speaks TLS, end with a reason")
    func mixedUp() throws {
        let plain = try WebSocketWorld()
        let secure = try WebSocketWorld(isSecure: true)
        let toPlain = WebSocketTarget(
            host: "127.0.0.1", port: plain.server.address.port,
            security: try WebSocketWorld.clientContext())
        let toSecure = WebSocketTarget(
            host: "127.0.0.1", port: secure.server.address.port, security: nil)

        #expect(
            try WebSocketWorld.failure(of: toPlain, loop: plain.loop) == .stream(.tls(.notTLS)))
        let error = try WebSocketWorld.failure(of: toSecure, loop: secure.loop)
        #expect(error != nil)
    }

    @Test("who is not there, and a name that is none, end with a reason")
    func unreachable() throws {
        let loop = try EventLoop()
        let listener = try TCPListener(
            loop: loop, address: SocketAddress(.loopbackIPv4, port: 0)
        ) { _ in }
        listener.close()
        let port = listener.address.port
        let nobody = WebSocketTarget(host: "127.0.0.1", port: port, security: nil)
        let noName = WebSocketTarget(
            host: "no\r\nname", port: port, security: nil,
            proxy: ProxyAddress(.http, host: "127.0.0.1", port: port))
        let noProxy = WebSocketTarget(
            host: "example.org", port: 443, security: nil,
            proxy: ProxyAddress(
                .socks5, host: "127.0.0.1", port: port,
                credentials: ProxyCredentials(
                    user: [1], password: SecretBytes([UInt8]("secret".utf8)))))

        #expect(
            try WebSocketWorld.failure(of: nobody, loop: loop)?.description
                == "cannot connect to 127.0.0.1:\(port): Connection refused")
        #expect(
            try WebSocketWorld.failure(of: noName, loop: loop)
                == .name("no\r\nname", reason: "not a host name"))
        #expect(
            try WebSocketWorld.failure(of: noProxy, loop: loop)?.description
                == "cannot connect to socks5://127.0.0.1:\(port): Connection refused")
    }

    @Test("a proxy stands between, with TLS inside", arguments: [false, true])
    func proxies(isSecure: Bool) throws {
        let world = try WebSocketWorld(isSecure: isSecure)
        let proxy = try RelayingProxy(to: world.server.address, loop: world.loop)

        let link = try world.open(
            proxy: ProxyAddress(.socks5, host: "127.0.0.1", port: proxy.address.port))
        _ = link.send(ByteStorage([1, 2]), 0..<2, segmentSize: 2, now: world.loop.now)
        try world.run { !world.receivedByServer.isEmpty }

        #expect(world.receivedByServer.map(\.bytes) == [[1, 2]])
        #expect(proxy.request.starts(with: [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1]))
    }

    @Test("a proxy that refuses is named, without its password")
    func refusingProxy() throws {
        let loop = try EventLoop()
        let server = try RawServer(
            loop: loop, answer: [UInt8]("HTTP/1.1 407 No\r\n\r\n".utf8), padding: [],
            isDripping: false)
        let proxy = try ProxyAddress(parsing: "http://user:secret@127.0.0.1:\(server.address.port)")
        let target = WebSocketTarget(host: "example.org", port: 443, security: nil, proxy: proxy)

        let error = try WebSocketWorld.failure(of: target, loop: loop)

        #expect(
            error?.description == "http://127.0.0.1:\(server.address.port): "
                + "the proxy does not take this user and password")
    }
}
