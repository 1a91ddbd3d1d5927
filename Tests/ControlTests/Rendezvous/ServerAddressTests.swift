import SRMUDP
import Testing

@testable import Control

@Suite struct ServerAddressTests {
    private static let id = NodeID(MessageSamples.key)

    @Test("addresses are read and written in one way")
    func canonical() throws {
        let texts = [
            ("rv.example:7070", "rv.example:7070"),
            ("RV.Example:7070#\(Self.id)", "rv.example:7070#\(Self.id)"),
            ("192.0.2.1:1", "192.0.2.1:1"),
            ("[2001:DB8::1]:65535", "[2001:db8::1]:65535"),
            ("localhost:7070", "localhost:7070"),
            ("wss://rv.example", "wss://rv.example"),
            ("wss://rv.example/", "wss://rv.example"),
            ("wss://rv.example:443", "wss://rv.example"),
            ("WSS://rv.example:8443#\(Self.id)", "wss://rv.example:8443#\(Self.id)"),
            ("ws://[::1]:80", "ws://[::1]"),
            ("ws://127.0.0.1:8080", "ws://127.0.0.1:8080"),
        ]
        for (text, written) in texts {
            let address = try ServerAddress(text)
            #expect(address.description == written)
            #expect(try ServerAddress(written) == address)
        }
    }

    @Test("the parts of an address")
    func parts() throws {
        let address = try ServerAddress("wss://rv.example#\(Self.id)")

        #expect(address.transport == .secureWebSocket)
        #expect(address.host == "rv.example")
        #expect(address.port == 443)
        #expect(address.publicKey == MessageSamples.key)
        #expect(address.place == "wss://rv.example")
        #expect(try ServerAddress("[::1]:7").host == "::1")
        #expect(try ServerAddress("wss://rv.example").pinned(to: MessageSamples.key) == address)
    }

    static let mistakes: [(String, ServerAddressError)] = [
        ("", .empty),
        ("rv.example", .noPort),
        ("rv.example:", .badPort("")),
        ("rv.example:0", .badPort("0")),
        ("rv.example:65536", .badPort("65536")),
        ("rv.example:080", .badPort("080")),
        ("rv.example:+80", .badPort("+80")),
        ("rv.example:99999999999999999999", .badPort("99999999999999999999")),
        (":7070", .badHost("")),
        ("rv example:7070", .badHost("rv example")),
        ("rv..example:7070", .badHost("rv..example")),
        ("-rv.example:7070", .badHost("-rv.example")),
        ("rv\u{0}:7070", .badHost("rv\u{0}")),
        ("1.2.3.256:7070", .badHost("1.2.3.256")),
        ("127.1:7070", .badHost("127.1")),
        ("user@rv.example:7070", .badHost("user@rv.example")),
        ("2001:db8::1:7070", .bracketsMissing("2001:db8::1:7070")),
        ("[2001:db8::1:7070", .badHost("[2001:db8::1:7070")),
        ("[192.0.2.1]:7070", .badHost("[192.0.2.1]:7070")),
        ("[::1]7070", .badHost("[::1]7070")),
        ("http://rv.example", .unknownScheme("http")),
        ("://rv.example", .unknownScheme("")),
        ("wss://rv.example/path", .path("/path")),
        ("rv.example:7070/", .path("/")),
        ("rv.example:7070#", .badID("")),
        ("rv.example:7070#p2p1aaaa", .badID("p2p1aaaa")),
    ]

    @Test("a mistake is named", arguments: mistakes)
    func mistake(text: String, expected: ServerAddressError) {
        #expect(throws: expected) { try ServerAddress(text) }
        #expect(!expected.description.contains("\u{0}"))
        #expect(expected.hint != nil)
    }

    @Test("a host has 253 bytes, and each label 63")
    func lengths() {
        let label = String(repeating: "a", count: 63)
        let longest = [label, label, label, String(repeating: "b", count: 61)]
            .joined(separator: ".")

        #expect(throws: Never.self) { try ServerAddress("\(longest):1") }
        #expect(throws: ServerAddressError.self) { try ServerAddress("\(longest)b:1") }
        #expect(throws: ServerAddressError.self) { try ServerAddress("\(label)a:1") }
    }
}
