import SRMUDP
import Testing

@testable import Control

@Suite("WebProxyPlace")
struct WebProxyPlaceTests {
    private static func place(_ host: String, _ port: String = "7000") throws -> WebProxyPlace {
        try WebProxyPlace(host: host, port: port, names: ("remote_host", "remote_port"))
    }

    private static func status(_ host: String, _ port: String = "7000") -> Int? {
        do throws(WebProxyRefusal) {
            _ = try WebProxyPlace(host: host, port: port, names: ("remote_host", "remote_port"))
            return nil
        } catch {
            return error.status
        }
    }

    @Test(
        "addresses and names get their one spelling",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("127.0.0.1", "127.0.0.1"), ("10.0.0.5", "10.0.0.5"),
            ("2001:DB8:0:0::0001", "2001:db8::1"), ("::1", "::1"), ("fe80::1", "fe80::1"),
            ("Example.ORG", "example.org"), ("localhost", "localhost"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"), ("my_host-2.lan", "my_host-2.lan"),
        ])
    func spelling(written: String, canonical: String) throws {
        let place = try Self.place(written)

        #expect(place.host == canonical)
        #expect(place.address == IPAddress(canonical))
    }

    @Test(
        "what some programs take for another address is refused",
        arguments: [
            "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.01", "0x7f.0.0.1",
            "::ffff:127.0.0.1", "::FFFF:7f00:1", "[fe80::1%25eth0]", "fe80::1%eth0", "fe80::1%2",
            "[::1]", "127.0.0.1.", "example.org.", ".", "a..b", "-a", "a-", "a b", "a/b", "a@b",
            "bücher.example", "１２７.0.0.1", "a\u{0}b", "", "1.2.3", "a.0x7f", "10.0.0.5:80",
            "256.1.1.1", "::1::", "1:2:3",
        ])
    func otherSpellings(host: String) {
        #expect(Self.status(host) == 400)
    }

    @Test(
        "an address of many or of none is no target",
        arguments: ["0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255"])
    func noHost(host: String) {
        #expect(Self.status(host) == 403)
    }

    @Test("a name has 253 characters at most, a label 63")
    func lengths() {
        let label = String(repeating: "a", count: 63)

        #expect(Self.status([label, label, label, "abc"].joined(separator: ".")) == nil)
        #expect(Self.status(label + "a") == 400)
        #expect(Self.status([label, label, label, label].joined(separator: ".")) == 400)
    }

    @Test(
        "a port is a decimal number of 1 to 65535",
        arguments: ["0", "65536", "22x", "", "-1", "+1", " 1", "080", "1e3", "99999999", "８０"])
    func badPorts(port: String) {
        #expect(Self.status("localhost", port) == 400)
    }

    @Test(
        "some ports want a token that names them",
        arguments: [
            ("1", true), ("53", true), ("123", true), ("1023", true), ("1024", false),
            ("1900", true), ("11211", true), ("17171", false), ("65535", false),
        ])
    func reserved(port: String, isReserved: Bool) throws {
        #expect(try Self.place("localhost", port).hasReservedPort == isReserved)
    }

    @Test("an IPv6 address is shown in brackets")
    func description() throws {
        #expect("\(try Self.place("2001:db8::1"))" == "[2001:db8::1]:7000")
        #expect("\(try Self.place("Localhost"))" == "localhost:7000")
    }
}
