import SRMUDP
import Testing

@testable import Control

@Suite struct LANDatagramTests {
    @Test("datagrams are read as they were written, up to 1,200 bytes")
    func roundTrip() {
        let tag = LANDatagram.tag(of: 4_821)
        for count in [1, 66, PairingMessage.lengthLimit] {
            let datagram = LANDatagram(
                .toIssuer, tag: tag, message: [UInt8](repeating: 7, count: count))
            #expect(LANDatagram(decoding: datagram.encoded) == datagram)
        }
        #expect(LANDatagram.lengthLimit == 1_200)
    }

    @Test("the layout is the documented one")
    func layout() {
        let datagram = LANDatagram(.toJoiner, tag: LANDatagram.tag(of: 4_821), message: [15, 1])

        #expect(datagram.encoded[..<6] == [0x70, 0x32, 0x70, 0x66, 1, 2])
        #expect(Array(datagram.encoded[6..<14]) == LANDatagram.tag(of: 4_821))
        #expect(datagram.encoded.suffix(2) == [15, 1])
        #expect(LANDatagram.groupIPv4.description == "239.255.112.102:18266")
        #expect(LANDatagram.groupIPv6.description == "[ff12::7032:7066]:18266")
    }

    @Test("numbers have tags of their own")
    func tags() {
        let tags = Set((1...500).map { LANDatagram.tag(of: $0) })

        #expect(tags.count == 500 && tags.allSatisfy { $0.count == 8 })
    }

    @Test("other bytes are no datagrams of ours")
    func malformed() {
        let good = LANDatagram(.toIssuer, tag: LANDatagram.tag(of: 1), message: [1]).encoded
        for place in 0..<5 {
            var bytes = good
            bytes[place] ^= 0x40
            #expect(LANDatagram(decoding: bytes) == nil)
        }
        for direction in [UInt8(0), 3, 255] {
            var bytes = good
            bytes[5] = direction
            #expect(LANDatagram(decoding: bytes) == nil)
        }
        #expect(LANDatagram(decoding: []) == nil)
        #expect(LANDatagram(decoding: Array(good.dropLast())) == nil)
        #expect(LANDatagram(decoding: good + [UInt8](repeating: 0, count: 1_186)) == nil)
    }
}
