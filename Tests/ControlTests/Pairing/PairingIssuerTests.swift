import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct PairingIssuerTests {
    @Test("the same m1 by two ways gets the same m2, and the first m3 decides")
    func twoWays() throws {
        var world = try PairingWorld()

        let first = world.toIssuer(world.joiner.firstMessage, by: PairingWorld.lan)
        let again = world.toIssuer(world.joiner.firstMessage, by: PairingWorld.lan)
        let other = world.toIssuer(world.joiner.firstMessage, by: PairingWorld.mailbox)
        let confirmation = try #require(
            world.toJoiner(first.messages[0], by: PairingWorld.lan).messages.first)
        let completion = world.toIssuer(confirmation, by: PairingWorld.mailbox)

        #expect(first.messages == again.messages && first.messages == other.messages)
        #expect(other.routes == [PairingWorld.mailbox])
        #expect(completion.peer != nil && completion.routes == [PairingWorld.mailbox])
    }

    @Test("an m3 that is repeated gets the same m4 again for a while, and then nothing")
    func repetition() throws {
        var world = try PairingWorld()
        let answer = try #require(world.toIssuer(world.joiner.firstMessage).messages.first)
        let confirmation = try #require(world.toJoiner(answer).messages.first)
        let first = world.toIssuer(confirmation)

        let second = world.toIssuer(confirmation)
        world.now += .seconds(11)
        let timeout = world.issuer.handleTimeout(now: world.now)
        let third = world.toIssuer(confirmation)

        #expect(first.messages == second.messages && second.peer == nil)
        #expect(timeout.isEmpty && third.isEmpty && world.issuer.isDone)
        #expect(world.issuer.nextTimeout == nil)
    }

    @Test("a joiner that vanishes after m2 has used the guess")
    func vanishing() throws {
        var world = try PairingWorld(uses: 5)
        _ = world.toIssuer(world.joiner.firstMessage)
        #expect(world.issuer.nextTimeout == world.now + .seconds(10))

        world.now += .seconds(10)
        let actions = world.issuer.handleTimeout(now: world.now)

        #expect(actions.failure == .abandoned)
        #expect(actions.messages == [PairingMessage.abort(.unconfirmed).encoded])
        #expect(world.issuer.state == .failed(.abandoned))
    }

    @Test("a joiner that gives up after m2 has used the guess too")
    func givingUp() throws {
        var world = try PairingWorld()
        _ = world.toIssuer(world.joiner.firstMessage)
        let abort = PairingMessage.abort(.cancelled).encoded

        let fromElsewhere = world.toIssuer(abort, by: PairingWorld.stranger)
        let actions = world.toIssuer(abort)

        #expect(fromElsewhere.isEmpty)
        #expect(actions.failure == .abandoned)
    }

    @Test("several uses are several runs with secrets of their own")
    func uses() throws {
        var world = try PairingWorld(uses: 2)
        let first = try #require(world.run().issuer.peer)
        #expect(world.issuer.state == .open && world.issuer.usesLeft == 1)

        world.joiner = try world.otherJoiner(guess: false)
        let second = try #require(world.run(by: PairingWorld.stranger).issuer.peer)
        world.joiner = try world.otherJoiner(guess: false, seed: 78)
        let third = world.run(by: PairingWorld.lan)

        #expect(first.preSharedKey != second.preSharedKey && second.profile.label == "other")
        #expect(world.issuer.state == .usedUp)
        #expect(third.issuer.peer == nil && third.joiner.failure == .used)
    }

    @Test("a wrong guess takes the uses that are left")
    func wrongGuess() throws {
        var world = try PairingWorld(guess: true, uses: 3)

        let actions = world.run().issuer

        #expect(actions.failure == .wrongCode && world.issuer.state == .failed(.wrongCode))
    }

    @Test("two who know the code may overlap, as long as there are uses")
    func overlap() throws {
        var world = try PairingWorld(uses: 2)
        var other = try world.otherJoiner(guess: false)
        let answer = world.toIssuer(world.joiner.firstMessage).messages[0]
        let otherAnswer = world.toIssuer(other.firstMessage, by: PairingWorld.lan).messages[0]
        #expect(answer != otherAnswer)

        let otherM3 = other.receive(otherAnswer, from: PairingWorld.lan, now: world.now).messages[0]
        let otherPeer = world.toIssuer(otherM3, by: PairingWorld.lan).peer
        let m3 = world.toJoiner(answer).messages[0]
        let peer = world.toIssuer(m3).peer

        #expect(otherPeer?.profile.label == "other" && peer?.profile.label == "bo")
    }

    @Test("when the last use is taken, the others are told")
    func tooLate() throws {
        var world = try PairingWorld()
        var other = try world.otherJoiner(guess: false)
        let answer = world.toIssuer(world.joiner.firstMessage).messages[0]
        let otherAnswer = world.toIssuer(other.firstMessage, by: PairingWorld.lan).messages[0]
        let m3 = world.toJoiner(answer).messages[0]

        let actions = world.toIssuer(m3)
        let otherM3 = other.receive(otherAnswer, from: PairingWorld.lan, now: world.now).messages[0]
        let late = world.toIssuer(otherM3, by: PairingWorld.lan)

        let abort = PairingMessage.abort(.used).encoded
        #expect(actions.peer != nil && actions.messages.last == abort)
        #expect(actions.routes.last == PairingWorld.lan)
        #expect(late.messages == [abort] && late.peer == nil)
        #expect(other.receive(abort, from: PairingWorld.lan, now: world.now).failure == .used)
    }

    @Test("more parties than one person would be make the code void")
    func crowd() throws {
        var world = try PairingWorld()
        for party in 0..<UInt8(PairingIssuer.runLimit) {
            let joiner = try world.otherJoiner(guess: true, seed: UInt64(party) + 100)
            let actions = world.toIssuer(joiner.firstMessage, by: .mailbox(5, party: party))
            #expect(actions.failure == nil)
        }

        let actions = world.toIssuer(world.joiner.firstMessage, by: PairingWorld.lan)

        #expect(actions.failure == .crowded)
        #expect(actions.messages.count == PairingIssuer.runLimit + 1)
        #expect(Set(actions.messages) == [PairingMessage.abort(.crowded).encoded])
    }

    @Test("nobody comes: the code expires, but who began in time may finish")
    func expiry() throws {
        var world = try PairingWorld()
        var late = world
        #expect(world.issuer.nextTimeout == world.now + .seconds(600))
        world.now += .seconds(600)
        #expect(world.issuer.handleTimeout(now: world.now).failure == .expired)

        late.now += .seconds(595)
        let answer = late.toIssuer(late.joiner.firstMessage).messages[0]
        late.now += .seconds(6)
        #expect(late.issuer.handleTimeout(now: late.now).isEmpty)
        let tooLate = late.toIssuer(
            try late.otherJoiner(guess: false).firstMessage, by: PairingWorld.stranger)
        let m3 = late.toJoiner(answer).messages[0]

        #expect(tooLate.messages == [PairingMessage.abort(.expired).encoded])
        #expect(late.toIssuer(m3).peer != nil)
    }

    @Test("both sides with one key: the own code is recognised")
    func ownCode() throws {
        var world = try PairingWorld()
        world.issuer.profile = try PairingWorld.profile("anna", key: 2)

        let (issuer, joiner) = world.run()

        #expect(issuer.failure == .ownCode && joiner.failure == .ownCode)
    }

    @Test("what has no place is passed over")
    func nonsense() throws {
        var world = try PairingWorld()
        let messages: [[UInt8]] = [
            [], [0], [3], [4], [15], [15, 1], [15, 1, 1], [99, 1],
            [3] + [UInt8](repeating: 1, count: 60), [4] + [UInt8](repeating: 1, count: 60),
            [2] + [UInt8](repeating: 1, count: 65), [1] + [UInt8](repeating: 1, count: 5_000),
        ]

        for message in messages { #expect(world.toIssuer(message).isEmpty, "\(message.prefix(3))") }

        #expect(world.run().issuer.peer != nil)
    }

    @Test("cancelling tells who is there")
    func cancelling() throws {
        var world = try PairingWorld()
        let answer = world.toIssuer(world.joiner.firstMessage).messages[0]
        _ = world.toJoiner(answer)

        let actions = world.issuer.cancel(now: world.now)

        #expect(actions.failure == .cancelled && actions.messages.count == 1)
        #expect(world.toJoiner(actions.messages[0]).failure == .cancelled)
        #expect(world.issuer.cancel(now: world.now).isEmpty)
    }
}
