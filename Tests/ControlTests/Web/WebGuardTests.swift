import Forwarding
import SRMUDP
import Testing

@testable import Control

@Suite struct WebGuardTests {
    private static func options() -> WebOptions {
        var options = WebOptions(listen: SocketAddress(.loopbackIPv4, port: 17_017))
        options.hosts = ["node.example", "2001:db8::1"]
        options.origins = ["https://app.example"]
        return options
    }

    /// What the guard says: the foreign site, `refused`, or an empty text.
    private static func verdict(
        host: String?, _ fields: KeyValuePairs<String, String> = [:], local: String = "127.0.0.1",
        isSecure: Bool = false
    ) throws -> String {
        var all = HTTPFields(fields)
        if let host { all.append("Host", host) }
        let client = HTTPClient(
            peer: SocketAddress(.loopbackIPv4, port: 5),
            local: SocketAddress(try #require(IPAddress(local)), port: 17_017), isSecure: isSecure)
        do throws(WebGuard.Refusal) {
            let head = HTTPRequestHead(method: "GET", target: "/", fields: all)
            return try WebGuard(options()).check(head, from: client) ?? ""
        } catch {
            return "\(error.response.status)"
        }
    }

    @Test(
        "row 45: names of ours and the address connected to are let in, with any port",
        arguments: [
            ("localhost", ""), ("LOCALHOST:8080", ""), ("127.0.0.1:17017", ""),
            ("node.example:", ""), ("Node.Example:1", ""), ("[2001:db8::1]:5", ""),
            ("evil.example", "421"), ("localhost.evil.example", "421"), ("localhost.", "421"),
            ("127.0.0.2", "421"), ("127.1", "421"), ("2130706433", "421"), ("[::1]", "421"),
            ("[127.0.0.1]", "421"), ("[::ffff:127.0.0.1]", "421"), ("0.0.0.0", "421"),
            ("localhost:x", "421"), ("localhost:99999", "421"), (":17017", "421"),
            ("[localhost]", "421"), ("[::1]x", "421"), ("", "421"),
        ])
    func hosts(host: String, verdict: String) throws {
        #expect(try Self.verdict(host: host) == verdict)
    }

    @Test("an IPv6 address connected to is a name, in any spelling")
    func ipv6() throws {
        #expect(try Self.verdict(host: "[::1]:17017", local: "::1") == "")
        #expect(try Self.verdict(host: "[0:0::1]", local: "::1") == "")
        #expect(try Self.verdict(host: "127.0.0.1", local: "::1") == "421")
        #expect(try Self.verdict(host: nil) == "400")
    }

    @Test(
        "row 45: sites other than this one and the listed ones are refused",
        arguments: [
            ("http://localhost:17017", ""), ("http://127.0.0.1:17017", ""),
            ("http://node.example:17017", ""), ("https://app.example", "https://app.example"),
            ("HTTPS://APP.example", "https://app.example"),
            ("https://evil.example", "403"), ("null", "403"), ("", "403"),
            ("http://localhost", "403"), ("http://localhost:3000", "403"),
            ("https://localhost:17017", "403"), ("https://app.example:444", "403"),
            ("http://app.example", "403"), ("http://localhost:17017.evil.example", "403"),
            ("http://localhost:17017/", "403"), ("file://", "403"),
        ])
    func origins(origin: String, verdict: String) throws {
        #expect(try Self.verdict(host: "localhost:17017", ["Origin": origin]) == verdict)
    }

    @Test("behind a port that is passed on, a page is still one of this server")
    func passedOn() throws {
        let origin = "http://localhost:8080"
        #expect(try Self.verdict(host: "localhost:8080", ["Origin": origin]) == "")
        #expect(try Self.verdict(host: "localhost:17017", ["Origin": origin]) == "403")
        #expect(
            try Self.verdict(
                host: "node.example", ["Origin": "https://node.example"], isSecure: true) == "")
        #expect(
            try Self.verdict(
                host: "node.example", ["Origin": "http://node.example"], isSecure: true) == "403")
    }

    @Test("two sites are none")
    func twoOrigins() throws {
        let fields: KeyValuePairs = [
            "Origin": "https://app.example", "origin": "https://app.example",
        ]
        #expect(try Self.verdict(host: "localhost", fields) == "403")
    }

    @Test("what a browser says of pages of other sites is heeded where there is no Origin")
    func fetchSite() throws {
        let site = { (site: String, mode: String) in
            try Self.verdict(
                host: "localhost", ["Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode])
        }
        #expect(try site("cross-site", "no-cors") == "403")
        #expect(try site("cross-site", "navigate") == "403")
        #expect(try site("same-site", "no-cors") == "403")
        #expect(try site("same-site", "navigate") == "")
        #expect(try site("same-origin", "cors") == "")
        #expect(try site("none", "navigate") == "")
        let listed: KeyValuePairs = [
            "Origin": "https://app.example", "Sec-Fetch-Site": "cross-site",
        ]
        #expect(try Self.verdict(host: "localhost", listed) == "https://app.example")
    }
}
