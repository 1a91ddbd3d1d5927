import Testing

@testable import Forwarding

@Suite struct PathPatternTests {
    @Test(
        "a pattern covers what it names",
        arguments: [
            ("/run/app.sock", "/run/app.sock"), ("/run/*", "/run/app.sock"),
            ("/run/*.sock", "/run/app.sock"), ("/run/a*p*", "/run/app.sock"),
            ("/*/app.sock", "/run/app.sock"), ("/run/*", "/run/*"),
        ])
    func matches(pattern: String, path: String) throws {
        #expect(try #require(PathPattern(pattern)).matches(path))
    }

    @Test(
        "and nothing else",
        arguments: [
            ("/run/app.sock", "/run/app.sock2"), ("/run/*", "/run/app/socket"), ("/run/*", "/run"),
            ("/run/*", "/run/../etc/socket"), ("/run/*", "/run/.."), ("/run/*", "run/x"),
            ("/run/*", "/run//x"), ("/run/*", "/run/"), ("/run/*/x", "/run/./x"),
            ("/run/*.sock", "/run/sock"), ("/run/a*b", "/run/ac"),
        ])
    func misses(pattern: String, path: String) throws {
        #expect(!(try #require(PathPattern(pattern)).matches(path)))
    }

    @Test(
        "a pattern is absolute and plain",
        arguments: ["", "run", "/run/", "/run/../x", "/./x", "//x", "/a\u{7}b"])
    func invalid(text: String) {
        #expect(PathPattern(text) == nil)
    }

    @Test("a hostile path costs no more than its length allows")
    func cost() throws {
        let pattern = try #require(PathPattern("/" + String(repeating: "a*", count: 50) + "b"))

        #expect(!pattern.matches("/" + String(repeating: "a", count: 100)))
    }

    @Test("a path is permitted by its own rule only, not by 'any'")
    func policy() throws {
        let path = try #require(SocketPath("/run/app.sock"))

        #expect(!(try AccessPolicy(parsing: ["any"])).permits(path))
        #expect(try AccessPolicy(parsing: ["/run/*", "localhost:80"]).permits(path))
        #expect(throws: AccessPolicyError.self) { try AccessPolicy(parsing: ["/run/../x"]) }
        #expect(throws: AccessPolicyError.self) { try AccessPolicy(parsing: ["/run/x", "none"]) }
        #expect("\(try AccessPolicy(parsing: ["/run/*"]))" == "/run/*")
    }
}
