import SRMUDP
import Synchronization
import TestSupport
import Testing

@testable import Control

@Suite struct RendezvousServerRelayTests {
    private let fixture: ServerFixture
    private let caller: RendezvousServer.ClientID
    private let callee: RendezvousServer.ClientID

    init() {
        fixture = ServerFixture()
        caller = fixture.client(1)
        callee = fixture.client(2)
    }

    /// The token of a new call, with the callee attached and the call answered.
    private func answeredCall(_ call: UInt64 = 7) throws -> RelayToken {
        fixture.say(
            .call(CallID(call), callee: ServerFixture.key(2), wantsRelay: true, sealed: []), caller)
        var found: RelayToken?
        for case .incoming(_, _, _, let token, _) in fixture.take(callee) { found = token }
        let token = try #require(found)
        fixture.say(.attach(token), callee)
        fixture.say(.answer(CallID(call), isAccepted: true, sealed: []), callee)
        _ = fixture.take(caller)
        return token
    }

    private func channel(_ id: RendezvousServer.ClientID) throws -> RelayChannelID {
        var found: RelayChannelID?
        for case .attached(_, let channel, _) in fixture.take(id) { found = channel }
        return try #require(found)
    }

    private func joinedSides() throws -> (caller: RelayChannelID, callee: RelayChannelID) {
        let token = try answeredCall()
        fixture.say(.attach(token), caller)
        return (try channel(caller), try channel(callee))
    }

    @Test("unknown, expired, used, foreign and doubled tokens have one answer, in the same bytes")
    func oneRefusal() throws {
        // Row 70 of the catalogue of bad input.
        let stranger = fixture.client(3)
        func refusal(_ token: RelayToken, _ id: RendezvousServer.ClientID) throws -> [UInt8] {
            _ = fixture.take(id)
            fixture.say(.attach(token), id)
            let messages = fixture.take(id)
            #expect(messages.count == 1)
            let bytes = try #require(messages.first).encoded
            // But for the reference, which is the client's own.
            return [UInt8](bytes[..<2] + bytes[10...])
        }

        let token = try answeredCall()
        var refusals = [try refusal(MessageSamples.token, caller)]
        refusals.append(try refusal(token, stranger))
        refusals.append(try refusal(token, callee))
        fixture.say(.attach(token), caller)
        refusals.append(try refusal(token, caller))
        refusals.append(try refusal(token, callee))
        let late = try answeredCall(8)
        fixture.pass(.seconds(10))
        refusals.append(try refusal(late, caller))

        #expect(Set(refusals).count == 1)
        #expect(fixture.server.counters.tokensUnknown == 6)
    }

    @Test("the answers do not tell a token, and neither does the log")
    func secrecy() throws {
        let lines = LogLines()
        var settings = RendezvousServer.Settings()
        settings.limits.helloTime = .seconds(1)
        let server = RendezvousServer(
            settings: settings, relay: fixture.relay, takeNameplate: { nil },
            random: SeededRandomSource(seed: 5), logger: lines.logger)
        let ids = (UInt64(1)...2).map { number in
            server.connected(
                ServerFixture.key(number), at: ServerFixture.place(UInt16(number)),
                now: fixture.now)
        }
        for id in ids {
            let hello = ClientMessage.hello(isCallable: true, label: "")
            server.receive(hello.encoded, from: id, now: fixture.now)
        }
        let call = ClientMessage.call(
            CallID(1), callee: ServerFixture.key(2), wantsRelay: true, sealed: [])
        server.receive(call.encoded, from: ids[0], now: fixture.now)
        var token: RelayToken?
        for case .send(_, .incoming(_, _, _, let found, _)) in server.takeOutputs() {
            token = found
        }

        let hexadecimal = try #require(token).bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        #expect(lines.text.contains("token"))
        #expect(!lines.text.contains(hexadecimal[..<2].joined()))
    }

    @Test("a side that waits is told when the time of the token is over")
    func halfOpen() throws {
        // Row 71.
        _ = try answeredCall()
        let side = try channel(callee)

        fixture.pass(.milliseconds(9_999))
        #expect(fixture.take(callee).isEmpty)
        fixture.pass(.milliseconds(1))

        #expect(fixture.take(callee) == [.detached(side, .notJoined)])
        #expect(fixture.relay.sides.isEmpty)
        #expect(fixture.reported("tokens_waiting") == 0)
    }

    @Test("when one side goes, however, the other one is told and the channel is over")
    func ending() throws {
        let first = try joinedSides()
        fixture.say(.detach(first.caller), caller)
        #expect(fixture.take(callee) == [.detached(first.callee, .peerDetached)])
        #expect(fixture.relay.sides.isEmpty)

        let second = try joinedSides()
        _ = fixture.take(caller)
        fixture.disconnect(callee)
        #expect(fixture.take(caller) == [.detached(second.caller, .peerDetached)])
        #expect(fixture.relay.sides.isEmpty)
        #expect(fixture.reported("channel_sides") == 0)
    }

    @Test("an idle channel ends for both sides")
    func idle() throws {
        let sides = try joinedSides()
        _ = (fixture.take(caller), fixture.take(callee))

        fixture.idle(sides.callee)
        fixture.idle(sides.caller)

        #expect(fixture.take(caller) == [.detached(sides.caller, .idle)])
        #expect(fixture.take(callee) == [.detached(sides.callee, .idle)])
        #expect(fixture.relay.sides.isEmpty)
    }

    @Test("a channel follows its client to another address")
    func move() throws {
        let sides = try joinedSides()

        fixture.move(caller, to: ServerFixture.place(99))

        #expect(fixture.relay.sides[sides.caller] == .simulated(host: 99))
        #expect(fixture.relay.sides[sides.callee] == .simulated(host: 2))
    }

    @Test("a channel of somebody else cannot be detached")
    func foreignChannel() throws {
        let sides = try joinedSides()
        let stranger = fixture.client(3)

        fixture.say(.detach(sides.caller), stranger)

        #expect(
            fixture.take(stranger)
                == [.refused(type: 5, reference: sides.caller.number, .tokenUnknown)])
        #expect(fixture.relay.sides.count == 2)
    }

    @Test("32 tokens of a source may wait; calls beyond go on without")
    func waitingTokens() {
        var withToken = 0
        for number in UInt64(0)..<40 {
            let peer = fixture.client(100 + number, at: ServerFixture.place(1))
            fixture.say(
                .call(
                    CallID(number), callee: ServerFixture.key(2), wantsRelay: true, sealed: []),
                peer)
        }
        for case .incoming(_, _, _, let token, _) in fixture.take(callee) where token != nil {
            withToken += 1
        }

        #expect(withToken == 32)
        #expect(fixture.reported("tokens_waiting") == 32)
        #expect(fixture.reported("calls_pending") == 40)
        fixture.pass(.seconds(10))
        #expect(fixture.reported("tokens_waiting") == 0)
    }

    @Test("sides are limited for each source and where the relay has no room")
    func channelLimits() throws {
        let fixture = ServerFixture { $0.limits.channelSidesPerSource = 2 }
        let callee = fixture.client(2)
        var answers: [ServerMessage] = []
        for number in UInt64(0)..<4 {
            let peer = fixture.client(100 + number)
            if number == 1 { fixture.relay.isFull = true }
            if number == 2 { fixture.relay.isFull = false }
            fixture.say(
                .call(
                    CallID(number), callee: ServerFixture.key(2), wantsRelay: true, sealed: []),
                peer)
            for case .incoming(_, _, _, let token?, _) in fixture.take(callee) {
                fixture.say(.attach(token), callee)
            }
            answers += fixture.take(callee)
        }

        let refusals = answers.filter {
            if case .refused(4, _, .quota) = $0 { true } else { false }
        }
        #expect(answers.count == 4)
        #expect(refusals.count == 2)
        #expect(fixture.relay.sides.count == 2)
    }
}

/// Collects what is logged.
final class LogLines: Sendable {
    private let lines = Mutex("")

    var text: String { lines.withLock { $0 } }

    var logger: Logger {
        Logger(label: "", level: .trace) { [self] _, line in
            lines.withLock { $0 += line + "\n" }
        }
    }
}
