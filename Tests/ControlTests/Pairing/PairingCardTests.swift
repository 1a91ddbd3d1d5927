import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct PairingCardTests {
    @Test("a card is read as it was written, also with everything at its limit")
    func roundTrip() throws {
        let largest = try PairingProfile(
            publicKey: Sample.keyPair(1).publicKey, label: String(repeating: "é", count: 32),
            candidates: (1...16).map { Candidate(.host, .simulated(host: $0)) },
            offers: [String](repeating: String(repeating: "o", count: 64), count: 8),
            rendezvous: String(repeating: "r", count: 160))
        let smallest = try PairingProfile(
            publicKey: Sample.keyPair(2).publicKey, label: "", candidates: [])

        for profile in [largest, smallest, try PairingWorld.profile("anna", key: 3)] {
            let card = PairingCard(profile: profile, random: SeededRandomSource(seed: 1))
            #expect(try PairingCard(decoding: card.encoded) == card)
        }
        let card = PairingCard(profile: largest, random: SeededRandomSource(seed: 1))
        #expect(card.encoded.count == PairingCard.lengthLimit)
    }

    @Test("the largest card fits into a message and that into a datagram")
    func size() {
        #expect(1 + 32 + PairingCard.lengthLimit + 16 <= PairingMessage.lengthLimit)
    }

    @Test("a card cut anywhere, or with a byte more, is refused")
    func lengths() throws {
        let profile = try PairingWorld.profile("anna", key: 3)
        let bytes = PairingCard(profile: profile, random: SeededRandomSource(seed: 1)).encoded

        for length in bytes.indices {
            #expect(throws: WireError.self, "\(length)") {
                try PairingCard(decoding: Array(bytes[..<length]))
            }
        }
        #expect(throws: WireError.self) { try PairingCard(decoding: bytes + [0]) }
    }

    @Test("counts and lengths beyond the limits, and what a terminal obeys, are refused")
    func limits() throws {
        let head = [UInt8](repeating: 9, count: 64)
        let candidate = Candidate(.host, .simulated(host: 1)).encoded
        let refused: [[UInt8]] = [
            [65] + [UInt8](repeating: 0x61, count: 65) + [0, 0, 0],
            [1, 0x1b, 0, 0, 0], [1, 0x0a, 0, 0, 0], [1, 0xff, 0, 0, 0],
            [3, 0xe2, 0x80, 0xae, 0, 0, 0],
            [0, 17] + (0..<17).flatMap { _ in candidate } + [0, 0],
            [0, 0, 9] + (0..<9).flatMap { _ in [1, 0x61] as [UInt8] } + [0],
            [0, 0, 1, 0, 0], [0, 0, 1, 1, 0x20, 0], [0, 0, 1, 65] + head + [0x61, 0],
            [0, 0, 0, 1, 0x1b], [0, 0, 0, 161] + [UInt8](repeating: 0x61, count: 161),
        ]

        for body in refused {
            #expect(throws: WireError.self, "\(body.prefix(6))") {
                try PairingCard(decoding: head + body)
            }
        }
        #expect(try PairingCard(decoding: head + [0, 0, 0, 0]).profile.label.isEmpty)
    }

    @Test("candidates that nobody could dial are left out")
    func candidates() throws {
        let head = [UInt8](repeating: 9, count: 64) + [0, 3]
        let unknownKind = [99] + SocketAddress.simulated(host: 1).encoded
        let portless = [1] + SocketAddress.simulated(host: 1, port: 0).encoded
        let good = Candidate(.manual, .simulated(host: 2))

        let card = try PairingCard(decoding: head + unknownKind + portless + good.encoded + [0, 0])

        #expect(card.profile.candidates == [good])
    }
}
