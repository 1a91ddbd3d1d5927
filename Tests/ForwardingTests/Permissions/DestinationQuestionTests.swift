import SRMUDP
import Testing

@testable import Forwarding

@Suite struct DestinationQuestionTests {
    @Test(
        "the rules of an answer for good permit what was asked, and nothing else",
        arguments: [
            ("localhost", ["127.0.0.1", "::1"], true, ["localhost:80"]),
            ("printer.lan", ["10.0.0.5"], false, ["printer.lan:80"]),
            ("printer.lan", ["10.0.0.5"], true, ["printer.lan:80"]),
            ("10.0.0.5", ["10.0.0.5"], false, ["10.0.0.5:80"]),
            ("::1", ["::1"], true, ["[::1]:80"]),
            ("rebound.lan", ["127.0.0.1"], true, ["127.0.0.1:80"]),
            ("rebound.lan", ["127.0.0.1"], false, ["rebound.lan:80"]),
            (
                "*.example.org", ["192.0.2.1", "2001:db8::1"], false,
                [
                    "192.0.2.1:80", "[2001:db8::1]:80",
                ]
            ),
            ("*", ["192.0.2.1"], false, ["192.0.2.1:80"]),
            ("a,any", ["192.0.2.1"], false, ["192.0.2.1:80"]),
            ("10.0.0.0/8", ["192.0.2.1"], false, ["192.0.2.1:80"]),
        ] as [(String, [String], Bool, [String])])
    func rules(host: String, addresses: [String], isDynamic: Bool, expected: [String]) throws {
        let question = DestinationQuestion(
            peer: "laptop", target: try #require(HostPort(host: host, port: 80)),
            addresses: addresses.compactMap { IPAddress($0) }, isDynamic: isDynamic)

        #expect(question.rules == expected)

        let policy = try AccessPolicy(parsing: question.rules)
        for address in question.addresses {
            let isPermitted = policy.permits(
                requestedHost: host, address: address, port: 80, isDynamic: isDynamic)
            #expect(isPermitted)
        }
    }
}
