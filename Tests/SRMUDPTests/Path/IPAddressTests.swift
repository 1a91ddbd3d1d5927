import Testing

@testable import SRMUDP

@Suite("IPAddress")
struct IPAddressTests {
    @Test(
        "text is read and written canonically",
        arguments: [
            ("127.0.0.1", "127.0.0.1"), ("255.255.255.255", "255.255.255.255"), ("::", "::"),
            ("::1", "::1"), ("1::", "1::"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("::ffff:1.2.3.4", "1.2.3.4"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("0:0:0:0:0:0:0:1", "::1"), ("fe80::1%3", "fe80::1%3"), ("::2:3", "::2:3"),
        ])
    func canonical(text: String, expected: String) throws {
        let address = try #require(IPAddress(text))

        #expect(address.description == expected)
        #expect(IPAddress(address.description) == address)
        #expect(IPAddress(bytes: address.bytes)?.scoped(to: address.scope) == address)
    }

    @Test(
        "ambiguous or broken text is refused",
        arguments: [
            "", "127.1", "127.0.0.01", "0x7f.0.0.1", "1.2.3.4.5", "1.2.3", "256.1.1.1", "1.2.3.",
            " 1.2.3.4", "+1.2.3.4", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
            "1:2:3:4::5:6:7:8", "12345::", "g::", ":1::", "1::2:", "::1%", "::1%3", "1.2.3.4%1",
            "fe80::1%", "fe80::1%eth0", "fe80::1%0", "fe80::1%1%2", "1.2.3.4::", "::1.2.3.4:5",
            "[::1]", "1.2.3.99999999999999999999", "١.2.3.4", "::1.2.3",
        ])
    func refused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("addresses know their class")
    func classes() throws {
        func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

        #expect(try address("127.9.9.9").isLoopback && address("::1").isLoopback)
        #expect(try !address("128.0.0.1").isLoopback && !address("::2").isLoopback)
        #expect(try address("169.254.1.1").isLinkLocal && address("febf::1").isLinkLocal)
        #expect(try !address("fec0::1").isLinkLocal)
        #expect(try address("239.1.1.1").isMulticast && address("ff02::1").isMulticast)
        #expect(try address("0.0.0.0").isUnspecified && address("::").isUnspecified)
        #expect(try address("10.1.1.1").isPrivate && address("172.31.0.1").isPrivate)
        #expect(try !address("172.32.0.1").isPrivate && address("fd00::1").isPrivate)
        #expect(
            try address("100.127.0.1").isSharedCarrier && !address("100.128.0.1").isSharedCarrier)
        #expect(try address("255.255.255.255").isBroadcast)
        #expect(try address("::ffff:7f00:1").isLoopback)
    }

    @Test("a prefix holds its addresses and no others")
    func prefixes() throws {
        let ten = try #require(IPPrefix("10.0.0.0/8"))
        let all4 = try #require(IPPrefix("0.0.0.0/0"))
        let all6 = try #require(IPPrefix("::/0"))
        let odd = try #require(IPPrefix("2001:db8::/65"))

        #expect(try ten.contains(#require(IPAddress("10.255.0.1"))))
        #expect(try !ten.contains(#require(IPAddress("11.0.0.0"))))
        #expect(all4.contains(.loopbackIPv4) && !all4.contains(.loopbackIPv6))
        #expect(all6.contains(.loopbackIPv6) && !all6.contains(.loopbackIPv4))
        #expect(try odd.contains(#require(IPAddress("2001:db8::7fff:0:0:1"))))
        #expect(try !odd.contains(#require(IPAddress("2001:db8::8000:0:0:1"))))
        #expect(IPPrefix("1.2.3.4")?.length == 32)
        #expect(IPPrefix("10.0.0.1/8") == nil)
        #expect(IPPrefix("10.0.0.0/33") == nil)
        #expect(IPPrefix("10.0.0.0/") == nil)
        #expect(IPPrefix("10.0.0.0/08") == nil)
        #expect(IPPrefix("::/129") == nil)
    }
}
