import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct RendezvousServerCallsTests {
    private let fixture = ServerFixture()
    private let number = CallID(7)

    private func call(
        _ callee: UInt64, from caller: RendezvousServer.ClientID, wantsRelay: Bool = true,
        _ call: CallID = CallID(7)
    ) {
        fixture.say(
            .call(call, callee: ServerFixture.key(callee), wantsRelay: wantsRelay, sealed: [1, 2]),
            caller)
    }

    private func offeredToken(_ messages: [ServerMessage]) -> RelayToken? {
        for case .incoming(_, _, _, let token, _) in messages { return token }
        return nil
    }

    private func failure(_ status: RendezvousStatus, _ call: CallID = CallID(7)) -> ServerMessage {
        .called(call, status, token: nil, sealed: [])
    }

    @Test("a call is carried, and the callee's side is stored before the caller hears of it")
    func mediation() throws {
        let caller = fixture.client(1, isCallable: false)
        let callee = fixture.client(2)

        call(2, from: caller)
        let incoming = fixture.take(callee)
        let token = try #require(offeredToken(incoming))
        #expect(
            incoming == [
                .incoming(
                    number, caller: ServerFixture.key(1), wantsRelay: true, token: token,
                    sealed: [1, 2])
            ])
        #expect(fixture.take(caller).isEmpty)

        fixture.say(.attach(token), callee)
        guard case .attached(token, let calleeSide, isJoined: false) = fixture.take(callee).first
        else {
            Issue.record("not attached")
            return
        }
        fixture.say(.answer(number, isAccepted: true, sealed: [3]), callee)
        #expect(fixture.relay.sides[calleeSide] == .simulated(host: 2))
        #expect(fixture.take(caller) == [.called(number, .ok, token: token, sealed: [3])])

        fixture.say(.attach(token), caller)
        let answers = fixture.take(caller)
        guard case .attached(token, let callerSide, isJoined: true) = answers.first else {
            Issue.record("not attached")
            return
        }
        #expect(answers == [.attached(token, callerSide, isJoined: true), .joined(callerSide)])
        #expect(fixture.take(callee) == [.joined(calleeSide)])
        #expect(fixture.relay.partners[callerSide] == calleeSide)
        #expect(fixture.reported("calls_pending") == 0)
        #expect(fixture.reported("tokens_waiting") == 0)
    }

    @Test("a peer that is not there, or may not be called, is not registered")
    func notRegistered() {
        let caller = fixture.client(1)
        let shy = fixture.client(2, isCallable: false)

        call(3, from: caller)
        call(2, from: caller, CallID(8))

        #expect(
            fixture.take(caller) == [failure(.notRegistered), failure(.notRegistered, CallID(8))])
        #expect(fixture.take(shy).isEmpty)
        #expect(fixture.reported("tokens_waiting") == 0)
    }

    @Test("a callee that is silent for five seconds does not answer any more")
    func noAnswer() {
        let caller = fixture.client(1)
        let callee = fixture.client(2)
        call(2, from: caller)
        let token = offeredToken(fixture.take(callee))

        fixture.pass(.milliseconds(4_999))
        #expect(fixture.take(caller).isEmpty)
        fixture.pass(.milliseconds(1))
        #expect(fixture.take(caller) == [failure(.noAnswer)])

        fixture.say(.answer(number, isAccepted: true, sealed: []), callee)
        #expect(fixture.take(callee) == [.refused(type: 3, reference: 7, .noAnswer)])
        #expect(fixture.take(caller).isEmpty)
        #expect(token != nil)
        #expect(fixture.reported("tokens_waiting") == 0)
    }

    @Test("a refusal is told, and an attached side is taken back")
    func refusal() throws {
        let caller = fixture.client(1)
        let callee = fixture.client(2)
        call(2, from: caller)
        let token = try #require(offeredToken(fixture.take(callee)))
        fixture.say(.attach(token), callee)
        _ = fixture.take(callee)

        fixture.say(.answer(number, isAccepted: false, sealed: []), callee)

        #expect(fixture.take(caller) == [failure(.refusedByPeer)])
        guard case .detached(_, .notJoined) = fixture.take(callee).first else {
            Issue.record("the side is still there")
            return
        }
        #expect(fixture.relay.sides.isEmpty)
    }

    @Test("an answer without an attachment leads nobody to the relay")
    func withoutAttachment() throws {
        let caller = fixture.client(1)
        let callee = fixture.client(2)
        call(2, from: caller)
        let token = try #require(offeredToken(fixture.take(callee)))

        fixture.say(.answer(number, isAccepted: true, sealed: [3]), callee)
        #expect(fixture.take(caller) == [.called(number, .ok, token: nil, sealed: [3])])

        fixture.say(.attach(token), caller)
        #expect(
            fixture.take(caller)
                == [.refused(type: 4, reference: token.reference, .tokenUnknown)])
    }

    @Test("the newest process is asked first, after a while the next one; the first answer counts")
    func fallBack() {
        let caller = fixture.client(1)
        let old = fixture.client(2)
        let new = fixture.client(2, at: ServerFixture.place(3))
        call(2, from: caller, wantsRelay: false)
        #expect(fixture.take(old).isEmpty)
        #expect(fixture.take(new).count == 1)

        fixture.pass(.milliseconds(1_500))
        #expect(fixture.take(old).count == 1)
        fixture.say(.answer(number, isAccepted: true, sealed: [9]), old)
        #expect(fixture.take(caller) == [.called(number, .ok, token: nil, sealed: [9])])

        fixture.say(.answer(number, isAccepted: true, sealed: [8]), new)
        #expect(fixture.take(new) == [.refused(type: 3, reference: 7, .noAnswer)])
        #expect(fixture.take(caller).isEmpty)
    }

    @Test("a process that refuses or goes passes the call on at once")
    func passingOn() {
        let caller = fixture.client(1)
        let third = fixture.client(2)
        let second = fixture.client(2, at: ServerFixture.place(3))
        let first = fixture.client(2, at: ServerFixture.place(4))
        call(2, from: caller, wantsRelay: false)
        #expect(fixture.take(first).count == 1)

        fixture.say(.answer(number, isAccepted: false, sealed: []), first)
        #expect(fixture.take(second).count == 1)
        fixture.disconnect(second)
        #expect(fixture.take(third).count == 1)
        #expect(fixture.take(caller).isEmpty)
        fixture.disconnect(third)

        #expect(fixture.take(caller) == [failure(.notRegistered)])
        #expect(fixture.reported("calls_pending") == 0)
    }

    @Test("a caller that goes leaves nothing behind")
    func callerGone() throws {
        let caller = fixture.client(1)
        let callee = fixture.client(2)
        call(2, from: caller)
        let token = try #require(offeredToken(fixture.take(callee)))
        fixture.say(.attach(token), callee)
        _ = fixture.take(callee)

        fixture.disconnect(caller)

        guard case .detached(_, .notJoined) = fixture.take(callee).first else {
            Issue.record("the side is still there")
            return
        }
        #expect(fixture.reported("calls_pending") == 0)
        #expect(fixture.reported("channel_sides") == 0)
        fixture.say(.answer(number, isAccepted: true, sealed: []), callee)
        #expect(fixture.take(callee) == [.refused(type: 3, reference: 7, .noAnswer)])
    }

    @Test("a call with oneself, and two of one number, make no sense")
    func malformed() {
        let caller = fixture.client(1)
        let callee = fixture.client(2)
        call(1, from: caller)
        #expect(fixture.take(caller) == [failure(.malformed)])

        call(2, from: caller)
        call(2, from: caller)
        #expect(fixture.take(caller) == [failure(.malformed)])
        #expect(fixture.take(callee).count == 1)
    }

    @Test("a stranger cannot answer a call")
    func strangersAnswer() {
        let caller = fixture.client(1)
        _ = fixture.client(2)
        let stranger = fixture.client(3)
        call(2, from: caller)

        fixture.say(.answer(number, isAccepted: true, sealed: [6]), stranger)

        #expect(fixture.take(caller).isEmpty)
        #expect(fixture.take(stranger) == [.refused(type: 3, reference: 7, .noAnswer)])
    }

    @Test("twenty calls a minute, counted by key")
    func quota() {
        let caller = fixture.client(1)
        for number in UInt64(0)..<20 { call(9, from: caller, CallID(number)) }
        #expect(fixture.take(caller).allSatisfy { $0 != failure(.quota) })

        let again = fixture.client(1, at: ServerFixture.place(77))
        call(9, from: again, CallID(50))
        #expect(fixture.take(again) == [failure(.quota, CallID(50))])

        fixture.pass(.seconds(3))
        call(9, from: again, CallID(51))
        #expect(fixture.take(again) == [failure(.notRegistered, CallID(51))])
        #expect(fixture.server.counters.callsOverQuota == 1)
    }

    @Test("without a relay calls go on, and nobody gets a token")
    func relayOff() {
        let fixture = ServerFixture(relays: false)
        let caller = fixture.client(1)
        let callee = fixture.client(2)
        fixture.say(
            .call(number, callee: ServerFixture.key(2), wantsRelay: true, sealed: []), caller)
        #expect(
            fixture.take(callee) == [
                .incoming(
                    number, caller: ServerFixture.key(1), wantsRelay: true, token: nil, sealed: [])
            ])

        fixture.say(.attach(MessageSamples.token), caller)
        #expect(
            fixture.take(caller)
                == [.refused(type: 4, reference: MessageSamples.token.reference, .relayOff)])
    }
}
