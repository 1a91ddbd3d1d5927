import SRMUDP
import Testing

@testable import Forwarding

@Suite struct ClosedRangesTests {
    @Test("what a machine says to itself, its link or its cloud is closed")
    func everyRangeIsRead() {
        #expect(ClosedRanges.all.count == 11)
    }

    @Test(
        "a proxy's client reaches a closed address only by a rule that names it",
        arguments: [
            ("any", "127.0.0.1", "127.0.0.1", false),
            ("any", "localhost", "127.0.0.1", false), ("any", "localhost", "::1", false),
            ("*:80", "localhost", "::1", false), ("0.0.0.0/0:*", "127.0.0.1", "127.0.0.1", false),
            ("[::/0]:*", "::1", "::1", false), ("112.0.0.0/4:*", "127.0.0.1", "127.0.0.1", false),
            ("localhost:80", "localhost", "127.0.0.1", true),
            ("localhost:80", "127.0.0.1", "127.0.0.1", true),
            ("localhost:80", "rebound.example", "127.0.0.1", true),
            ("localhost:81", "127.0.0.1", "127.0.0.1", false),
            ("rebound.example:80", "rebound.example", "127.0.0.1", false),
            ("*.example:80", "rebound.example", "169.254.169.254", false),
            ("127.0.0.0/8:*", "127.0.0.9", "127.0.0.9", true),
            ("127.0.0.9:80", "127.0.0.9", "127.0.0.9", true),
            ("any", "169.254.169.254", "169.254.169.254", false),
            ("169.254.169.254:80", "169.254.169.254", "169.254.169.254", true),
            ("any", "metadata.example", "169.254.169.254", false),
            ("any", "::ffff:169.254.169.254", "::ffff:169.254.169.254", false),
            ("any", "64:ff9b::a9fe:a9fe", "64:ff9b::a9fe:a9fe", false),
            ("any", "64:ff9b::7f00:1", "64:ff9b::7f00:1", false),
            ("any", "fe80::1", "fe80::1", false), ("[fe80::/10]:*", "fe80::1", "fe80::1", true),
            ("any", "fd00:ec2::254", "fd00:ec2::254", false),
            ("[fd00::/8]:*", "fd00:ec2::254", "fd00:ec2::254", false),
            ("any", "100.100.100.200", "100.100.100.200", false),
            ("100.64.0.0/10:*", "100.100.100.200", "100.100.100.200", false),
            ("any", "168.63.129.16", "168.63.129.16", false), ("any", "0.1.2.3", "0.1.2.3", false),
            ("any", "10.0.0.5", "10.0.0.5", true), ("any", "192.0.2.1", "192.0.2.1", true),
            ("any", "fd00::5", "fd00::5", true), ("any", "64:ff9b::c000:201", "192.0.2.1", true),
            ("any", "example.org", "192.0.2.1", true), ("any", "h", "224.0.0.1", false),
        ])
    func dynamic(rule: String, host: String, address: String, expected: Bool) throws {
        let policy = try AccessPolicy(parsing: [rule])
        let address = try #require(IPAddress(address))

        let permitted = policy.permits(
            requestedHost: host, address: address, port: 80, isDynamic: true)

        #expect(permitted == expected)
    }

    @Test("what the user named himself is not closed", arguments: ["127.0.0.1", "169.254.169.254"])
    func named(host: String) throws {
        let policy = try AccessPolicy(parsing: ["any"])
        let address = try #require(IPAddress(host))

        #expect(policy.permits(requestedHost: host, address: address, port: 80))
        #expect(policy.couldPermit(requestedHost: host, port: 80))
        #expect(!policy.couldPermit(requestedHost: host, port: 80, isDynamic: true))
    }
}
