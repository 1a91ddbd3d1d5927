import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite("WebSocket handshake") struct WebSocketHandshakeTests {
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="

    /// The request of RFC 6455 section 1.3, with fields changed; nil takes one out.
    private static func request(
        method: String = "GET", minorVersion: Int = 1, _ changes: [(String, String?)] = [],
        added: KeyValuePairs<String, String> = [:]
    ) -> HTTPRequestHead {
        let standard = [
            ("Host", "server.example.com"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", key), ("Origin", "http://example.com"),
            ("Sec-WebSocket-Protocol", "chat, superchat"), ("Sec-WebSocket-Version", "13"),
        ]
        var fields = HTTPFields()
        for (name, value) in standard {
            if let change = changes.first(where: { $0.0 == name }) {
                if let value = change.1 { fields.append(name, value) }
            } else {
                fields.append(name, value)
            }
        }
        for (name, value) in added { fields.append(name, value) }
        return HTTPRequestHead(
            method: method, target: "/chat", minorVersion: minorVersion, fields: fields)
    }

    private static func refusal(_ request: HTTPRequestHead) -> WebSocketRefusal? {
        do throws(WebSocketRefusal) {
            _ = try WebSocketRequest(request)
            return nil
        } catch {
            return error
        }
    }

    @Test("RFC 6455 section 1.3")
    func published() throws {
        let request = try WebSocketRequest(Self.request())

        let response = request.response(subprotocol: "chat")

        #expect(response.status == 101)
        #expect(response.fields["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(response.fields["Sec-WebSocket-Protocol"] == "chat")
        #expect(request.protocols == ["chat", "superchat"])
        #expect(request.origin == "http://example.com")
        #expect(request.host == "server.example.com")
    }

    @Test("row 44: what is no opening handshake is refused with its status, never with 101")
    func refusals() {
        typealias Case = (HTTPRequestHead, WebSocketRefusal, Int)
        let cases: [Case] = [
            (Self.request([("Sec-WebSocket-Key", nil)]), .key, 400),
            (Self.request([("Sec-WebSocket-Key", "dGhl")]), .key, 400),
            (Self.request([("Sec-WebSocket-Key", String(repeating: "A", count: 24))]), .key, 400),
            (Self.request(added: ["sec-websocket-key": Self.key]), .key, 400),
            (Self.request([("Sec-WebSocket-Version", "8")]), .version, 426),
            (Self.request([("Sec-WebSocket-Version", nil)]), .versionMissing, 400),
            (Self.request(added: ["Sec-WebSocket-Version": "13"]), .versionMissing, 400),
            (Self.request(method: "POST"), .method, 405),
            (Self.request(minorVersion: 0), .httpVersion, 400),
            (Self.request([("Upgrade", nil)]), .noUpgrade, 426),
            (Self.request([("Upgrade", "h2c")]), .noUpgrade, 426),
            (Self.request([("Connection", "close")]), .noConnectionUpgrade, 400),
            (Self.request(added: ["Content-Length": "1"]), .body, 400),
            (Self.request(added: ["Transfer-Encoding": "chunked"]), .body, 400),
            (Self.request([("Sec-WebSocket-Protocol", "chat, chat")]), .protocols, 400),
            (Self.request([("Sec-WebSocket-Protocol", "a b")]), .protocols, 400),
            (Self.request(added: ["Sec-WebSocket-Extensions": "a; b="]), .extensions, 400),
        ]
        for (request, expected, status) in cases {
            let refusal = Self.refusal(request)

            #expect(refusal == expected)
            #expect(refusal?.status == status)
            let response = String(decoding: refusal?.response ?? [], as: UTF8.self)
            #expect(response.hasPrefix("HTTP/1.1 \(status) "))
            #expect(
                response.contains("\r\nSec-WebSocket-Version: 13\r\n") == (status == 426),
                "\(response)")
        }
        #expect(Self.refusal(Self.request(added: ["Content-Length": "0"])) == nil)
        var noHost = HTTPHeadReader()
        let text = [UInt8]("GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n".utf8)
        _ = try? noHost.receive(text.span.bytes)
        #expect(throws: HTTPHeadError.missingHost) { try noHost.request() }
    }

    @Test("tokens are found in any case and in any list")
    func tokens() {
        let changes = [("Upgrade", "WebSocket"), ("Connection", "keep-alive, upgrade")]

        #expect(Self.refusal(Self.request(changes)) == nil)
    }

    private static func opening(_ protocols: [String] = []) -> WebSocketOpening {
        WebSocketOpening(
            host: "example.org", target: "/v0/relay", protocols: protocols,
            random: SeededRandomSource(seed: 1))
    }

    private static func reaction(
        _ opening: WebSocketOpening, to response: HTTPResponseHead
    ) -> WebSocketOpeningError? {
        do throws(WebSocketOpeningError) {
            _ = try opening.check(response)
            return nil
        } catch {
            return error
        }
    }

    @Test("our client and our server understand each other")
    func both() throws {
        let opening = Self.opening(["a", "b"])
        var reader = HTTPHeadReader()
        _ = try reader.receive(opening.request.encoded.span.bytes)

        let request = try WebSocketRequest(try reader.request())

        let chosen = try opening.check(request.response(subprotocol: "b"))
        #expect(chosen == WebSocketOpening.Choice(subprotocol: "b"))
        #expect(try opening.check(request.response()) == WebSocketOpening.Choice())
    }

    @Test("a client that offers compression and a server that grants it agree")
    func compression() throws {
        let settings = CompressionSettings()
        let opening = WebSocketOpening(
            host: "example.org", target: "/", compression: settings,
            random: SeededRandomSource(seed: 1))
        var reader = HTTPHeadReader()
        _ = try reader.receive(opening.request.encoded.span.bytes)
        let request = try WebSocketRequest(try reader.request())

        let agreement = try #require(DeflateAgreement(offers: request.extensions, settings))
        let granted = try opening.check(request.response(compression: agreement))
        let declined = try opening.check(request.response())

        #expect(granted.compression == agreement)
        #expect(declined.compression == nil)
    }

    @Test("an answer that a server must not give is not taken")
    func wrongAnswers() throws {
        let opening = Self.opening(["a"])
        let good = try WebSocketRequest(opening.request).response()
        func changed(_ name: String, _ value: String) -> HTTPResponseHead {
            var fields = HTTPFields()
            for field in good.fields.all where field.name != name {
                fields.append(field.name, field.value)
            }
            fields.append(name, value)
            return HTTPResponseHead(status: 101, fields: fields)
        }

        let stranger = WebSocketRequest.acceptance(of: Self.key)
        #expect(Self.reaction(opening, to: good) == nil)
        #expect(Self.reaction(opening, to: changed("Upgrade", "h2c")) == .otherProtocol)
        #expect(Self.reaction(opening, to: changed("Connection", "close")) == .otherProtocol)
        #expect(
            Self.reaction(opening, to: changed("Sec-WebSocket-Accept", stranger))
                == .wrongAcceptance)
        #expect(
            Self.reaction(opening, to: changed("Sec-WebSocket-Protocol", "b"))
                == .unexpectedProtocol)
        #expect(
            Self.reaction(opening, to: changed("Sec-WebSocket-Extensions", "permessage-deflate"))
                == .unexpectedExtension)
        #expect(
            Self.reaction(opening, to: changed("Sec-WebSocket-Extensions", "a; b="))
                == .unexpectedExtension)
    }

    @Test("what answered instead is told to the user, and nothing of it can forge a line")
    func descriptions() {
        let opening = Self.opening()
        let redirect = HTTPResponseHead(
            status: 302, reason: "Found", fields: HTTPFields(["Location": "file:///etc/passwd"]))
        let page = HTTPResponseHead(
            status: 200, reason: "O\u{1b}K", fields: HTTPFields(["Content-Type": "text/html"]))

        #expect(
            Self.reaction(opening, to: redirect)?.description
                == "the server redirects to file:///etc/passwd (302), which is not followed")
        #expect(
            Self.reaction(opening, to: page)?.description
                == "the server answered 200 O?K (text/html) and opened no WebSocket")
    }
}
