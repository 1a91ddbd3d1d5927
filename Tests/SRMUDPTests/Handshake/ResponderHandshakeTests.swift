import TestSupport
import Testing

@testable import SRMUDP

@Suite struct ResponderHandshakeTests {
    private let fixture = HandshakeFixture(seed: 2)

    @Test("the initiation tells who asks before any answer", arguments: HandshakePattern.all)
    func opening(pattern: HandshakePattern) throws {
        let initiator = fixture.makeInitiator(pattern)

        let responder = try #require(
            ResponderHandshake.open(initiator.initiation, keys: fixture.responderKeys))

        #expect(responder.pattern == pattern)
        #expect(responder.initiatorConnectionID == initiator.localConnectionID)
        #expect(responder.instance == 0x1111)
        #expect(responder.parameters == fixture.parameters)
        #expect(responder.ephemeral.bytes == [UInt8](initiator.initiation[12..<44]))
        let isKnown = pattern == .ikpsk2
        #expect(responder.initiatorStatic == (isKnown ? fixture.initiatorStatic.publicKey : nil))
        #expect(responder.preSharedKeyIndex == (isKnown ? nil : 0))
    }

    @Test("the pre-shared key that fits is found among many")
    func manyKeys() throws {
        let others = (1...3).map { SecretBytes([UInt8](repeating: $0, count: 32)) }
        let keys = ResponderKeys(localStatic: nil, preSharedKeys: others + [fixture.preSharedKey])
        let initiator = fixture.makeInitiator(.nnpsk0)

        let responder = try #require(ResponderHandshake.open(initiator.initiation, keys: keys))
        let answer = responder.respond(
            preSharedKey: nil, localConnectionID: .random(from: fixture.random), instance: 1,
            resetToken: [UInt8](repeating: 0, count: 16),
            observedAddress: HandshakeFixture.address, parameters: TransportParameters(),
            random: fixture.random)

        #expect(responder.preSharedKeyIndex == 3)
        #expect(initiator.handleResponse(try #require(answer).response) != nil)
    }

    @Test("a pattern without keys is refused", arguments: HandshakePattern.all)
    func noKeys(pattern: HandshakePattern) {
        let initiation = fixture.makeInitiator(pattern).initiation

        let keys = ResponderKeys(localStatic: nil, preSharedKeys: [])
        #expect(ResponderHandshake.open(initiation, keys: keys) == nil)
    }

    @Test("without the shared key there is no answer")
    func noPreSharedKey() throws {
        let initiation = fixture.makeInitiator(.ikpsk2).initiation
        let responder = try #require(
            ResponderHandshake.open(initiation, keys: fixture.responderKeys))

        let answer = responder.respond(
            preSharedKey: nil, localConnectionID: .random(from: fixture.random), instance: 1,
            resetToken: [UInt8](repeating: 0, count: 16),
            observedAddress: HandshakeFixture.address, parameters: TransportParameters(),
            random: fixture.random)

        #expect(answer == nil)
    }

    @Test("a bit flipped in any byte before mac1 is noticed", arguments: HandshakePattern.all)
    func flippedInitiation(pattern: HandshakePattern) {
        let initiation = fixture.makeInitiator(pattern).initiation

        for index in 0..<HandshakeFormat.mac1Offset {
            var forged = initiation
            forged[index] ^= 1 << UInt8(fixture.random.next(below: 8))
            let handshake = ResponderHandshake.open(forged, keys: fixture.responderKeys)
            #expect(handshake == nil, "byte \(index)")
        }
    }

    @Test("an initiation of any other length is dropped")
    func lengths() {
        let initiation = fixture.makeInitiator(.ikpsk2).initiation

        for length in [0, 1, 12, 44, 1168, 1199] {
            let cut = [UInt8](initiation.prefix(length))
            #expect(ResponderHandshake.open(cut, keys: fixture.responderKeys) == nil)
        }
        #expect(ResponderHandshake.open(initiation + [0], keys: fixture.responderKeys) == nil)
    }

    @Test("each answer has keys of its own, even to the same initiation")
    func freshKeys() throws {
        let initiation = fixture.makeInitiator(.ikpsk2).initiation

        let first = try #require(fixture.respond(to: initiation))
        let second = try #require(fixture.respond(to: initiation))

        #expect(first.response != second.response)
        #expect(first.outcome.sendSecret != second.outcome.sendSecret)
        #expect(first.outcome.remoteEphemeral == second.outcome.remoteEphemeral)
    }
}
