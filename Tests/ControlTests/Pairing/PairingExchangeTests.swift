import SRMUDP
import TestSupport
import Testing

@testable import Control

/// Both sides together: what they agree on, and what becomes of a wrong code.
@Suite struct PairingExchangeTests {
    @Test("four messages, and each side knows the other and the same key")
    func completion() throws {
        var world = try PairingWorld()

        let (issuer, joiner) = world.run()

        let there = try #require(issuer.peer)
        let here = try #require(joiner.peer)
        #expect(there.profile == (try PairingWorld.profile("bo", key: 2)))
        #expect(here.profile == (try PairingWorld.profile("anna", key: 1)))
        #expect(there.preSharedKey == here.preSharedKey && there.preSharedKey.count == 32)
        #expect(there.checkPhrase == here.checkPhrase && there.checkPhrase.count == 3)
        #expect(issuer.messages.count == 2 && joiner.messages.count == 1)
        #expect(issuer.failure == nil && joiner.failure == nil)
        #expect(world.issuer.state == .usedUp && world.joiner.nextTimeout == nil)
    }

    @Test("every run makes another key")
    func freshness() throws {
        var keys: [SecretBytes] = []
        for seed in UInt64(1)...3 {
            var world = try PairingWorld(seed: seed)
            keys.append(try #require(world.run().issuer.peer?.preSharedKey))
        }

        #expect(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2])
    }

    @Test("row 20: a wrong code is void on both sides, and both say so")
    func wrongCode() throws {
        var world = try PairingWorld(guess: true)

        let (issuer, joiner) = world.run()
        let second = world.toIssuer(
            try world.otherJoiner(guess: false).firstMessage, by: PairingWorld.stranger)

        #expect(issuer.failure == .wrongCode && joiner.failure == .wrongCode)
        #expect(issuer.peer == nil && joiner.peer == nil)
        #expect(second.messages == [PairingMessage.abort(.used).encoded])
        #expect(
            PairingFailure.wrongCode.description
                == "the code did not match; it is now void, someone may be guessing")
    }

    @Test("row 20: who guesses learns nothing that proves the issuer's knowledge")
    func silence() throws {
        var world = try PairingWorld(guess: true)

        let (issuer, _) = world.run()

        let types = issuer.messages.map { $0[0] }
        #expect(types == [2, 15], "no confirmation may follow a wrong one")
    }

    @Test("row 21: used, expired and unknown codes have texts of their own")
    func texts() {
        let failures = [PairingFailure.used, .expired, .unknownCode]

        #expect(Set(failures.map(\.description)).count == 3)
        #expect(failures.allSatisfy { $0.exitCode == .peerRefused && $0.hint != nil })
        #expect(
            Set(PairingFailure.allCases.map(\.description)).count == PairingFailure.allCases.count)
    }

    @Test("row 28: every bad share is a wrong code, with one text", arguments: [true, false])
    func badShares(toIssuer: Bool) throws {
        for share in try Self.badShares(from: toIssuer ? .joiner : .issuer) {
            var world = try PairingWorld()
            let type: UInt8 = toIssuer ? 1 : 2

            let actions =
                toIssuer ? world.toIssuer([type] + share) : world.toJoiner([type] + share)

            #expect(actions.failure == .wrongCode, "\(share.count) bytes")
            #expect(actions.messages == [PairingMessage.abort(.wrongCode).encoded])
            #expect(actions.routes == [PairingWorld.mailbox])
        }
    }

    @Test("row 29: our own messages sent back to us are noticed")
    func reflection() throws {
        var joinerWorld = try PairingWorld()
        let firstMessage = joinerWorld.joiner.firstMessage
        #expect(joinerWorld.toJoiner(firstMessage).failure == .reflected)
        var disguised = try PairingWorld()
        let asAnswer = [2] + disguised.joiner.firstMessage.dropFirst()
        #expect(disguised.toJoiner(asAnswer).failure == .reflected)

        var issuerWorld = try PairingWorld()
        let answer = try #require(
            issuerWorld.toIssuer(issuerWorld.joiner.firstMessage).messages.first)
        var third = issuerWorld
        let confirmation = try #require(third.toJoiner(answer).messages.first)
        #expect(third.toJoiner(confirmation).failure == .reflected)
        var second = issuerWorld
        let asJoiner = [1] + answer.dropFirst()
        #expect(second.toIssuer(asJoiner, by: PairingWorld.stranger).failure == .reflected)
        #expect(issuerWorld.toIssuer(answer).failure == .reflected)
    }

    @Test("no altered byte of any message lets the exchange complete")
    func alteredMessages() throws {
        let random = SeededRandomSource(seed: 5)
        for step in 0..<4 {
            for _ in 0..<60 {
                var world = try PairingWorld()
                let actions = try Self.run(&world, altering: step, with: random)
                #expect(actions.peer == nil, "m\(step + 1)")
            }
        }
    }

    /// Runs the exchange with one bit of message number `step` flipped; the actions of who gets it,
    /// and of all that follow.
    private static func run(
        _ world: inout PairingWorld, altering step: Int, with random: SeededRandomSource
    ) throws -> [PairingAction] {
        var message = world.joiner.firstMessage
        var all: [PairingAction] = []
        for index in 0..<4 {
            if index == step {
                let bit = Int(random.next(below: UInt64(message.count) * 8))
                message[bit / 8] ^= 1 << UInt8(bit % 8)
            }
            let actions = index % 2 == 0 ? world.toIssuer(message) : world.toJoiner(message)
            if index >= step { all += actions }
            guard let next = actions.messages.first else { return all }
            message = next
        }
        return all
    }

    private static func badShares(from role: PairingRole) throws -> [[UInt8]] {
        let random = SeededRandomSource(seed: 4)
        func share(_ random: any RandomSource) -> [UInt8] {
            SPAKE2(
                role: role.spake2, secret: PairingWorld.secret(1), context: PairingRole.context,
                random: random
            ).share
        }
        let good = share(random)
        var offCurve = good
        offCurve[40] ^= 1
        // Without an exponent the share is w*N (or w*M), and the shared point lies at infinity.
        let bare = share(ZeroRandomSource())
        return [
            [], Array(good.dropLast()), good + [0], [2 + good[64] & 1] + good[1..<33], offCurve,
            [0], [0] + [UInt8](repeating: 0, count: 64), bare,
        ]
    }
}

private final class ZeroRandomSource: RandomSource {
    func fill(_ bytes: inout [UInt8]) { for index in bytes.indices { bytes[index] = 0 } }
}
