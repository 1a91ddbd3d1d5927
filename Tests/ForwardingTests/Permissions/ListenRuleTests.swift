import Testing

@testable import Forwarding

@Suite struct ListenRuleTests {
    private func place(_ text: String) throws -> ListenRequest.Place {
        if text.hasPrefix("/") { return .socket(try #require(SocketPath(text))) }
        let colon = try #require(text.lastIndex(of: ":"))
        let port = try #require(UInt16(text[text.index(after: colon)...]))
        return .tcp(host: String(text[..<colon]), port: port)
    }

    @Test(
        "a rule permits the places that it names and no others",
        arguments: [
            ("8080", "localhost:8080", true), ("8080", ":8080", true),
            ("8080", "192.0.2.1:8080", true), ("8080", "localhost:8081", false),
            ("8080", "localhost:0", false), ("8000-8010", "localhost:8010", true),
            ("8000-8010", "localhost:8011", false), ("*", "localhost:0", true),
            ("*", "localhost:22", true), ("*", "/run/a.sock", false),
            ("localhost:8080", "localhost:8080", true), ("localhost:8080", "127.0.0.1:8080", true),
            ("localhost:8080", "::1:8080", true), ("localhost:8080", ":8080", false),
            ("localhost:*", "localhost:0", true), ("*:8080", ":8080", true),
            ("*:8080", "localhost:8080", false), ("192.0.2.1:80", "192.0.2.1:80", true),
            ("192.0.2.1:80", "192.0.2.2:80", false), ("[::1]:80", "::1:80", true),
            ("[::1]:80", "0:0:0:0:0:0:0:1:80", true), ("lan.example:80", "LAN.example:80", true),
            ("/run/a.sock", "/run/a.sock", true), ("/run/a.sock", "/run/b.sock", false),
            ("/run/app/*", "/run/app/x", true), ("/run/app/*", "/run/app/x/y", false),
            ("/run/app/*", "/run/app/../x", false), ("/run/app/*", "/run/app/..", false),
            ("/run/app/*", "/run/apple", false), ("/run/app/*", "localhost:80", false),
        ])
    func permits(rule: String, asked: String, expected: Bool) throws {
        let rule = try #require(ListenRule(rule))

        #expect(rule.permits(try place(asked)) == expected)
    }

    @Test(
        "what is no rule is refused",
        arguments: [
            "", "x", "0", "70000", "8010-8000", "1-2-3", "::1:80", "[::1:80", "[x]:80", "a b:80",
            "h:", "h:0", "a,b:80", "+5", "/run/a\u{7}b",
        ])
    func refused(text: String) {
        #expect(ListenRule(text) == nil)
    }

    @Test(
        "a rule is written as it is read",
        arguments: [
            "8080", "8000-8010", "*", "*:80", "localhost:*", "[::1]:80", "/run/a.sock", "/run/*",
        ])
    func description(text: String) throws {
        #expect("\(try #require(ListenRule(text)))" == text)
    }
}
