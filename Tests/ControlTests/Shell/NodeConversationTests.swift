import SRMUDP
import Testing

@testable import Control

@Suite struct NodeConversationTests {
    private final class Fixture {
        let node: FakeNode
        let client: ControlClient
        let conversation: NodeConversation
        private let shown = Lines()

        var lines: [String] { shown.lines }
        var outcome: NodeConversation.Outcome?

        init() throws {
            node = try FakeNode()
            let client = try #require(try node.connect())
            self.client = client
            conversation = NodeConversation(client: client) { [shown] in shown.lines.append($0) }
            client.notified = { [unowned self] in _ = conversation.notified($0, $1) }
            client.whenLost = { [unowned self] in conversation.lost() }
        }

        func begin(_ command: NodeQuestion) {
            conversation.begin(command) { [unowned self] in outcome = $0 }
        }

        deinit { client.close() }
    }

    private final class Lines {
        var lines: [String] = []
    }

    private static func event(_ topic: String, _ kind: String, _ text: String) -> JSONValue {
        .object([
            ("topic", .string(topic)), ("kind", .string(kind)), ("text", .string(text)),
            ("invitation", .string("i1")),
        ])
    }

    @Test("an answer is shown in words, or as JSON")
    func answers() throws {
        let fixture = try Fixture()
        fixture.node.answers["log.level"] = { $0.answer(.object([("former", .string("info"))])) }
        var command = NodeQuestion(
            "log.level", [("level", .string("debug"))], view: .logLevel("debug"))

        fixture.begin(command)
        try fixture.node.wait { fixture.outcome != nil }

        #expect(fixture.outcome == .done)
        #expect(fixture.lines == ["log level: debug (was info)"])

        command.json = true
        fixture.outcome = nil
        fixture.begin(command)
        try fixture.node.wait { fixture.outcome != nil }

        #expect(fixture.lines.last == #"{"former":"info"}"#)
    }

    @Test("an error comes with its exit code and hint")
    func errors() throws {
        let fixture = try Fixture()
        let error = CommandError("'a' is not reachable", "no path", hint: "wait", .notReachable)
        fixture.node.answers["session.connect"] = { $0.fail(ControlError(error)) }

        fixture.begin(NodeQuestion("session.connect", view: .session))
        try fixture.node.wait { fixture.outcome != nil }

        #expect(fixture.outcome == .failed(error))
        #expect(fixture.lines.isEmpty)
    }

    @Test("what was given up says nothing when it is answered at last")
    func interrupted() throws {
        let fixture = try Fixture()
        fixture.begin(NodeQuestion("session.connect", view: .done("connected")))
        try fixture.node.wait { !fixture.node.held.isEmpty }

        fixture.conversation.interrupt()

        #expect(fixture.outcome == .interrupted)
        fixture.outcome = nil
        fixture.begin(NodeQuestion("node.reload", view: .done("read")))
        try fixture.node.wait { fixture.node.held.count == 2 }
        fixture.node.release()
        try fixture.node.wait { fixture.outcome != nil }
        #expect(fixture.lines == ["read"])
    }

    @Test("an invitation is followed to its end")
    func invitation() throws {
        let fixture = try Fixture()
        fixture.node.answers["pair.invite"] = { call in
            call.answer(.object([("invitation", .string("i1"))]))
            call.client.notify("event", Self.event("pair", "code", "the code is 1-a-b"))
            call.client.notify("event", Self.event("session", "up", "not ours"))
            call.client.notify("event", Self.event("pair", "paired", "paired with 'a'"))
            call.client.notify("event", Self.event("pair", "finished", "the code is used up"))
        }
        var command = NodeQuestion("pair.invite", view: .events)
        command.end = .invitation

        fixture.begin(command)
        try fixture.node.wait { fixture.outcome != nil }

        #expect(fixture.outcome == .done)
        #expect(fixture.lines == ["the code is 1-a-b", "paired with 'a'", "the code is used up"])
    }

    @Test("an invitation that is interrupted is cancelled, one that nobody used has failed")
    func uselessInvitation() throws {
        let fixture = try Fixture()
        fixture.node.answers["pair.invite"] = {
            $0.answer(.object([("invitation", .string("i1"))]))
            $0.client.notify("event", Self.event("pair", "code", "code"))
        }
        var command = NodeQuestion("pair.invite", view: .events)
        command.end = .invitation
        fixture.begin(command)
        try fixture.node.wait { fixture.lines.count == 1 }

        fixture.conversation.interrupt()
        try fixture.node.wait { fixture.node.calls.count == 2 }

        #expect(fixture.outcome == .interrupted)
        #expect(fixture.node.calls == ["pair.invite", "pair.cancel"])

        fixture.outcome = nil
        fixture.node.answers["pair.invite"] = {
            $0.answer(.object([("invitation", .string("i1"))]))
            $0.client.notify("event", Self.event("pair", "finished", "over"))
        }
        fixture.begin(command)
        try fixture.node.wait { fixture.outcome != nil }
        #expect(
            fixture.outcome
                == .failed(CommandError("pair", "nobody used the code", .failure)))
    }

    @Test("what is watched is shown until an interrupt, which is no failure")
    func watch() throws {
        let fixture = try Fixture()
        fixture.node.answers["events.subscribe"] = {
            $0.answer(.object([]))
            $0.client.notify("event", Self.event("session", "up", "up\u{1b}[2J"))
            $0.client.notify("event", Self.event("flow", "opened", "not asked for"))
        }
        var command = NodeQuestion("events.subscribe", view: .events)
        command.end = .interrupt(topics: ["session"])
        fixture.begin(command)
        try fixture.node.wait { !fixture.lines.isEmpty }

        fixture.conversation.interrupt()
        try fixture.node.wait { fixture.node.calls.count == 2 }

        #expect(fixture.outcome == .done)
        #expect(fixture.lines == ["up?[2J"])
        #expect(fixture.node.calls == ["events.subscribe", "events.unsubscribe"])
    }

    @Test("each ping is shown when it comes")
    func pings() throws {
        let fixture = try Fixture()
        fixture.node.answers["path.ping"] = { call in
            let answer: JSONValue = .object([
                ("sequence", .number(1)), ("kind", .string("direct")),
                ("path", .string("192.0.2.7:7001")), ("rttMicroseconds", .number(11_200)),
                ("silent", .bool(false)),
            ])
            call.progress([("answer", answer)])
            call.answer(.object([("count", .number(1))]))
        }

        fixture.begin(NodeQuestion("path.ping", view: .pings))
        try fixture.node.wait { fixture.outcome != nil }

        #expect(
            fixture.lines == ["1: direct, 192.0.2.7:7001, RTT \(Interval.microseconds(11_200))"])
    }

    @Test("the end of the node ends the command")
    func lost() throws {
        let fixture = try Fixture()
        fixture.begin(NodeQuestion("session.connect", view: .session))
        try fixture.node.wait { !fixture.node.held.isEmpty }

        fixture.node.end()
        try fixture.node.wait { fixture.outcome != nil }

        guard case .failed = fixture.outcome else {
            Issue.record("\(String(describing: fixture.outcome))")
            return
        }
        #expect(!fixture.conversation.isBusy)
    }
}
