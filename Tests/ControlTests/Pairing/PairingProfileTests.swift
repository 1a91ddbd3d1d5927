import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct PairingProfileTests {
    private let key = Sample.keyPair(1).publicKey

    @Test("a label keeps what can be printed and fits")
    func labels() throws {
        func label(_ text: String) throws -> String {
            try PairingProfile(publicKey: key, label: text, candidates: []).label
        }

        #expect(try label("Anna's laptop") == "Anna's laptop")
        #expect(try label("a\u{1b}[2Jb\n\u{202e}c") == "a[2Jbc")
        #expect(try label(String(repeating: "é", count: 40)).utf8.count == 64)
    }

    @Test("candidates that cannot be dialled are left out, and those behind the sixteenth")
    func candidates() throws {
        let good = (1...20).map { Candidate(.host, .simulated(host: $0)) }
        let bad = Candidate(.host, .simulated(host: 1, port: 0))

        let profile = try PairingProfile(publicKey: key, label: "", candidates: [bad] + good)

        #expect(profile.candidates == Array(good.prefix(16)))
    }

    @Test("offers and server addresses beyond the limits are refused with a reason")
    func limits() {
        func make(_ offers: [String], _ rendezvous: String = "") throws {
            _ = try PairingProfile(
                publicKey: key, label: "", candidates: [], offers: offers, rendezvous: rendezvous)
        }
        let long = String(repeating: "x", count: 65)

        #expect(throws: PairingProfile.Failure.tooManyOffers(9)) {
            try make([String](repeating: "a:1", count: 9))
        }
        for offer in ["", "a b", "é", long] {
            #expect(throws: PairingProfile.Failure.offerTooLong(offer)) { try make([offer]) }
        }
        #expect(throws: PairingProfile.Failure.self) { try make([], long + long + long) }
        #expect(!PairingProfile.Failure.tooManyOffers(9).description.isEmpty)
    }
}
