import Testing

@testable import SRMUDP

@Suite("SocketAddress")
struct SocketAddressTests {
    @Test(
        "text and bytes lead back to the address", arguments: ["127.0.0.1:80", "[2001:db8::1]:0"])
    func roundTrip(text: String) throws {
        let address = try #require(SocketAddress(text))

        #expect(address.description == text)
        #expect(address.encoded.count == SocketAddress.encodedLength)
        #expect(SocketAddress(encoded: address.encoded) == address)
    }

    @Test("the encoded form is the mapped address and the port")
    func encodedForm() {
        let address = SocketAddress(.loopbackIPv4, port: 0x1f90)

        #expect(
            address.encoded == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1, 0x1f, 0x90])
    }

    @Test(
        "broken text is refused",
        arguments: [
            "", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:080", "::1:80",
            "[::1]", "[::1]80", "[127.0.0.1]:80", "[::1:80", "127.0.0.1:-1", "[::1] :80",
        ])
    func refused(text: String) {
        #expect(SocketAddress(text) == nil)
    }

    @Test("wrong lengths are refused")
    func wrongLengths() {
        #expect(SocketAddress(encoded: []) == nil)
        #expect(SocketAddress(encoded: [UInt8](repeating: 0, count: 17)) == nil)
        #expect(SocketAddress(encoded: [UInt8](repeating: 0, count: 19)) == nil)
    }
}
