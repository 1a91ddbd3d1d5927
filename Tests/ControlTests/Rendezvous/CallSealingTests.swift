import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct CallSealingTests {
    private static let caller = Sample.keyPair(1).publicKey
    private static let callee = Sample.keyPair(2).publicKey
    private static let message = CandidatesMessage(
        mapping: .endpointIndependent, instance: 9,
        candidates: [
            Candidate(.reflexive, .simulated(host: 1)), Candidate(.host, .simulated(host: 2)),
        ])

    private static func sealing(
        _ secret: UInt8 = 7, _ call: UInt64 = 1, from: PublicKey = caller, to: PublicKey = callee
    ) -> CallSealing {
        CallSealing(
            preSharedKey: Sample.secret(secret), call: CallID(call), caller: from, callee: to)
    }

    private static func sealed(_ direction: CallSealing.Direction = .call) -> [UInt8] {
        sealing().seal(message, direction, random: SeededRandomSource(seed: 5))
    }

    @Test("the other party reads what was sealed for it")
    func roundTrip() {
        #expect(Self.sealing().open(Self.sealed(), .call) == Self.message)
        #expect(Self.sealing().open(Self.sealed(.answer), .answer) == Self.message)
        #expect(Self.sealed().count == 12 + 11 + 2 * 19 + 16)
        #expect(Self.sealed().count <= MessageLimits.sealedCandidates)
    }

    @Test("it is of no use in another call, direction or pair")
    func binding() {
        let sealed = Self.sealed()

        #expect(Self.sealing().open(sealed, .answer) == nil)
        #expect(Self.sealing(8).open(sealed, .call) == nil)
        #expect(Self.sealing(7, 2).open(sealed, .call) == nil)
        #expect(Self.sealing(from: Self.callee, to: Self.caller).open(sealed, .call) == nil)
        #expect(Self.sealing(to: Sample.keyPair(3).publicKey).open(sealed, .call) == nil)
    }

    @Test("no bit can be altered and nothing can be cut")
    func integrity() {
        let sealed = Self.sealed()
        for index in sealed.indices {
            var altered = sealed
            altered[index] ^= 1
            #expect(Self.sealing().open(altered, .call) == nil)
            #expect(Self.sealing().open([UInt8](sealed.prefix(index)), .call) == nil)
        }
    }

    @Test("the same candidates look different each time")
    func freshness() {
        let random = SeededRandomSource(seed: 5)
        let sealing = Self.sealing()

        let first = sealing.seal(Self.message, .call, random: random)
        let second = sealing.seal(Self.message, .call, random: random)

        #expect(first != second)
    }
}
