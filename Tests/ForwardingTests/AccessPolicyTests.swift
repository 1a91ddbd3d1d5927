import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct AccessPolicyTests {
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test("without rules nothing is permitted")
    func nothing() throws {
        for policy in [AccessPolicy.nothing, try AccessPolicy(parsing: ["none"])] {
            let permitted = policy.permits(
                requestedHost: "localhost", address: .loopbackIPv4, port: 80)
            #expect(!permitted)
            #expect(!policy.couldPermit(requestedHost: "localhost", port: 80))
        }
    }

    @Test(
        "a rule permits what it names and nothing else",
        arguments: [
            ("localhost:9000", "localhost", "127.0.0.1", 9000, true),
            ("localhost:9000", "localhost", "::1", 9000, true),
            ("localhost:9000", "127.0.0.1", "127.0.0.1", 9000, true),
            ("localhost:9000", "::1", "::1", 9000, true),
            ("LocalHost.:9000", "localhost", "::1", 9000, true),
            ("localhost:9000", "localhost", "127.0.0.1", 9001, false),
            ("localhost:9000", "localhost", "127.0.0.2", 9000, false),
            ("localhost:9000", "localhost", "192.0.2.1", 9000, false),
            ("localhost:9000", "::ffff:127.0.0.1", "::ffff:127.0.0.1", 9000, true),
            ("10.0.0.0/8:*", "10.1.2.3", "10.1.2.3", 1, true),
            ("10.0.0.0/8:*", "a.example", "10.255.255.255", 65535, true),
            ("10.0.0.0/8:*", "a.example", "::ffff:10.0.0.1", 80, true),
            ("10.0.0.0/8:*", "10.0.0.1", "11.0.0.0", 80, false),
            ("10.0.0.0/8:*", "10.0.0.1", "9.255.255.255", 80, false),
            ("10.0.0.7:22", "10.0.0.7", "10.0.0.7", 22, true),
            ("10.0.0.7:22", "10.0.0.7", "10.0.0.8", 22, false),
            ("[::1]:22", "::1", "::1", 22, true), ("[::1]:22", "::1", "127.0.0.1", 22, false),
            ("[fd00::/8]:*", "x", "fd12::1", 22, true),
            ("[fd00::/8]:*", "x", "fe80::1", 22, false),
            ("*.example.org:443", "a.example.org", "192.0.2.1", 443, true),
            ("*.example.org:443", "a.b.Example.ORG.", "192.0.2.1", 443, true),
            ("*.example.org:443", "example.org", "192.0.2.1", 443, false),
            ("*.example.org:443", "badexample.org", "192.0.2.1", 443, false),
            ("*.example.org:443", ".example.org", "192.0.2.1", 443, false),
            ("*.example.org:443", "a.example.org.evil", "192.0.2.1", 443, false),
            ("printer:631", "PRINTER", "192.168.1.9", 631, true),
            ("printer:631", "printer.lan", "192.168.1.9", 631, false),
            ("printer:631", "192.168.1.9", "192.168.1.9", 631, false),
            ("h:8000-8010", "h", "192.0.2.1", 8000, true),
            ("h:8000-8010", "h", "192.0.2.1", 8010, true),
            ("h:8000-8010", "h", "192.0.2.1", 7999, false),
            ("h:8000-8010", "h", "192.0.2.1", 8011, false),
            ("any", "h", "192.0.2.1", 1, true), ("*:443", "h", "192.0.2.1", 443, true),
            ("*:443", "h", "192.0.2.1", 444, false),
            ("any", "h", "192.0.2.1", 0, false), ("any", "0.0.0.0", "0.0.0.0", 80, false),
            ("any", "::", "::", 80, false), ("any", "h", "224.0.0.1", 80, false),
            ("any", "h", "ff02::1", 80, false), ("any", "h", "255.255.255.255", 80, false),
            ("0.0.0.0/0:*", "0.0.0.0", "0.0.0.0", 80, false),
        ] as [(String, String, String, UInt16, Bool)])
    func rules(rule: String, host: String, target: String, port: UInt16, expected: Bool) throws {
        let policy = try AccessPolicy(parsing: [rule])

        let permitted = policy.permits(
            requestedHost: host, address: try address(target), port: port)

        #expect(permitted == expected)
        if permitted { #expect(policy.couldPermit(requestedHost: host, port: port)) }
    }

    @Test("a name that no rule can match need not be resolved")
    func beforeResolution() throws {
        let policy = try AccessPolicy(parsing: ["printer:631", "*.example.org:443"])

        #expect(!policy.couldPermit(requestedHost: "other", port: 631))
        #expect(!policy.couldPermit(requestedHost: "printer", port: 632))
        #expect(!policy.couldPermit(requestedHost: "192.0.2.1", port: 631))
        #expect(policy.couldPermit(requestedHost: "x.example.org", port: 443))
        #expect(
            try AccessPolicy(parsing: ["10.0.0.0/8:*"]).couldPermit(
                requestedHost: "anything", port: 1))
    }

    @Test("host bits beyond the length are cleared with a warning")
    func hostBits() throws {
        var warnings: [String] = []
        let policy = try AccessPolicy(
            parsing: ["10.0.0.1/8:*", "[2001:db8::1/32]:80", "10.0.0.0/8:*"]
        ) { warnings.append($0) }

        #expect(policy.rules.map(\.description) == ["10.0.0.0/8:*", "[2001:db8::/32]:80"])
        #expect(
            warnings == [
                "10.0.0.1/8 has host bits set and is taken as 10.0.0.0/8",
                "2001:db8::1/32 has host bits set and is taken as 2001:db8::/32",
            ])
    }

    @Test(
        "a rule that could mean something else is refused",
        arguments: [
            ("", .missingPort), ("localhost", .missingPort), ("[::1]", .missingPort),
            ("localhost:", .badPort("")), ("localhost:0", .badPort("0")),
            ("localhost:65536", .badPort("65536")), ("localhost:80-", .badPort("80-")),
            ("localhost:90-80", .badPort("90-80")), ("localhost:1-2-3", .badPort("1-2-3")),
            ("localhost:+80", .badPort("+80")), ("localhost:http", .badPort("http")),
            ("::1:22", .unbracketedIPv6), ("2001:db8::/32:80", .unbracketedIPv6),
            ("10.0.0.0/33:*", .badPrefix("10.0.0.0/33")), ("10.0.0.0/:*", .badPrefix("10.0.0.0/")),
            ("10.0.0.0/-1:*", .badPrefix("10.0.0.0/-1")), ("10/8:*", .badPrefix("10/8")),
            ("10.0.0.0/99999999999999999999:*", .badPrefix("10.0.0.0/99999999999999999999")),
            ("[::/129]:*", .badPrefix("::/129")), ("a/b:80", .badPrefix("a/b")),
            ("127.1:80", .badHost("127.1")), ("0x7f000001:80", nil),
            ("999.0.0.1:80", .badHost("999.0.0.1")), ("[host]:80", .badHost("[host]")),
            ("-h:80", .badHost("-h")), ("a..b:80", .badHost("a..b")), (":80", .badHost("")),
            ("a b:80", .badHost("a b")), ("a*.example.org:80", .badHost("a*.example.org")),
            ("*.:80", .badHost("*.")), ("a\n:80", .badHost("a\n")),
        ] as [(String, AccessPolicyError.Reason?)])
    func refused(rule: String, reason: AccessPolicyError.Reason?) {
        do {
            _ = try AccessPolicy(parsing: [rule])
            #expect(reason == nil)
        } catch {
            #expect(error.reason == reason)
        }
    }

    @Test("'none' beside other rules is refused")
    func noneWithOthers() {
        #expect(throws: AccessPolicyError(text: "none", reason: .noneWithOthers)) {
            try AccessPolicy(parsing: ["localhost:80", "none"])
        }
    }

    @Test(
        "a rule's description is a rule that means the same",
        arguments: [
            "any", "*:80", "localhost:*", "10.0.0.0/8:1-2", "192.0.2.1:80", "[::1]:22",
            "[fd00::/8]:*", "*.example.org:443", "printer:631",
        ])
    func descriptions(rule: String) throws {
        let policy = try AccessPolicy(parsing: [rule])

        #expect(policy.rules.map(\.description) == [rule])
    }

    @Test("no text stops the parser, and what it takes is written back the same")
    func randomTexts() {
        let seed = SystemRandomSource().next()
        print("seed \(seed)")
        let random = SeededRandomSource(seed: seed)
        let pieces = [
            ":", ":", "[", "]", "/", "*", ".", "-", "80", "8", "localhost", "10.0.0.0", "fd00::",
            "a",
            "any", "65535",
        ]
        for _ in 0..<20_000 {
            let text = (0...random.next(below: 7)).map { _ in
                pieces[Int(random.next(below: UInt64(pieces.count)))]
            }.joined()
            do {
                let policy = try AccessPolicy(parsing: [text])
                let written =
                    policy.rules.map(\.description) + policy.paths.map(\.description)
                #expect(try AccessPolicy(parsing: written) == policy, "\(text)")
            } catch {
                continue
            }
        }
    }
}
