import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct RendezvousClientTests {
    private static let welcome = ServerMessage.Welcome(
        instance: 1, observed: .simulated(host: 1), otherPort: nil, relays: true, relayRate: 0)

    private let client = RendezvousClient(
        isCallable: true, label: "box", random: SeededRandomSource(seed: 1))
    private let start = Instant(nanoseconds: 0)
    private let peer = Sample.keyPair(2).publicKey
    private let token = MessageSamples.token

    private func greet() {
        client.connected(now: start)
        receive(.welcome(Self.welcome))
        _ = (messages(), events())
    }

    private func receive(_ message: ServerMessage, now: Instant? = nil) {
        client.receive(message.encoded, now: now ?? start)
    }

    private func messages() -> [ClientMessage] {
        var messages: [ClientMessage] = []
        while let message = client.pollMessage() { messages.append(message) }
        return messages
    }

    private func events() -> [RendezvousClientEvent] {
        var events: [RendezvousClientEvent] = []
        while let event = client.pollEvent() { events.append(event) }
        return events
    }

    @Test("a connection begins with HELLO and is ready with WELCOME, each time anew")
    func greeting() {
        for _ in 0..<2 {
            client.connected(now: start)
            #expect(messages() == [.hello(isCallable: true, label: "box")])
            receive(.welcome(Self.welcome))
            #expect(events() == [.welcome(Self.welcome, isNew: true)])
            #expect(client.state == .ready(Self.welcome))
            client.disconnected()
            #expect(client.state == .away)
        }
    }

    @Test("another WELCOME tells of another address")
    func observed() {
        greet()
        var welcome = Self.welcome
        welcome.observed = .simulated(host: 9)

        receive(.welcome(welcome))

        #expect(events() == [.welcome(welcome, isNew: false)])
        #expect(client.state == .ready(welcome))
    }

    @Test("a server that does not welcome us in ten seconds is given up")
    func noWelcome() {
        client.connected(now: start)
        #expect(client.nextTimeout == start + .seconds(10))
        client.handleTimeout(now: start + .milliseconds(9_999))
        #expect(events().isEmpty)

        client.handleTimeout(now: start + .seconds(10))

        #expect(events() == [.failed(.noWelcome)])
        #expect(client.nextTimeout == nil)
        receive(.welcome(Self.welcome))
        #expect(events().isEmpty)
    }

    @Test("a server that refuses, speaks otherwise or makes no sense is given up")
    func serverFailures() {
        // Row 74 of the catalogue of bad input, as far as it is about messages.
        let cases: [([UInt8], ServerFailure)] = [
            (ServerMessage.refused(type: 1, reference: 0, .quota).encoded, .refused(.quota)),
            ([0x81, 2, 0, 0], .unsupportedVersion(2)),
            ([0x81, 1, 0], .malformed(type: 0x81)),
            (ServerMessage.joined(RelayChannelID(1)).encoded, .malformed(type: 0x85)),
        ]
        for (bytes, failure) in cases {
            client.connected(now: start)
            client.receive(bytes, now: start)
            #expect(events() == [.failed(failure)])
            #expect(client.state == .failed(failure))
            client.disconnected()
        }
        greet()
        client.receivedNonsense()
        #expect(events() == [.failed(.malformed(type: 0))])
    }

    @Test("without a connection requests fail at once")
    func notConnected() {
        let call = client.call(peer, wantsRelay: true, now: start) { _ in [] }
        client.attach(token, now: start)
        client.claim(ttl: 60, uses: 1, now: start)
        client.join(Nameplate(3), first: [], now: start)

        #expect(
            events() == [
                .callFailed(call, .notConnected), .attachFailed(token, .notConnected),
                .claimFailed(.notConnected), .joinFailed(Nameplate(3), .notConnected),
            ])
        #expect(messages().isEmpty)
    }

    @Test("a call carries what was sealed for its number and ends once")
    func call() {
        greet()
        let call = client.call(peer, wantsRelay: true, now: start) { call in
            [UInt8(truncatingIfNeeded: call.value)]
        }
        let sealed = [UInt8(truncatingIfNeeded: call.value)]
        #expect(messages() == [.call(call, callee: peer, wantsRelay: true, sealed: sealed)])

        receive(.called(call, .ok, token: token, sealed: [5]))
        receive(.called(call, .ok, token: token, sealed: [5]))

        #expect(events() == [.called(call, token: token, sealed: [5])])
        #expect(client.ignoredMessageCount == 1)
        #expect(client.nextTimeout == nil)
    }

    @Test("a call fails with the server's word, after eight seconds, or with the connection")
    func callFailures() {
        greet()
        let calls = (0..<3).map { _ in client.call(peer, wantsRelay: false, now: start) { _ in [] }
        }

        receive(.called(calls[0], .notRegistered, token: nil, sealed: []))
        #expect(events() == [.callFailed(calls[0], .status(.notRegistered))])
        #expect(client.nextTimeout == start + .seconds(8))
        client.handleTimeout(now: start + .seconds(8))
        #expect(
            events() == calls[1...].map { RendezvousClientEvent.callFailed($0, .serverSilent) })

        let last = client.call(peer, wantsRelay: false, now: start) { _ in [] }
        client.disconnected()
        #expect(events() == [.callFailed(last, .notConnected)])
    }

    @Test("an incoming call is answered or refused once, and in time")
    func incoming() {
        greet()
        for number in UInt64(1)...4 {
            receive(
                .incoming(
                    CallID(number), caller: peer, wantsRelay: true, token: token, sealed: [6]))
        }
        let first = IncomingCall(
            call: CallID(1), caller: peer, wantsRelay: true, token: token, sealed: [6])
        #expect(events().first == .incoming(first))

        #expect(client.answer(CallID(1), sealed: [7]))
        #expect(!client.answer(CallID(1), sealed: [7]))
        #expect(client.refuse(CallID(2)))
        client.handleTimeout(now: start + .seconds(5))
        #expect(!client.answer(CallID(3), sealed: []))
        #expect(
            messages() == [
                .answer(CallID(1), isAccepted: true, sealed: [7]),
                .answer(CallID(2), isAccepted: false, sealed: []),
            ])

        receive(.refused(type: 3, reference: 1, .noAnswer))
        #expect(events() == [.answerRefused(CallID(1))])
    }

    @Test("more than 64 calls at a time are refused by themselves")
    func tooManyIncoming() {
        greet()
        for number in UInt64(1)...70 {
            receive(
                .incoming(CallID(number), caller: peer, wantsRelay: false, token: nil, sealed: []))
        }

        #expect(events().count == 64)
        #expect(messages().count == 6)
    }

    @Test("whoever may not be called takes a call for nonsense")
    func notCallable() {
        let client = RendezvousClient(
            isCallable: false, label: "", random: SeededRandomSource(seed: 1))
        client.connected(now: start)
        client.receive(ServerMessage.welcome(Self.welcome).encoded, now: start)
        let call = ServerMessage.incoming(
            CallID(1), caller: peer, wantsRelay: false, token: nil, sealed: [])

        client.receive(call.encoded, now: start)

        #expect(client.state == .failed(.malformed(type: 0x82)))
    }

    @Test("a channel is attached, joined and lost")
    func channel() {
        greet()
        let channel = RelayChannelID(4)
        client.attach(token, now: start)
        receive(.attached(token, channel, isJoined: false))
        receive(.joined(channel))
        receive(.detached(channel, .idle))
        receive(.detached(channel, .idle))
        #expect(
            events() == [
                .attached(token, channel), .joined(channel), .detached(channel, .ending(.idle)),
            ])

        client.attach(token, now: start)
        receive(.refused(type: 4, reference: token.reference, .tokenUnknown))
        #expect(events() == [.attachFailed(token, .status(.tokenUnknown))])

        client.attach(token, now: start)
        receive(.attached(token, channel, isJoined: false))
        client.disconnected()
        #expect(events().last == .detached(channel, .connectionLost))
    }

    @Test("what is granted after it was given up is given back")
    func lateGrants() {
        greet()
        client.attach(token, now: start)
        client.claim(ttl: 60, uses: 1, now: start)
        client.join(Nameplate(3), first: [], now: start)
        client.handleTimeout(now: start + .seconds(5))
        #expect(events().count == 3)
        client.join(Nameplate(4), first: [], now: start)
        _ = messages()

        receive(.attached(token, RelayChannelID(4), isJoined: false))
        receive(.claimed(MailboxID(5), Nameplate(6), ttl: 60))
        receive(.entered(MailboxID(7), party: 0, []))
        receive(.entered(MailboxID(8), party: 0, []))

        #expect(
            messages() == [
                .detach(RelayChannelID(4)), .burn(MailboxID(5), .withdrawn),
                .burn(MailboxID(7), .withdrawn),
            ])
        #expect(events() == [.joinedCode(MailboxID(8), Nameplate(4))])
    }

    @Test("mailboxes are opened, used and closed")
    func mailboxes() {
        greet()
        let mailbox = MailboxID(5)
        client.claim(ttl: 60, uses: 1, now: start)
        receive(.claimed(mailbox, Nameplate(6), ttl: 60))
        receive(.entered(mailbox, party: 1, [1]))
        receive(.message(mailbox, party: 1, [3]))
        #expect(
            events() == [
                .claimed(mailbox, Nameplate(6), ttl: 60), .entered(mailbox, party: 1, [1]),
                .message(mailbox, party: 1, [3]),
            ])

        _ = messages()
        #expect(client.post([2], from: mailbox, to: 1))
        #expect(!client.post([2], from: MailboxID(99), to: 1))
        #expect(client.burn(mailbox, .finished))
        #expect(!client.burn(mailbox, .expired))
        #expect(messages() == [.post(mailbox, party: 1, [2]), .burn(mailbox, .finished)])
        receive(.closed(mailbox, .finished))
        #expect(events() == [.closed(mailbox, .ending(.finished))])
        #expect(!client.burn(mailbox, .finished))

        client.join(Nameplate(6), first: [1], now: start)
        receive(.refused(type: 7, reference: 6, .nameplateUnknown))
        client.claim(ttl: 60, uses: 1, now: start)
        receive(.refused(type: 6, reference: 0, .quota))
        #expect(
            events() == [
                .joinFailed(Nameplate(6), .status(.nameplateUnknown)),
                .claimFailed(.status(.quota)),
            ])
    }

    @Test("an open mailbox is lost with the connection, and its owner is told")
    func lostMailbox() {
        greet()
        client.claim(ttl: 60, uses: 1, now: start)
        receive(.claimed(MailboxID(5), Nameplate(6), ttl: 60))
        _ = events()

        client.connected(now: start)

        #expect(events() == [.closed(MailboxID(5), .connectionLost)])
        #expect(messages() == [.hello(isCallable: true, label: "box")])
    }

    @Test("a server that talks without end is given up")
    func flood() {
        greet()
        for _ in 0..<2_000 { receive(.counters("x 1\n")) }

        let events = events()
        #expect(events.count <= RendezvousClient.eventLimit + 1)
        #expect(events.last == .failed(.flood))
    }
}
