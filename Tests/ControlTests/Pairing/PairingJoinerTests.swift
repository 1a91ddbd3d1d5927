import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct PairingJoinerTests {
    @Test("only the first m2 is answered: each answer allows somebody one guess")
    func firstAnswer() throws {
        var world = try PairingWorld()
        var impostor = try PairingWorld(seed: 9)
        let genuine = world.toIssuer(world.joiner.firstMessage).messages[0]
        let forged = impostor.toIssuer(world.joiner.firstMessage).messages[0]

        let first = world.toJoiner(genuine)
        let second = world.toJoiner(forged, by: PairingWorld.lan)

        #expect(first.messages.count == 1 && second.isEmpty)
        #expect(world.toIssuer(first.messages[0]).peer != nil)
    }

    @Test("the same m2 by another way gets the same m3 there")
    func twoWays() throws {
        var world = try PairingWorld()
        let answer = world.toIssuer(world.joiner.firstMessage).messages[0]
        _ = world.toIssuer(world.joiner.firstMessage, by: PairingWorld.lan)

        let first = world.toJoiner(answer)
        let second = world.toJoiner(answer, by: PairingWorld.lan)
        let m4 = world.toIssuer(second.messages[0], by: PairingWorld.lan).messages[0]

        #expect(first.messages == second.messages && second.routes == [PairingWorld.lan])
        #expect(world.toJoiner(m4, by: PairingWorld.lan).peer != nil)
    }

    @Test("nobody answers: the joiner gives up without using the code")
    func silence() throws {
        var world = try PairingWorld()
        #expect(world.joiner.nextTimeout == world.now + .seconds(30))

        world.now += .seconds(30)
        let actions = world.joiner.handleTimeout(now: world.now)

        #expect(actions.failure == .unanswered && actions.messages.isEmpty)
        #expect(world.joiner.nextTimeout == nil)
    }

    @Test("an issuer that does not prove itself is given up, and told")
    func unconfirmed() throws {
        var world = try PairingWorld()
        let answer = world.toIssuer(world.joiner.firstMessage).messages[0]
        _ = world.toJoiner(answer)
        #expect(world.joiner.nextTimeout == world.now + .seconds(10))

        world.now += .seconds(10)
        let actions = world.joiner.handleTimeout(now: world.now)

        #expect(actions.failure == .unconfirmed)
        #expect(actions.messages == [PairingMessage.abort(.unconfirmed).encoded])
    }

    @Test("a wrong m4 is a wrong code; one from elsewhere is passed over")
    func wrongConfirmation() throws {
        var world = try PairingWorld()
        let answer = world.toIssuer(world.joiner.firstMessage).messages[0]
        let m3 = world.toJoiner(answer).messages[0]
        var m4 = world.toIssuer(m3).messages[0]
        m4[5] ^= 1

        #expect(world.toJoiner(m4, by: PairingWorld.stranger).isEmpty)
        #expect(world.toJoiner(m4).failure == .wrongCode)
    }

    @Test("an abort of the issuer says why", arguments: PairingAbort.allCases)
    func aborts(reason: PairingAbort) throws {
        var world = try PairingWorld()

        let actions = world.toJoiner(PairingMessage.abort(reason).encoded)

        #expect(actions.failure == PairingFailure(issuerAborted: reason))
        #expect(world.toJoiner(PairingMessage.abort(reason).encoded).isEmpty)
    }

    @Test("a refusal of the server, and of the user, ends it")
    func refusals() throws {
        var world = try PairingWorld()
        var cancelled = world

        #expect(world.joiner.refuse(.unknownCode).failure == .unknownCode)
        #expect(cancelled.joiner.cancel().failure == .cancelled)
        #expect(cancelled.joiner.cancel().isEmpty)
    }

    @Test("what has no place is passed over")
    func nonsense() throws {
        var world = try PairingWorld()
        let other = try world.otherJoiner(guess: true)
        let messages: [[UInt8]] = [
            [], [0], [3], [4], [15], [15, 1, 1], [99, 1], other.firstMessage,
            [3] + [UInt8](repeating: 1, count: 60), [4] + [UInt8](repeating: 1, count: 60),
        ]

        for message in messages { #expect(world.toJoiner(message).isEmpty, "\(message.prefix(3))") }

        #expect(world.run().joiner.peer != nil)
    }
}
