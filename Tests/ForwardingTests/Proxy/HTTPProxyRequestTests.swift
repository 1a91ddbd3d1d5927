import Forwarding
import Testing

@Suite struct HTTPProxyRequestTests {
    private static func request(_ text: String) -> HTTPProxyRequest? {
        guard case .exchange(let request) = AdmissionTrial(text, pieceLength: 7).request else {
            return nil
        }
        return request
    }

    private static func head(_ request: HTTPProxyRequest?) -> String {
        String(decoding: request?.head ?? [], as: UTF8.self)
    }

    @Test("the URL becomes a path and its host the Host; what is for the proxy stays here")
    func rewriting() {
        let request = Self.request(
            "POST http://example.org:8080/a?b HTTP/1.1\r\nHost: other\r\nAccept: */*\r\n"
                + "Connection: keep-alive, X-Hop\r\nKeep-Alive: 5\r\nX-Hop: 1\r\nTE: trailers\r\n"
                + "Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic x\r\n"
                + "Content-Length: 3\r\nCookie: \u{e4}\r\n\r\n")

        #expect(
            Self.head(request)
                == "POST /a?b HTTP/1.1\r\nHost: example.org:8080\r\nAccept: */*\r\n"
                + "Content-Length: 3\r\nCookie: \u{e4}\r\n\r\n")
        #expect(request?.target == HostPort(host: "example.org", port: 8080))
        #expect(request?.body == .length(3))
        #expect(request?.isLast == false)
        #expect(request?.offersUpgrade == false)
    }

    @Test(
        "a path is made of every URL",
        arguments: [
            ("GET http://a HTTP/1.1", "GET / HTTP/1.1", "a:80"),
            ("GET HTTP://a?b=/c HTTP/1.1", "GET /?b=/c HTTP/1.1", "a:80"),
            ("OPTIONS http://a HTTP/1.1", "OPTIONS * HTTP/1.1", "a:80"),
            ("GET http://[::1]:81/x HTTP/1.1", "GET /x HTTP/1.1", "[::1]:81"),
        ])
    func paths(line: String, expected: String, target: String) {
        let request = Self.request("\(line)\r\nHost: a\r\n\r\n")

        #expect(Self.head(request).hasPrefix("\(expected)\r\nHost: "))
        #expect(request.map { "\($0.target)" } == target)
    }

    @Test(
        "what is no URL of a server that speaks HTTP is refused",
        arguments: [
            "/", "*", "https://a/", "ftp://a/", "http://", "http:///x", "http://u:p@a/",
            "http://a:0/", "http://a/#b", "http://::1/", "a:80",
        ])
    func refusals(url: String) {
        let trial = AdmissionTrial("GET \(url) HTTP/1.1\r\nHost: a\r\n\r\n")

        #expect(trial.refusalText.hasPrefix("HTTP/1.1 400 "))
    }

    @Test("no list of a stranger's can hide where the body ends")
    func smuggling() {
        let request = Self.request(
            "POST http://a/ HTTP/1.1\r\nHost: a\r\nConnection: content-length, host\r\n"
                + "Content-Length: 3\r\n\r\n")

        #expect(
            Self.head(request) == "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n")
    }

    @Test("an offer to upgrade is passed on")
    func upgrade() {
        let request = Self.request(
            "GET http://a/ HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n"
                + "Upgrade: websocket\r\n\r\n")

        #expect(request?.offersUpgrade == true)
        #expect(
            Self.head(request)
                == "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    }

    @Test("a client that will close has the server close, too")
    func last() {
        let closing = Self.request("GET http://a/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let old = Self.request("GET http://a/ HTTP/1.0\r\n\r\n")

        #expect(closing?.isLast == true)
        #expect(old?.isLast == true)
        #expect(Self.head(closing).hasSuffix("\r\nConnection: close\r\n\r\n"))
        #expect(Self.head(old) == "GET / HTTP/1.0\r\nHost: a\r\nConnection: close\r\n\r\n")
    }
}
