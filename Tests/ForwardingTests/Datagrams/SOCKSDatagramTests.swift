import SRMUDP
import Testing

@testable import Forwarding

@Suite struct SOCKSDatagramTests {
    @Test(
        "each kind of address is read and written",
        arguments: [
            ("192.0.2.7", [1, 192, 0, 2, 7]),
            ("a.example", [3, 9] + [UInt8]("a.example".utf8)),
            ("2001:db8::1", [4, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        ] as [(String, [UInt8])])
    func addresses(host: String, address: [UInt8]) throws {
        let bytes: [UInt8] = [0, 0, 0] + address + [0, 53, 9, 8]

        let datagram = try SOCKSDatagram(parsing: bytes)

        #expect(datagram.place == HostPort(host: host, port: 53))
        #expect(Array(datagram.payload) == [9, 8])
        #expect(datagram.encoded == bytes)
    }

    @Test("an address in the place of a name is an address, in whatever way it is written")
    func addressAsName() throws {
        let datagram = try SOCKSDatagram(parsing: [0, 0, 0, 3, 3] + "::A".utf8 + [0, 53])

        #expect(datagram.place == HostPort(host: "::a", port: 53))
        #expect(try SOCKSDatagram(parsing: datagram.encoded).place == datagram.place)
    }

    @Test("nothing need be behind the header")
    func empty() throws {
        #expect(try SOCKSDatagram(parsing: [0, 0, 0, 1, 10, 0, 0, 1, 0, 1]).payload.isEmpty)
    }

    @Test(
        "what is no datagram is refused",
        arguments: [
            ([], .truncated), ([0, 0, 0], .truncated),
            ([0, 0, 1, 1, 10, 0, 0, 1, 0, 1], .fragment),
            ([0, 0, 0, 2, 10, 0, 0, 1, 0, 1], .unknownAddressType(2)),
            ([0, 0, 0, 1, 10, 0, 0, 1, 0], .truncated),
            ([0, 0, 0, 1, 10, 0, 0, 1, 0, 0], .badDestination),
            ([0, 0, 0, 3], .truncated), ([0, 0, 0, 3, 3, 65, 66, 0, 1], .truncated),
            ([0, 0, 0, 3, 0, 0, 1], .badDestination),
            ([0, 0, 0, 3, 1, 10, 0, 1], .badDestination),
            ([0, 0, 0, 3, 1, 0xff, 0, 1], .badDestination),
        ] as [([UInt8], SOCKSDatagram.Failure)])
    func refused(bytes: [UInt8], failure: SOCKSDatagram.Failure) {
        #expect(throws: failure) { try SOCKSDatagram(parsing: bytes) }
    }
}
