import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct RendezvousServerTests {
    @Test("a client is welcomed and told where it is seen")
    func welcome() {
        let fixture = ServerFixture { settings in
            settings.otherPort = 3_479
            settings.relayRate = 512
        }
        let id = fixture.stranger(1)

        fixture.say(.hello(isCallable: true, label: "box"), id)

        let welcome = ServerMessage.Welcome(
            instance: fixture.server.instance, observed: .simulated(host: 1), otherPort: 3_479,
            relays: true, relayRate: 512)
        #expect(fixture.take(id) == [.welcome(welcome)])
        #expect(fixture.reported("clients_callable") == 1)
    }

    @Test("a client that moves is told where it is seen now")
    func move() {
        let fixture = ServerFixture()
        let id = fixture.client(1)

        fixture.move(id, to: ServerFixture.place(9))
        fixture.move(id, to: ServerFixture.place(9))

        let messages = fixture.take(id)
        #expect(messages.count == 1)
        guard case .welcome(let welcome) = messages.first else {
            Issue.record("no WELCOME")
            return
        }
        #expect(welcome.observed == .simulated(host: 9))
    }

    @Test("whoever says no HELLO is dropped after ten seconds, and not before")
    func silence() {
        let fixture = ServerFixture()
        let silent = fixture.stranger(1)
        let polite = fixture.client(2)

        fixture.pass(.milliseconds(9_999))
        #expect(fixture.dropped.isEmpty)
        fixture.pass(.milliseconds(1))

        #expect(fixture.dropped == [silent: .silent])
        #expect(fixture.server.clientCount == 1)
        fixture.pass(.seconds(100))
        #expect(fixture.dropped[polite] == nil)
    }

    @Test("what comes before HELLO, a second HELLO and nonsense drop the client")
    func nonsense() {
        let fixture = ServerFixture()
        let early = fixture.stranger(1)
        let twice = fixture.client(2)
        let garbled = fixture.client(3)

        fixture.say(.status, early)
        fixture.say(.hello(isCallable: true, label: ""), twice)
        fixture.say([7, 0, 0], garbled)

        #expect(
            fixture.dropped == [early: .malformed, twice: .malformed, garbled: .malformed])
        #expect(fixture.server.clientCount == 0)
        #expect(fixture.server.counters.messagesMalformed == 3)
    }

    @Test("a message that makes no sense keeps its source away for 90 s")
    func penalty() {
        let fixture = ServerFixture()
        let bad = fixture.client(1)
        fixture.say([7, 0, 0], bad)

        let again = fixture.stranger(2, at: ServerFixture.place(1, port: 7_001))
        let other = fixture.client(3)
        #expect(fixture.take(again) == [.refused(type: 1, reference: 0, .quota)])
        #expect(fixture.dropped[again] == .quota)
        #expect(fixture.dropped[other] == nil)

        fixture.pass(.seconds(90))
        #expect(fixture.dropped[fixture.client(4, at: ServerFixture.place(1))] == nil)
    }

    @Test("messages of unknown types are skipped and counted")
    func unknownTypes() {
        let fixture = ServerFixture()
        let id = fixture.client(1)

        fixture.say([0x7f, 1, 2, 3], id)

        #expect(fixture.take(id).isEmpty)
        #expect(fixture.dropped.isEmpty)
        #expect(fixture.server.counters.messagesUnknown == 1)
    }

    @Test("a client of another version is told so")
    func version() {
        let fixture = ServerFixture()
        let id = fixture.stranger(1)

        fixture.say([1, 9, 1, 2, 3], id)

        #expect(fixture.take(id) == [.refused(type: 1, reference: 0, .unsupportedVersion)])
        #expect(fixture.dropped[id] == .unsupportedVersion)
    }

    @Test("too many messages at once drop the client")
    func flood() {
        let fixture = ServerFixture()
        let id = fixture.client(1)

        for _ in 0..<500 where fixture.dropped.isEmpty { fixture.say([0x7f], id) }

        #expect(fixture.dropped[id] == .flood)
        #expect(fixture.server.counters.messagesUnknown == 199)
    }

    @Test("clients are limited in all and for each source")
    func limits() {
        let fixture = ServerFixture { settings in
            settings.limits.clients = 10
            settings.limits.clientsPerSource = 3
        }
        for port in UInt16(1)...5 { _ = fixture.client(1, at: ServerFixture.place(1, port: port)) }
        #expect(fixture.server.clientCount == 3)
        for host in UInt64(2)...20 { _ = fixture.client(host) }

        #expect(fixture.server.clientCount == 10)
        #expect(!fixture.server.hasRoom)
        #expect(fixture.dropped.count == 2 + 12)
        #expect(fixture.dropped.values.allSatisfy { $0 == .quota })
    }

    @Test("counters are told, but not all the time")
    func counters() throws {
        let fixture = ServerFixture()
        let id = fixture.client(1)

        for _ in 0..<6 { fixture.say(.status, id) }

        let messages = fixture.take(id)
        guard case .counters(let text) = messages.first else {
            Issue.record("no COUNTERS")
            return
        }
        #expect(text.contains("clients 1\n"))
        #expect(text.utf8.count < MessageLimits.blob)
        #expect(messages.last == .refused(type: 10, reference: 0, .quota))
        #expect(messages.count == 6)
    }

    @Test("deadlines of what is over do not gather")
    func deadlines() {
        let fixture = ServerFixture()
        let issuer = fixture.client(1)
        for _ in 0..<2_000 {
            fixture.say(.claim(ttl: 86_400, uses: 1), issuer)
            for case .claimed(let mailbox, _, _) in fixture.take(issuer) {
                fixture.say(.burn(mailbox, .withdrawn), issuer)
            }
            fixture.pass(.seconds(6))
        }

        #expect(fixture.server.counters.claims == 2_000)
        #expect(fixture.server.deadlines.count < 100)
    }
}
