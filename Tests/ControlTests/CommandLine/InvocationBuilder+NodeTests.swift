import Forwarding
import Testing

@testable import Control

@Suite struct InvocationBuilderNodeTests {
    private var builder: InvocationBuilder {
        var surroundings = Surroundings(
            variable: { _ in nil }, service: { $0 == "http" ? 80 : nil })
        surroundings.workingDirectory = "/here"
        return InvocationBuilder(surroundings: surroundings)
    }

    private func words(_ line: String) -> [String] {
        line.split(separator: " ").map(String.init)
    }

    private func command(_ line: String) throws -> NodeQuestion {
        let invocation = try builder.invocation(for: words(line))
        guard case .ask(let command) = invocation.command else {
            throw CommandError("test", "'\(line)' is no command for a node", .internalError)
        }
        return command
    }

    @Test(
        "commands become calls of the control interface",
        arguments: [
            ("connect homebox", "session.connect", #"{"peer":"homebox","timeoutSeconds":30}"#),
            (
                "connect homebox --connect-timeout 5", "session.connect",
                #"{"peer":"homebox","timeoutSeconds":5}"#
            ),
            ("disconnect homebox", "session.disconnect", #"{"peer":"homebox"}"#),
            ("sessions", "node.status", "{}"), ("forwards", "forward.list", "{}"),
            ("flows", "flow.list", "{}"), ("flows homebox", "flow.list", #"{"peer":"homebox"}"#),
            ("flows --close s1.4", "flow.close", #"{"flow":"s1.4"}"#),
            ("cancel g1", "forward.cancel", #"{"group":"g1"}"#),
            ("cancel g1.1 --drain 5", "forward.cancel", #"{"forward":"g1.1","drainSeconds":5}"#),
            (
                "cancel -L 8080 homebox", "forward.cancel",
                #"{"peer":"homebox","kind":"local","entry":"8080"}"#
            ),
            (
                "cancel -R [::1]:9000 homebox --drain 0", "forward.cancel",
                #"{"peer":"homebox","kind":"remote","entry":"[::1]:9000","drainSeconds":0}"#
            ),
            ("log", "log.recent", #"{"lines":20}"#),
            ("log --lines 5", "log.recent", #"{"lines":5}"#),
            ("log DEBUG", "log.level", #"{"level":"debug"}"#),
            (
                "watch", "events.subscribe",
                #"{"topics":["node","session","path","server","forward","pair"]}"#
            ),
            (
                "watch log flow --level debug", "events.subscribe",
                #"{"topics":["log","flow"],"level":"debug"}"#
            ),
        ])
    func calls(line: String, method: String, parameters: String) throws {
        let command = try command(line)

        #expect(command.method == method)
        #expect(command.parametersValue.text == parameters)
        #expect(!command.json)
        #expect(try self.command(line + " --json").json)
    }

    @Test("add writes out what depends on this process")
    func add() throws {
        let command = try command(
            "add -L 8080:localhost:http -L ./s.sock:/far.sock -R 9000:./near.sock -R 1080 "
                + "-D *:1081 -o UdpTimeout=30 --proxy-auth users --open-proxy homebox")

        #expect(
            command.parametersValue.text
                == #"{"peer":"homebox","forwards":["#
                + #"{"kind":"local","specification":"8080:localhost:80"},"#
                + #"{"kind":"local","specification":"/here/./s.sock:/far.sock"},"#
                + #"{"kind":"remote","specification":"9000:/here/./near.sock"},"#
                + #"{"kind":"remote","specification":"1080"},"#
                + #"{"kind":"dynamic","specification":"*:1081"}],"#
                + #""settings":{"ConnectTimeout":"30s","ExitOnForwardFailure":"yes","#
                + #""StreamLocalBindMask":"0177","StreamLocalBindUnlink":"no","UdpTimeout":"30s"},"#
                + #""proxyUsersFile":"/here/users","opensProxy":true,"keep":true}"#)
        #expect(command.startsNode)
    }

    @Test("-g opens the listeners whose address is not written")
    func gateway() throws {
        #expect(
            try command("add -g -L 8080:localhost:80 homebox").parametersValue.text
                .contains(#""specification":"*:8080:localhost:80""#))
    }

    @Test(
        "mistakes are found before a node is asked",
        arguments: [
            "connect", "connect a b", "connect -L 1:a:1 b", "disconnect", "sessions x",
            "add homebox", "add -L 8080 homebox", "add -L 8080:localhost:80",
            "add -W a:1 homebox", "cancel", "cancel g1 g2", "cancel -L 8080",
            "cancel -L 1 -L 2 homebox", "cancel g1 --drain soon", "watch weather",
            "watch session --level debug", "watch log --level loud", "log loud",
            "log debug --lines 3", "log a b", "log --lines 0", "stop homebox", "shell now",
            "add -o Nonsense=1 -L 1:a:1 homebox", "add -o Congestion=cubic -L 1:a:1 homebox",
            "add -J via -L 1:a:1 homebox",
        ])
    func mistakes(line: String) {
        #expect(throws: CommandError.self) { try builder.invocation(for: words(line)) }
    }

    @Test("-c may be given several times")
    func shell() throws {
        let invocation = try builder.invocation(for: ["shell", "-c", "connect a", "-c", "flows"])

        #expect(invocation.command == .shell(ShellOptions(commands: ["connect a", "flows"])))
    }

    // MARK: Commands that the shell carries out at the node

    @Test(
        "commands of the program become calls in the shell",
        arguments: [
            ("peers", "peers.list", "{}"), ("peers rm a", "peers.remove", #"{"peer":"a"}"#),
            ("peers revoke a", "peers.revoke", #"{"peer":"a"}"#),
            ("peers rename a b", "peers.rename", #"{"peer":"a","to":"b"}"#),
            (
                "permit a localhost:22 --for 2h --max-flows 5", "peers.permit",
                #"{"peer":"a","arguments":["localhost:22","--for","2h","--max-flows","5"]}"#
            ),
            ("permit a", "peers.permit", #"{"peer":"a","arguments":[]}"#),
            ("permit a --none", "peers.permit", #"{"peer":"a","arguments":["--none"]}"#),
            (
                "pair", "pair.invite", #"{"words":2,"expiresSeconds":600,"uses":1}"#
            ),
            (
                "pair --name a --uses 3", "pair.invite",
                #"{"name":"a","words":2,"expiresSeconds":600,"uses":3}"#
            ),
            ("pair 4821-maple-tundra", "pair.join", #"{"code":"4821-maple-tundra"}"#),
            ("status", "node.status", #"{"flows":true}"#), ("why a", "path.why", #"{"peer":"a"}"#),
            ("ping a", "path.ping", #"{"peer":"a","count":5}"#),
            ("ping a --for 1m", "path.ping", #"{"peer":"a","count":60}"#),
            ("netcheck", "path.netcheck", "{}"), ("sessions", "node.status", "{}"),
            ("reload", "node.reload", "{}"), ("stop", "node.stop", "{}"),
            ("stop --now", "node.stop", #"{"now":true}"#),
        ])
    func shellCalls(line: String, method: String, parameters: String) throws {
        let command = try builder.shellCommand(words(line))

        #expect(command.method == method)
        #expect(command.parametersValue.text == parameters)
    }

    @Test(
        "what the shell cannot do is refused, not ignored",
        arguments: [
            "serve", "rendezvous", "nonsense", "homebox", "why a --path relay",
            "ping a --until-direct",
            "sessions --home /tmp", "sessions -v", "pair 4821-maple-tundra --words 3",
            "pair p2pf1qqq", "permit", "permit a --rate fast", "netcheck --listen 1",
        ])
    func shellMistakes(line: String) {
        #expect(throws: CommandError.self) { try builder.shellCommand(words(line)) }
    }

    @Test("every command that the shell offers exists")
    func verbs() throws {
        for verb in ShellVerb.all where verb.place == .node {
            let definition = try #require(CommandLineModel.standard.command(named: verb.name))
            let isKnown = definition.isQuestion || InvocationBuilder.shellOptions[verb.name] != nil
            #expect(isKnown, "\(verb.name)")
            #expect(try !ShellHelp.text(about: verb.name).isEmpty)
        }
        #expect(ShellHelp.overview.count == ShellVerb.all.count + 1)
    }
}
