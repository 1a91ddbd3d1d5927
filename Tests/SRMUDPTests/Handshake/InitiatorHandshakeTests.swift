import TestSupport
import Testing

@testable import SRMUDP

@Suite struct InitiatorHandshakeTests {
    private let fixture = HandshakeFixture()

    @Test("both sides end with the same keys and know each other", arguments: HandshakePattern.all)
    func agreement(pattern: HandshakePattern) throws {
        let ticket = [UInt8](repeating: 3, count: 16)
        let initiator = fixture.makeInitiator(pattern, ticketID: ticket)

        let (response, there) = try #require(fixture.respond(to: initiator.initiation))
        let here = try #require(initiator.handleResponse(response))

        #expect(initiator.initiation.count == 1200)
        #expect(response.count == 400)
        #expect(here.sendSecret == there.receiveSecret)
        #expect(here.receiveSecret == there.sendSecret)
        #expect(here.sendSecret != here.receiveSecret)
        #expect(here.handshakeHash == there.handshakeHash)
        #expect(here.localConnectionID == there.remoteConnectionID)
        #expect(here.remoteConnectionID == there.localConnectionID)
        #expect(here.localEphemeral == there.remoteEphemeral)
        #expect(here.remoteEphemeral == there.localEphemeral)
        #expect(here.isInitiator && !there.isInitiator)
        #expect(here.observedAddress == HandshakeFixture.address)
        #expect(there.observedAddress == nil)
        #expect(here.remoteInstance == 0x2222 && there.remoteInstance == 0x1111)
        #expect(here.remoteResetToken == [UInt8](repeating: 0xbb, count: 16))
        #expect(there.remoteResetToken == [UInt8](repeating: 0xaa, count: 16))
        #expect(here.remoteParameters == fixture.parameters)
        #expect(there.remoteParameters == fixture.parameters)
        #expect(there.ticketID == ticket)
    }

    @Test("static keys are told only by the pattern that has them")
    func staticKeys() throws {
        let known = fixture.makeInitiator(.ikpsk2)
        let unknown = fixture.makeInitiator(.nnpsk0)
        let (knownResponse, knownThere) = try #require(fixture.respond(to: known.initiation))
        let (unknownResponse, unknownThere) = try #require(fixture.respond(to: unknown.initiation))

        #expect(knownThere.remoteStatic == fixture.initiatorStatic.publicKey)
        #expect(
            known.handleResponse(knownResponse)?.remoteStatic == fixture.responderStatic.publicKey)
        #expect(knownThere.ticketID == nil)
        #expect(unknownThere.remoteStatic == nil)
        #expect(unknown.handleResponse(unknownResponse)?.remoteStatic == nil)
    }

    @Test("a second answer is dropped: the keys are given out once")
    func onlyOnce() throws {
        let initiator = fixture.makeInitiator(.ikpsk2)
        let (response, _) = try #require(fixture.respond(to: initiator.initiation))

        #expect(initiator.handleResponse(response) != nil)
        #expect(initiator.handleResponse(response) == nil)
    }

    @Test("a bit flipped in any byte of a response is noticed", arguments: HandshakePattern.all)
    func flippedResponse(pattern: HandshakePattern) throws {
        let initiator = fixture.makeInitiator(pattern)
        let (response, _) = try #require(fixture.respond(to: initiator.initiation))

        for index in response.indices {
            var forged = response
            forged[index] ^= 1 << UInt8(fixture.random.next(below: 8))
            #expect(initiator.handleResponse(forged) == nil, "byte \(index)")
            // The same by somebody who knows whom the response is for.
            guard index < response.count - HandshakeFormat.macLength else { continue }
            let resealed = fixture.resealed(response: forged, pattern)
            #expect(initiator.handleResponse(resealed) == nil, "byte \(index), mac1 made anew")
        }

        #expect(initiator.handleResponse(response) != nil)
    }

    @Test("a response of any other length is dropped")
    func lengths() throws {
        let initiator = fixture.makeInitiator(.ikpsk2)
        let (response, _) = try #require(fixture.respond(to: initiator.initiation))

        for length in [0, 1, 19, 20, 83, 84, 127, 128, 399] {
            let cut = [UInt8](response.prefix(length))
            #expect(initiator.handleResponse(cut) == nil)
        }
        #expect(initiator.handleResponse(response + [0]) == nil)
        #expect(initiator.handleResponse([UInt8](repeating: 0xf2, count: 65_507)) == nil)
        #expect(initiator.handleResponse(response) != nil)
    }

    @Test("a response to another initiation is dropped")
    func foreignResponse() throws {
        let initiator = fixture.makeInitiator(.ikpsk2)
        let other = fixture.makeInitiator(.ikpsk2)
        var (foreign, _) = try #require(fixture.respond(to: other.initiation))

        #expect(initiator.handleResponse(foreign) == nil)
        foreign.replaceSubrange(12..<20, with: initiator.localConnectionID.bytes)
        foreign = fixture.resealed(response: foreign, .ikpsk2)
        #expect(initiator.handleResponse(foreign) == nil)
    }

    @Test("an ephemeral key of low order is refused on both sides", arguments: LowOrder.keys)
    func lowOrderEphemeral(key: PublicKey) throws {
        let initiator = fixture.makeInitiator(.ikpsk2)
        var (response, _) = try #require(fixture.respond(to: initiator.initiation))
        var initiation = initiator.initiation

        response.replaceSubrange(20..<52, with: key.bytes)
        initiation.replaceSubrange(12..<44, with: key.bytes)

        let resealed = fixture.resealed(response: response, .ikpsk2)
        #expect(initiator.handleResponse(resealed) == nil)
        #expect(fixture.respond(to: fixture.resealed(initiation, .ikpsk2)) == nil)
    }

    @Test("a remote static key of low order cannot be dialled", arguments: LowOrder.keys)
    func lowOrderStatic(key: PublicKey) {
        let handshake = InitiatorHandshake(
            pattern: .ikpsk2, localStatic: fixture.initiatorStatic, remoteStatic: key,
            preSharedKey: fixture.preSharedKey, localConnectionID: ConnectionID(rawValue: 1),
            instance: 1, resetToken: [UInt8](repeating: 0, count: 16),
            parameters: TransportParameters(), random: fixture.random)

        #expect(handshake == nil)
    }

    @Test("with different pre-shared keys no keys result", arguments: HandshakePattern.all)
    func wrongPreSharedKey(pattern: HandshakePattern) {
        let other = SecretBytes([UInt8](repeating: 1, count: 32))
        let initiator = fixture.makeInitiator(pattern, preSharedKey: other)

        let answer = fixture.respond(to: initiator.initiation)

        switch pattern {
        // The responder notices with the first data packet, the initiator at once.
        case .ikpsk2: #expect(answer.flatMap { initiator.handleResponse($0.response) } == nil)
        case .nnpsk0: #expect(answer == nil)
        }
    }

    @Test("a cookie changes mac2 and nothing else, and the response still fits")
    func cookie() throws {
        let initiator = fixture.makeInitiator(.ikpsk2)
        let first = initiator.initiation
        let cookie = CookieMessage.make(
            answering: first, cookie: [UInt8](repeating: 5, count: 16),
            identity: fixture.responderMAC(.ikpsk2).identity, random: fixture.random)

        #expect(cookie.count == 68)
        #expect(initiator.handleCookie(cookie))
        #expect(initiator.initiation.prefix(1184) == first.prefix(1184))
        #expect(initiator.initiation.suffix(16) != first.suffix(16))
        let (response, _) = try #require(fixture.respond(to: initiator.initiation))
        #expect(initiator.handleResponse(response) != nil)
        #expect(!initiator.handleCookie(cookie))
    }

    @Test("a cookie that is changed, cut or for another initiation is dropped")
    func badCookie() {
        let initiator = fixture.makeInitiator(.nnpsk0)
        let identity = fixture.responderMAC(.nnpsk0).identity
        func cookie(for initiation: [UInt8]) -> [UInt8] {
            CookieMessage.make(
                answering: initiation, cookie: [UInt8](repeating: 5, count: 16),
                identity: identity, random: fixture.random)
        }
        let good = cookie(for: initiator.initiation)
        let first = initiator.initiation

        for index in good.indices {
            var forged = good
            forged[index] ^= 0x10
            #expect(!initiator.handleCookie(forged), "byte \(index)")
        }
        var foreign = cookie(for: fixture.makeInitiator(.nnpsk0).initiation)
        foreign.replaceSubrange(4..<12, with: initiator.localConnectionID.bytes)
        #expect(!initiator.handleCookie(foreign))
        #expect(!initiator.handleCookie([UInt8](good.dropLast())))
        #expect(!initiator.handleCookie(good + [0]))
        #expect(!initiator.handleCookie([]))

        #expect(initiator.initiation == first)
        #expect(initiator.handleCookie(good))
    }

    @Test("a version message is read only by the one whom it answers")
    func version() {
        let initiator = fixture.makeInitiator(.ikpsk2)
        let message = VersionMessage.make(answering: initiator.initiation)
        let identifier = initiator.localConnectionID

        #expect(message.count < initiator.initiation.count)
        #expect(VersionMessage.open(message, initiator: identifier) == [1])
        #expect(VersionMessage.open(message, initiator: ConnectionID(rawValue: 1)) == nil)
        for length in 0..<message.count {
            #expect(
                VersionMessage.open([UInt8](message.prefix(length)), initiator: identifier) == nil)
        }
    }
}
