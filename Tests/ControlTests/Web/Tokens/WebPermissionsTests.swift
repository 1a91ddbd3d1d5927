import Forwarding
import SRMUDP
import Testing

@testable import Control

@Suite("WebPermissions")
struct WebPermissionsTests {
    private static func permissions(_ text: String) throws -> WebPermissions {
        try WebPermissions(ControlParameters(try JSONParser.parse(text)))
    }

    private static func permits(
        _ permissions: WebPermissions, _ host: String, _ address: String, _ port: UInt16
    ) throws -> Bool {
        permissions.permitsLink(to: host, try #require(IPAddress(address)), port: port)
    }

    @Test("by itself a token is good for links to anywhere and for nothing else")
    func defaults() throws {
        let permissions = try Self.permissions("{}")

        #expect(try Self.permits(permissions, "example.org", "192.0.2.7", 9))
        #expect(try !permissions.permitsFlow(to: target("localhost", 80), of: "homebox"))
        #expect(!permissions.permitsFlows(of: "homebox"))
        #expect(!permissions.permitsMethod("node.info") && !permissions.mayReadMetrics)
    }

    @Test("links are judged by name and address as --permit judges")
    func links() throws {
        let permissions = try Self.permissions(
            #"{"links":["192.0.2.0/24:5000-5010","peer.example:*","[2001:db8::1]:7"]}"#)

        #expect(try Self.permits(permissions, "192.0.2.9", "192.0.2.9", 5000))
        #expect(try Self.permits(permissions, "any.example", "192.0.2.9", 5010))
        #expect(try !Self.permits(permissions, "192.0.2.9", "192.0.2.9", 5011))
        #expect(try Self.permits(permissions, "Peer.Example.", "198.51.100.1", 1))
        #expect(try !Self.permits(permissions, "other.example", "198.51.100.1", 1))
        #expect(try Self.permits(permissions, "2001:db8::1", "2001:db8::1", 7))
        #expect(!permissions.couldPermitLink(to: "198.51.100.1", port: 5000))
        #expect(permissions.couldPermitLink(to: "any.example", port: 5000))
    }

    @Test("an empty list of links permits none")
    func noLinks() throws {
        for text in [#"{"links":[]}"#, #"{"links":["none"]}"#] {
            let permissions = try Self.permissions(text)
            #expect(try !Self.permits(permissions, "192.0.2.9", "192.0.2.9", 5000))
        }
    }

    @Test(
        "what a peer will resolve is judged by its text",
        arguments: [
            ("localhost:80", "localhost", 80, true), ("localhost:80", "LOCALHOST.", 80, true),
            ("localhost:80", "127.0.0.1", 80, true), ("localhost:80", "::1", 80, true),
            ("localhost:80", "localhost", 81, false), ("localhost:80", "db", 80, false),
            ("10.0.0.0/8:*", "10.1.2.3", 5432, true), ("10.0.0.0/8:*", "11.1.2.3", 5432, false),
            ("10.0.0.0/8:*", "::ffff:10.1.2.3", 1, true),
            ("10.0.0.0/8:*", "db.internal", 5432, false),
            ("db.internal:5432", "DB.internal", 5432, true),
            ("*.internal:*", "db.internal", 1, true), ("*.internal:*", "internal", 1, false),
            ("*.internal:*", ".internal", 1, false), ("any", "anything", 1, true),
            ("any", "0.0.0.0", 1, false), ("*:22", "host", 22, true), ("*:22", "host", 23, false),
        ] as [(String, String, UInt16, Bool)])
    func flows(rule: String, host: String, port: UInt16, isPermitted: Bool) throws {
        let permissions = try Self.permissions(#"{"peers":{"homebox":["\#(rule)"]}}"#)

        #expect(
            try permissions.permitsFlow(to: target(host, port), of: "homebox") == isPermitted)
        #expect(try !permissions.permitsFlow(to: target(host, port), of: "other"))
        #expect(permissions.permitsFlows(of: "homebox") && !permissions.permitsFlows(of: "other"))
    }

    @Test("a path is permitted only by a rule that names it")
    func paths() throws {
        let permissions = try Self.permissions(
            #"{"peers":{"homebox":["/run/x*.sock"],"other":["any"]}}"#)
        let path = try #require(SocketPath("/run/x1.sock"))

        #expect(permissions.permitsFlow(to: path, of: "homebox"))
        #expect(!permissions.permitsFlow(to: path, of: "other"))
    }

    @Test("methods are permitted by patterns")
    func methods() throws {
        let permissions = try Self.permissions(
            #"{"methods":["path.*","node.info","*._ping","!path.speedtest"]}"#)

        for name in ["path.ping", "node.info", "homebox._ping"] {
            #expect(permissions.permitsMethod(name))
        }
        for name in ["path.speedtest", "node.status", "_ping", "", "path"] {
            #expect(!permissions.permitsMethod(name))
        }
    }

    @Test("what certificates may call by themselves are methods that there are")
    func certificates() throws {
        for pattern in WebMethods.defaultForCertificates { try WebMethods.check(pattern) }
    }

    private func target(_ host: String, _ port: UInt16) throws -> HostPort {
        try #require(HostPort(host: host, port: port))
    }
}
