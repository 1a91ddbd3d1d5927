import SRMUDP
import Testing

@testable import Forwarding

@Suite struct ProxyNegotiationTests {
    private static var credentials: ProxyCredentials {
        ProxyCredentials(
            user: [UInt8]("user".utf8), password: SecretBytes([UInt8]("secret".utf8)))
    }

    private static func negotiation(
        _ kind: ProxyAddress.Kind, host: String = "example.org", withCredentials: Bool = false
    ) -> ProxyNegotiation {
        let proxy = ProxyAddress(
            kind, host: "proxy", port: 1, credentials: withCredentials ? credentials : nil)
        return ProxyNegotiation(through: proxy, host: host, port: 443)
    }

    /// Feeds `bytes` one by one; returns what was sent meanwhile.
    private static func feed(
        _ negotiation: inout ProxyNegotiation, _ bytes: [UInt8]
    ) throws(ProxyError) -> [UInt8] {
        var queue = ByteQueue()
        var sent: [UInt8] = []
        for byte in bytes {
            queue.append([byte])
            sent += try negotiation.receive(&queue)
        }
        return sent
    }

    private static func error(
        _ negotiation: ProxyNegotiation, _ bytes: [UInt8]
    ) -> ProxyError? {
        var negotiation = negotiation
        do throws(ProxyError) {
            _ = try feed(&negotiation, bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test("CONNECT is asked for and granted, whatever the answer says of a body")
    func connect() throws {
        var negotiation = Self.negotiation(.http, host: "::1")
        let start = String(decoding: negotiation.start(), as: UTF8.self)
        let answer = "HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n"

        #expect(start == "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n")
        let sent = try Self.feed(&negotiation, [UInt8](answer.utf8))
        #expect(sent.isEmpty)
        #expect(negotiation.isDone)
    }

    @Test("what follows the proxy's answer is left for the target's protocol")
    func rest() throws {
        var queue = ByteQueue()
        queue.append([UInt8]("HTTP/1.0 200 OK\r\n\r\nrest".utf8))
        var http = Self.negotiation(.http)
        _ = try http.receive(&queue)

        let rest = queue.take(queue.count)
        #expect(http.isDone)
        #expect(rest == [UInt8]("rest".utf8))
        var socks = Self.negotiation(.socks5)
        queue.append([5, 0, 5, 0, 0, 1, 1, 2, 3, 4, 0, 9, 7, 7])
        _ = try socks.receive(&queue)
        let socksRest = queue.take(queue.count)
        #expect(socks.isDone)
        #expect(socksRest == [7, 7])
    }

    @Test("user and password go to an HTTP proxy in the Basic scheme (RFC 7617)")
    func basic() {
        let negotiation = Self.negotiation(.http, withCredentials: true)

        let start = String(decoding: negotiation.start(), as: UTF8.self)

        #expect(start.contains("\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n"))
    }

    @Test("an HTTP proxy that refuses is quoted")
    func refusedByHTTP() {
        let forbidden = [UInt8]("HTTP/1.1 403 No Way\r\n\r\n".utf8)
        let wanted = [UInt8]("HTTP/1.1 407 Authentication\r\n\r\n".utf8)
        let error = Self.error(Self.negotiation(.http), forbidden)

        #expect(error?.description == "the proxy answered 403 No Way")
        #expect(Self.error(Self.negotiation(.http), wanted) == .credentialsNeeded)
        #expect(
            Self.error(Self.negotiation(.http, withCredentials: true), wanted)
                == .credentialsRefused)
        let escape = [UInt8]("HTTP/1.1 403 No\u{1b}Way\r\n\r\n".utf8)
        #expect(Self.error(Self.negotiation(.http), escape) == .malformedAnswer)
        #expect(Self.error(Self.negotiation(.http), [5, 0xff, 0x0a]) == .malformedAnswer)
    }

    @Test(
        "SOCKS5 asks by name, or by address where there is one",
        arguments: [
            ("example.org", [UInt8]([3, 11]) + "example.org".utf8), ("1.2.3.4", [1, 1, 2, 3, 4]),
            ("::1", [4] + [UInt8](repeating: 0, count: 15) + [1]),
        ])
    func socks(host: String, address: [UInt8]) throws {
        var negotiation = Self.negotiation(.socks5, host: host)

        #expect(negotiation.start() == [5, 1, 0])
        let request = try Self.feed(&negotiation, [5, 0])
        #expect(request == [5, 1, 0] + address + [1, 0xbb])
        #expect(!negotiation.isDone)
        let rest = try Self.feed(&negotiation, [5, 0, 0, 3, 2, 0x61, 0x62, 0, 80])
        #expect(rest.isEmpty)
        #expect(negotiation.isDone)
    }

    @Test("user and password go to a SOCKS5 proxy that asks for them (RFC 1929)")
    func password() throws {
        var negotiation = Self.negotiation(.socks5, withCredentials: true)

        #expect(negotiation.start() == [5, 2, 0, 2])
        let pair = try Self.feed(&negotiation, [5, 2])
        #expect(pair == [1, 4] + "user".utf8 + [6] + "secret".utf8)
        let request = try Self.feed(&negotiation, [1, 0])
        #expect(request.starts(with: [5, 1, 0, 3]))
    }

    @Test("a SOCKS5 proxy that refuses is told by its reason")
    func refusedBySOCKS() {
        let plain = Self.negotiation(.socks5)
        let secret = Self.negotiation(.socks5, withCredentials: true)

        #expect(Self.error(plain, [5, 0xff]) == .credentialsNeeded)
        #expect(Self.error(secret, [5, 0xff]) == .credentialsRefused)
        #expect(Self.error(secret, [5, 2, 1, 1]) == .credentialsRefused)
        #expect(Self.error(plain, [5, 2]) == .malformedAnswer)
        #expect(Self.error(plain, [4, 0]) == .malformedAnswer)
        #expect(Self.error(plain, [5, 0, 5, 0, 0, 2, 0]) == .malformedAnswer)
        #expect(Self.error(plain, [5, 0, 4]) == .malformedAnswer)
        let refused = Self.error(plain, [5, 0, 5, 5])
        #expect(refused?.description == "the proxy answered: connection refused")
        #expect(Self.error(plain, [UInt8]("HTTP/1.1 400 Bad\r\n".utf8)) == .malformedAnswer)
    }
}
