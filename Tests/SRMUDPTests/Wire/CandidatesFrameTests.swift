import TestSupport
import Testing

@testable import SRMUDP

@Suite struct CandidatesFrameTests {
    private func decode(_ bytes: [UInt8]) throws(WireError) -> CandidatesFrame {
        var reader = ByteReader(bytes.span.bytes)
        _ = try reader.readVarint()
        let frame = try CandidatesFrame(&reader)
        guard reader.isAtEnd else { throw .invalidValue }
        return frame
    }

    private func encode(_ frame: CandidatesFrame) -> [UInt8] {
        var writer = ByteWriter(capacity: 400)
        frame.write(into: &writer)
        return writer.array()
    }

    private static let address = SocketAddress(IPAddress(ipv4: 0xc000_0201), port: 4_660)

    @Test("it has exactly these bytes")
    func layout() {
        let frame = CandidatesFrame(
            sequence: 300, candidates: [Candidate(.reflexive, Self.address)])

        let expected: [UInt8] =
            [0x40, 0x40, 0x41, 0x2c, 1, 3] + [UInt8](repeating: 0, count: 10)
            + [0xff, 0xff, 192, 0, 2, 1, 0x12, 0x34]
        #expect(encode(frame) == expected)
        #expect(frame.encodedLength == expected.count)
    }

    @Test("what was written is read again", arguments: [0, 1, 15, 16])
    func roundTrip(count: Int) throws {
        let candidates = (0..<count).map { index in
            let kinds = Candidate.Kind.allCases
            return Candidate(kinds[index % kinds.count], .simulated(host: UInt16(index + 1)))
        }

        let frame = try decode(encode(CandidatesFrame(sequence: 7, candidates: candidates)))

        #expect(frame.sequence == 7)
        #expect(frame.candidates == candidates)
    }

    @Test("what is cut short, too long or names an unknown kind is refused")
    func malformed() throws {
        let good = encode(
            CandidatesFrame(sequence: 1, candidates: [Candidate(.host, Self.address)]))
        for length in 2..<good.count {
            #expect(throws: WireError.self) { try decode(Array(good[..<length])) }
        }
        for kind in [0, 7, 255] as [UInt8] {
            var bytes = good
            bytes[4] = kind
            #expect(throws: WireError.invalidValue) { try decode(bytes) }
        }
        var many: [UInt8] = [0x40, 0x40, 1, 17]
        for _ in 0..<17 { many += good[4...] }
        #expect(throws: WireError.invalidValue) { try decode(many) }
    }

    @Test("addresses of links, and those that nothing can be sent to, are refused")
    func addresses() throws {
        let bad = [
            LinkAddress(.relay, number: 1).socketAddress,
            LinkAddress(.relayInWebSocket, number: 1).socketAddress,
            SocketAddress(.anyIPv4, port: 1), SocketAddress(Self.address.ip, port: 0),
            SocketAddress(IPAddress(ipv4: 0xe000_0001), port: 1),
        ]
        for address in bad {
            let bytes = encode(
                CandidatesFrame(sequence: 1, candidates: [Candidate(.host, address)]))
            #expect(throws: WireError.invalidValue) { try decode(bytes) }
        }
    }
}
