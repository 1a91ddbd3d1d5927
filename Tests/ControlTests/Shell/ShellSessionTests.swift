import SRMUDP
import Testing

@testable import Control

@Suite struct ShellSessionTests {
    private final class Fixture {
        let node: FakeNode
        let session: ShellSession
        let output = Lines()
        let reports = Lines()
        var codes: [ExitCode] = []

        init(isInteractive: Bool = true) throws {
            let node = try FakeNode()
            self.node = node
            let link = NodeLink { _ throws(CommandError) in try node.connect() }
            let screen = ShellScreen(
                style: .plain, output: { [output] in output.lines.append($0) },
                report: { [reports] in reports.lines.append($0) })
            let surroundings = Surroundings(variable: { _ in nil }, service: { _ in nil })
            session = ShellSession(
                loop: node.loop, link: link, screen: screen,
                builder: InvocationBuilder(surroundings: surroundings),
                isInteractive: isInteractive)
            try session.begin()
        }

        deinit { session.close() }

        /// Begins a line, which may outlast the fixture where a test fails.
        func begin(_ line: String) {
            session.run(line) { [weak self] in self?.codes.append($0) }
        }

        /// Runs a line to its end.
        func run(_ line: String) throws -> ExitCode? {
            let count = codes.count
            begin(line)
            try node.wait { codes.count > count }
            return codes.last
        }
    }

    final class Lines {
        var lines: [String] = []
    }

    private static func added(_ call: ControlCall) {
        call.answer(
            .object([
                ("group", .string("g1")),
                (
                    "forwards",
                    .array([
                        .object([
                            ("forward", .string("g1.1")), ("kind", .string("local")),
                            ("places", .array([.string("127.0.0.1:8080")])),
                            ("target", .string("localhost:80")),
                        ])
                    ])
                ),
            ]))
    }

    private static func status(peers: [String]) -> (ControlCall) -> Void {
        { call in
            let sessions = peers.map { JSONValue.object([("peer", .string($0))]) }
            call.answer(.object([("sessions", .array(sessions))]))
        }
    }

    @Test("a line of ssh adds a forward to the only session, and is answered as by ssh")
    func forwardLine() throws {
        let fixture = try Fixture()
        fixture.node.answers["node.status"] = Self.status(peers: ["homebox"])
        fixture.node.answers["forward.add"] = Self.added

        #expect(try fixture.run("-L 8080:localhost:80") == .success)

        #expect(
            fixture.output.lines == [
                "g1.1: listening on 127.0.0.1:8080 -> localhost:80", "Forwarding port.",
            ])
    }

    @Test("without a session the line needs a peer: behind it, or set before")
    func peerOfLine() throws {
        let fixture = try Fixture()
        fixture.node.answers["forward.add"] = Self.added
        fixture.node.answers["forward.cancel"] = { call in
            #expect(call.parameters.has("entry"))
            call.answer(.object([("cancelled", .number(1))]))
        }

        #expect(try fixture.run("-L8080:localhost:80") == .usage)
        #expect(try fixture.run("-L8080:localhost:80 homebox") == .success)
        #expect(try fixture.run("set peer homebox") == .success)
        #expect(fixture.session.prompt == "p2pfwd homebox> ")
        #expect(try fixture.run("-D 1080") == .success)
        #expect(try fixture.run("-KL 8080") == .success)
        #expect(fixture.output.lines.last == "Canceled forwarding.")
        #expect(try fixture.run("-L 1:a:1 homebox twice") == .usage)
        #expect(try fixture.run("-X 1") == .usage)
    }

    @Test("a forward that cannot be cancelled is told as ssh does")
    func unknownForward() throws {
        let fixture = try Fixture()
        fixture.node.answers["forward.cancel"] = {
            $0.fail(ControlError(CommandError("cancel", "there is none", .failure)))
        }

        #expect(try fixture.run("-KR 9000 homebox") == .failure)

        #expect(
            fixture.reports.lines == ["p2pfwd: cancel: there is none", "Unknown port forwarding."])
    }

    @Test("events are told above the line, those of other topics are not")
    func events() throws {
        let fixture = try Fixture()
        fixture.node.answers["node.reload"] = { call in
            for topic in ["session", "flow"] {
                call.client.notify(
                    "event", .object([("topic", .string(topic)), ("text", .string("a \(topic)"))]))
            }
            call.answer(.object([]))
        }

        #expect(try fixture.run("reload") == .success)

        #expect(fixture.reports.lines == ["a session"])
        #expect(fixture.node.calls == ["events.subscribe", "node.reload"])
    }

    @Test("set events subscribes anew; a script subscribes to nothing")
    func subscriptions() throws {
        let fixture = try Fixture()
        #expect(try fixture.run("set events flow") == .success)
        try fixture.node.wait { fixture.node.calls.count == 3 }
        #expect(
            fixture.node.calls == ["events.subscribe", "events.unsubscribe", "events.subscribe"])

        let script = try Fixture(isInteractive: false)
        #expect(try script.run("sessions") == .success)
        #expect(script.node.calls.isEmpty)
    }

    @Test("what is watched ends with Ctrl-C, and what is told above the line goes on")
    func watch() throws {
        let fixture = try Fixture()
        // The node tells of a flow when it is asked to by the command, not by the shell before.
        fixture.node.answers["events.subscribe"] = { [unowned node = fixture.node] call in
            call.answer(.object([]))
            guard node.calls.count == 2 else { return }
            call.client.notify(
                "event", .object([("topic", .string("flow")), ("text", .string("a flow"))]))
        }
        fixture.begin("watch flow")
        try fixture.node.wait { !fixture.output.lines.isEmpty }
        #expect(fixture.output.lines == ["a flow"])
        #expect(fixture.session.isBusy)

        fixture.session.interrupt()
        try fixture.node.wait { fixture.node.calls.count == 4 }

        #expect(fixture.codes == [.success])
        #expect(
            Array(fixture.node.calls.suffix(2)) == ["events.unsubscribe", "events.subscribe"])
    }

    @Test("mistakes, help and settings need no node")
    func local() throws {
        let fixture = try Fixture()

        #expect(try fixture.run("") == .success)
        #expect(try fixture.run("# nothing") == .success)
        #expect(try fixture.run("conect homebox") == .usage)
        #expect(fixture.reports.lines.contains { $0.contains("did you mean 'connect'?") })
        #expect(try fixture.run("say 'hello") == .usage)
        #expect(try fixture.run("help") == .success)
        #expect(try fixture.run("help connect") == .success)
        #expect(try fixture.run("connect --help") == .success)
        #expect(try fixture.run("help nonsense") == .usage)
        #expect(try fixture.run("set") == .success)
        #expect(try fixture.run("quit now") == .usage)
        #expect(!fixture.session.isOver)
        #expect(try fixture.run("quit") == .success)
        #expect(fixture.session.isOver)
        #expect(fixture.node.calls.allSatisfy { $0 == "events.subscribe" })
    }

    @Test("revoke is peers revoke")
    func revoke() throws {
        let fixture = try Fixture()
        fixture.node.answers["peers.revoke"] = { $0.answer(.object([])) }

        #expect(try fixture.run("revoke laptop") == .success)
        #expect(try fixture.run("revoke") == .usage)
        #expect(fixture.node.calls.last == "peers.revoke")
    }

    @Test("a node that comes back is found again; until then commands fail")
    func lostNode() throws {
        let fixture = try Fixture()
        fixture.node.end()
        try fixture.node.wait { !fixture.reports.lines.isEmpty }
        #expect(fixture.reports.lines == ["p2pfwd: the node has ended"])
        #expect(try fixture.run("sessions") == .failure)

        try fixture.node.start()
        try fixture.node.wait { fixture.reports.lines.last?.contains("again") ?? false }

        #expect(try fixture.run("sessions") == .success)
    }

    @Test("with set json on results are JSON")
    func json() throws {
        let fixture = try Fixture()
        fixture.node.answers["node.status"] = Self.status(peers: ["a"])

        #expect(try fixture.run("set json on") == .success)
        #expect(try fixture.run("sessions") == .success)

        #expect(fixture.output.lines == [#"[{"peer":"a"}]"#])
    }
}
