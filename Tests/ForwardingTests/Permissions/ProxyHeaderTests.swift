import SRMUDP
import Testing

@testable import Forwarding

@Suite struct ProxyHeaderTests {
    private func address(_ text: String) throws -> SocketAddress {
        try #require(SocketAddress(text))
    }

    private static let signature: [UInt8] = Array("\r\n\r\n\0\r\nQUIT\n".utf8)

    @Test("addresses of IPv4 are told in twelve bytes, and the name behind them")
    func ipv4() throws {
        let header = ProxyHeader.bytes(
            source: try address("192.0.2.1:4660"), destination: try address("10.0.0.5:80"),
            name: "pc")

        #expect(
            header == Self.signature + [0x21, 0x11, 0, 17, 192, 0, 2, 1, 10, 0, 0, 5, 0x12, 0x34]
                + [0, 80, 0xe0, 0, 2] + Array("pc".utf8))
    }

    @Test("where one address is IPv6, both are written as such")
    func mixed() throws {
        let header = ProxyHeader.bytes(
            source: try address("192.0.2.1:1"), destination: try address("[2001:db8::2]:2"),
            name: "")

        let source: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1]
        let destination: [UInt8] = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]
        let expected =
            Self.signature + [0x21, 0x21, 0, 39] + source + destination
            + [0, 1, 0, 2, 0xe0, 0, 0]
        #expect(header == expected)
    }

    @Test("a peer that is relayed, or of whom no path is known, has no address")
    func unknown() throws {
        let relayed = LinkAddress(.relay, number: 7).socketAddress
        for source in [nil, relayed] {
            let header = ProxyHeader.bytes(
                source: source, destination: try address("10.0.0.5:80"), name: "pc")

            #expect(header == Self.signature + [0x21, 0, 0, 5, 0xe0, 0, 2] + Array("pc".utf8))
        }
    }
}
