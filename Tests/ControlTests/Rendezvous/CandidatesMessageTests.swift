import SRMUDP
import Testing

@testable import Control

@Suite struct CandidatesMessageTests {
    private static func candidate(
        _ text: String, _ kind: Candidate.Kind = .host
    ) throws -> Candidate {
        Candidate(kind, try #require(SocketAddress(text)))
    }

    @Test("a message has the bytes of its layout")
    func vector() throws {
        let message = CandidatesMessage(
            mapping: .endpointIndependent, instance: 0x0102_0304_0506_0708,
            candidates: [try Self.candidate("192.0.2.1:4444")])
        let bytes: [UInt8] =
            [
                1, 2, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192,
                0, 2, 1, 0x11, 0x5c,
            ]

        #expect(message.encoded == bytes)
        #expect(CandidatesMessage(encoded: bytes) == message)
        #expect(CandidatesMessage(encoded: bytes + [0]) == nil)
        for count in bytes.indices {
            #expect(CandidatesMessage(encoded: [UInt8](bytes.prefix(count))) == nil)
        }
    }

    @Test("another version, mapping or count is refused")
    func refusal() {
        let zeros = [UInt8](repeating: 0, count: 8)
        #expect(CandidatesMessage(encoded: [1, 4] + zeros + [0]) != nil)
        #expect(CandidatesMessage(encoded: [2, 0] + zeros + [0]) == nil)
        #expect(CandidatesMessage(encoded: [1, 5] + zeros + [0]) == nil)
        let many = [UInt8](repeating: 1, count: 17 * 19)
        #expect(CandidatesMessage(encoded: [1, 0] + zeros + [17] + many) == nil)
    }

    @Test("what cannot be dialled is left out, and what is above the limit")
    func filter() throws {
        let good = try Self.candidate("192.0.2.1:4444")
        let bad = try ["0.0.0.0:1", "224.0.0.1:1", "[100::1:0:0:1]:1", "192.0.2.2:0"].map {
            try Self.candidate($0)
        }
        let message = CandidatesMessage(mapping: .unknown, instance: 1, candidates: bad + [good])
        let many = CandidatesMessage(
            mapping: .unknown, instance: 1, candidates: [Candidate](repeating: good, count: 20))

        #expect(CandidatesMessage(encoded: message.encoded)?.candidates == [good])
        #expect(many.candidates.count == Candidate.limit)
        #expect(many.encoded.count == CandidatesMessage.maximumLength)
    }
}
