import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct RendezvousServerMailboxesTests {
    private let fixture = ServerFixture()

    private func claim(
        _ id: RendezvousServer.ClientID, ttl: UInt32 = 600, uses: UInt8 = 1
    ) throws -> (mailbox: MailboxID, nameplate: Nameplate) {
        fixture.say(.claim(ttl: ttl, uses: uses), id)
        guard case .claimed(let mailbox, let nameplate, ttl) = fixture.take(id).first else {
            throw NotClaimed()
        }
        return (mailbox, nameplate)
    }

    private struct NotClaimed: Error {}

    private func join(
        _ nameplate: Nameplate, _ id: RendezvousServer.ClientID
    ) throws -> MailboxID? {
        fixture.say(.join(nameplate, first: [1, 65]), id)
        guard case .entered(let mailbox, party: 0, let bytes) = fixture.take(id).first else {
            return nil
        }
        #expect(bytes.isEmpty)
        return mailbox
    }

    @Test("issuer and joiner find each other by the nameplate and exchange messages")
    func exchange() throws {
        let issuer = fixture.client(1)
        let joiner = fixture.client(2)
        let code = try claim(issuer)
        let mailbox = try #require(try join(code.nameplate, joiner))
        #expect(fixture.take(issuer) == [.entered(code.mailbox, party: 1, [1, 65])])

        fixture.say(.post(code.mailbox, party: 1, [2]), issuer)
        fixture.say(.post(mailbox, party: 0, [3]), joiner)

        #expect(fixture.take(joiner) == [.message(mailbox, party: 0, [2])])
        #expect(fixture.take(issuer) == [.message(code.mailbox, party: 1, [3])])

        fixture.say(.burn(code.mailbox, .finished), issuer)
        #expect(fixture.take(joiner) == [.closed(mailbox, .finished)])
        #expect(fixture.take(issuer) == [.closed(code.mailbox, .finished)])
        #expect(fixture.reported("nameplates_open") == 0)
    }

    @Test("an unknown and an expired nameplate have the same answer, byte for byte")
    func unknownAndExpired() throws {
        // Row 21 of the catalogue of bad input.
        let issuer = fixture.client(1)
        let code = try claim(issuer, ttl: 60)
        let used = try claim(issuer)
        fixture.say(.burn(used.mailbox, .finished), issuer)
        fixture.pass(.milliseconds(59_999))
        _ = fixture.take(issuer)
        fixture.pass(.milliseconds(1))
        #expect(fixture.take(issuer) == [.closed(code.mailbox, .expired)])

        var answers: [[UInt8]] = []
        let nameplates = [code.nameplate, used.nameplate, Nameplate(9_999_999)]
        for (index, nameplate) in nameplates.enumerated() {
            let joiner = fixture.client(UInt64(10 + index))
            fixture.say(.join(nameplate, first: [1]), joiner)
            let messages = fixture.take(joiner)
            #expect(messages.count == 1)
            // But for the reference, which is the joiner's own.
            answers.append(
                [UInt8](
                    try #require(messages.first).encoded.enumerated()
                        .filter { !(2..<10).contains($0.offset) }.map(\.element)))
        }

        #expect(answers.allSatisfy { $0 == [0x8b, 7, 7] })
    }

    @Test("guessing nameplates gets a source kept away")
    func guessing() throws {
        let issuer = fixture.client(1)
        let code = try claim(issuer)
        let guesser = fixture.client(2)
        for number in UInt32(0)..<2 { fixture.say(.join(Nameplate(number), first: []), guesser) }
        _ = fixture.take(guesser)

        fixture.say(.join(code.nameplate, first: []), guesser)
        fixture.say(.claim(ttl: 60, uses: 1), guesser)

        let number = UInt64(code.nameplate.number)
        #expect(
            fixture.take(guesser) == [
                .refused(type: 7, reference: number, .quota),
                .refused(type: 6, reference: 0, .quota),
            ])
        fixture.pass(.seconds(20))
        #expect(try join(code.nameplate, guesser) != nil)
    }

    @Test("one party too many burns the code for all")
    func crowded() throws {
        let issuer = fixture.client(1)
        let code = try claim(issuer)
        let joiners = (UInt64(2)...4).map { fixture.client($0) }
        let mailboxes = try joiners.map { try #require(try join(code.nameplate, $0)) }
        _ = fixture.take(issuer)

        let last = fixture.client(5)
        fixture.say(.join(code.nameplate, first: []), last)

        let number = UInt64(code.nameplate.number)
        #expect(fixture.take(last) == [.refused(type: 7, reference: number, .crowded)])
        #expect(fixture.take(issuer) == [.closed(code.mailbox, .crowded)])
        for (joiner, mailbox) in zip(joiners, mailboxes) {
            #expect(fixture.take(joiner) == [.closed(mailbox, .crowded)])
        }
        let later = fixture.client(6)
        fixture.say(.join(code.nameplate, first: []), later)
        #expect(fixture.take(later) == [.refused(type: 7, reference: number, .nameplateUnknown)])
    }

    @Test("a code for several has room for as many and two more")
    func uses() throws {
        let issuer = fixture.client(1)
        let code = try claim(issuer, uses: 4)
        for number in UInt64(2)...7 {
            #expect(try join(code.nameplate, fixture.client(number)) != nil)
        }
        #expect(try join(code.nameplate, fixture.client(8)) == nil)
    }

    @Test("a wrong code is void for all, whoever says it")
    func wrongCode() throws {
        let issuer = fixture.client(1)
        let joiner = fixture.client(2)
        let code = try claim(issuer)
        let mailbox = try #require(try join(code.nameplate, joiner))
        _ = fixture.take(issuer)

        fixture.say(.burn(mailbox, .wrongCode), joiner)

        #expect(fixture.take(issuer) == [.closed(code.mailbox, .wrongCode)])
        #expect(fixture.take(joiner) == [.closed(mailbox, .wrongCode)])
        #expect(fixture.server.counters.codesBurnt == 1)
    }

    @Test("a joiner that leaves or withdraws takes only its own mailbox along")
    func leaving() throws {
        let issuer = fixture.client(1)
        let code = try claim(issuer)
        let first = fixture.client(2)
        let second = fixture.client(3)
        let mailbox = try #require(try join(code.nameplate, first))
        let other = try #require(try join(code.nameplate, second))
        _ = fixture.take(issuer)

        fixture.say(.burn(mailbox, .withdrawn), first)
        #expect(fixture.take(first) == [.closed(mailbox, .withdrawn)])
        fixture.disconnect(second)
        #expect(fixture.take(issuer).isEmpty)

        for party in UInt8(1)...3 { fixture.say(.post(code.mailbox, party: party, []), issuer) }
        let refusal = ServerMessage.refused(
            type: 8, reference: code.mailbox.value, .nameplateUnknown)
        #expect(fixture.take(issuer) == [refusal, refusal, refusal])
        #expect(fixture.take(second).isEmpty)
        #expect(other != mailbox)
    }

    @Test("when the issuer goes, its joiners are told")
    func issuerGone() throws {
        let issuer = fixture.client(1)
        let joiner = fixture.client(2)
        let code = try claim(issuer)
        let mailbox = try #require(try join(code.nameplate, joiner))

        fixture.disconnect(issuer)

        #expect(fixture.take(joiner) == [.closed(mailbox, .issuerGone)])
        #expect(fixture.reported("nameplates_open") == 0)
    }

    @Test("mailboxes of others and parties that are not there are refused")
    func foreignMailboxes() throws {
        let issuer = fixture.client(1)
        let joiner = fixture.client(2)
        let stranger = fixture.client(3)
        let code = try claim(issuer)
        let mailbox = try #require(try join(code.nameplate, joiner))
        _ = fixture.take(issuer)

        fixture.say(.post(code.mailbox, party: 1, [9]), stranger)
        fixture.say(.post(mailbox, party: 0, [9]), stranger)
        fixture.say(.burn(mailbox, .wrongCode), stranger)
        fixture.say(.post(mailbox, party: 1, [9]), joiner)
        fixture.say(.post(code.mailbox, party: 0, [9]), issuer)
        fixture.say(.post(code.mailbox, party: 2, [9]), issuer)

        let refusals = fixture.take(stranger) + fixture.take(joiner) + fixture.take(issuer)
        #expect(refusals.count == 6)
        #expect(
            refusals.allSatisfy {
                if case .refused(_, _, .nameplateUnknown) = $0 { true } else { false }
            })
    }

    @Test("a mailbox takes 32 messages")
    func messageLimit() throws {
        let issuer = fixture.client(1)
        let joiner = fixture.client(2)
        let code = try claim(issuer)
        let mailbox = try #require(try join(code.nameplate, joiner))
        for _ in 0..<31 { fixture.say(.post(mailbox, party: 0, []), joiner) }
        #expect(fixture.take(issuer).count == 32)
        #expect(fixture.take(joiner).isEmpty)

        fixture.say(.post(mailbox, party: 0, []), joiner)

        #expect(
            fixture.take(joiner) == [
                .refused(type: 8, reference: mailbox.value, .tooMany),
                .closed(mailbox, .tooManyMessages),
            ])
        #expect(fixture.take(issuer).isEmpty)
    }

    @Test("ten claims a minute, 128 open ones of a source, and none when nameplates are out")
    func claimLimits() throws {
        let issuer = fixture.client(1)
        for _ in 0..<10 { _ = try claim(issuer) }
        fixture.say(.claim(ttl: 60, uses: 1), issuer)
        #expect(fixture.take(issuer) == [.refused(type: 6, reference: 0, .quota)])

        for _ in 0..<200 {
            fixture.pass(.seconds(6))
            fixture.say(.claim(ttl: 86_400, uses: 1), issuer)
        }
        #expect(fixture.reported("nameplates_open") == 128)

        fixture.exhaustNameplates()
        let other = fixture.client(2)
        fixture.say(.claim(ttl: 60, uses: 1), other)
        #expect(fixture.take(other) == [.refused(type: 6, reference: 0, .quota)])
    }
}
