import Forwarding
import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct InvocationBuilderTests {
    private func invocation(_ line: String) throws(CommandError) -> Invocation {
        try invocation(line.split(separator: " ").map(String.init))
    }

    private func invocation(_ arguments: [String]) throws(CommandError) -> Invocation {
        let surroundings = Surroundings(variable: { _ in nil }, service: { _ in nil })
        return try InvocationBuilder(surroundings: surroundings).invocation(for: arguments)
    }

    private func error(_ line: String) -> CommandError? {
        do throws(CommandError) {
            _ = try invocation(line)
            return nil
        } catch {
            return error
        }
    }

    private func forward(_ line: String) throws -> ForwardOptions {
        guard case .forward(let options) = try invocation(line).command else {
            throw CommandError("test", "no forward: \(line)", .failure)
        }
        return options
    }

    @Test("the commands of the tour mean what they say")
    func tour() throws {
        #expect(try invocation("--home A id").command == .id(json: false))
        #expect(try invocation("--home A id").home == "A")
        #expect(try invocation("id --home=A --json").command == .id(json: true))

        let serve = try invocation(
            "--home A serve --listen 127.0.0.1:7001 --permit localhost:9000 --permit 10.0.0.0/8:*")
        var options = ServeOptions()
        options.listen = SocketAddress("127.0.0.1:7001")
        options.policy = try AccessPolicy(parsing: ["localhost:9000", "10.0.0.0/8:*"])
        #expect(serve.command == .serve(options))
        #expect(serve.warnings.isEmpty)

        #expect(
            try invocation("--home A ticket --name laptop").command
                == .ticket(
                    TicketOptions(
                        peerName: "laptop", lifetime: .minutes(1440), addresses: [], json: false)))
        #expect(
            try invocation("pair --name homebox --ticket-file t").command
                == .pair(
                    PairOptions(name: "homebox", source: .file("t"), addresses: [], json: false)))
        #expect(try invocation("peers").command == .peers(.list(json: false)))
        #expect(try invocation("peers --json").command == .peers(.list(json: true)))
        #expect(try invocation("peers rm homebox").command == .peers(.remove("homebox")))
        #expect(try invocation("peers rename a b").command == .peers(.rename("a", to: "b")))
        #expect(try invocation("--version").command == .version)
        #expect(try invocation("serve --version").command == .version)
    }

    @Test("forwarding has no command word")
    func forwarding() throws {
        let options = try forward("--home B -L 8080:localhost:9000 -L 0:[::1]:22 homebox")

        #expect(options.peer == "homebox")
        #expect(options.forwards.map(\.description) == ["8080:localhost:9000", "0:[::1]:22"])
        #expect(options.connectTimeout.seconds == 30)
        #expect(options.transport.hold.seconds == 900)
        #expect(!options.printsPorts)
    }

    @Test(
        "options are spelled as getopt takes them",
        arguments: [
            "-L 1:h:2 box", "-L1:h:2 box", "box -L 1:h:2", "-NL 1:h:2 box", "-NL1:h:2 box",
            "-N -L 1:h:2 -- box", "-NN -L 1:h:2 box",
        ])
    func spellings(line: String) throws {
        #expect(try forward(line).forwards.map(\.description) == ["1:h:2"])
        #expect(try forward(line).peer == "box")
    }

    @Test("options and settings of the transport are taken")
    func transport() throws {
        let options = try forward(
            "-L 1:h:2 box --hold 1d --congestion cubic -o offload=no -oLargestDatagram=1400 "
                + "--connect-timeout 5 --print-ports --listen 7001 -o ExitOnForwardFailure=yes")

        #expect(options.transport.hold.seconds == 86_400)
        #expect(options.transport.congestion == .cubic)
        #expect(!options.transport.usesOffload)
        #expect(options.transport.largestDatagram == 1_400)
        #expect(options.connectTimeout.seconds == 5)
        #expect(options.printsPorts)
        #expect(options.listen == SocketAddress("[::]:7001"))
        #expect(try forward("-L 1:h:2 -o ConnectTimeout=7 box").connectTimeout.seconds == 7)
        let both = try forward("-L 1:h:2 box -o Hold=1m --hold 2m")
        #expect(both.transport.hold.seconds == 120)
        let twice = try forward("-L 1:h:2 box -o Hold=1m -o Hold=2m")
        #expect(twice.transport.hold.seconds == 60)
    }

    @Test(
        "listening addresses are read in every usual form",
        arguments: [
            ("7001", "[::]:7001"), (":7001", "[::]:7001"), ("*:7001", "[::]:7001"),
            ("127.0.0.1:7001", "127.0.0.1:7001"), ("[::1]:7001", "[::1]:7001"),
            ("0.0.0.0:0", "0.0.0.0:0"),
        ])
    func listenAddresses(text: String, expected: String) throws {
        guard case .serve(let options) = try invocation("serve --listen \(text)").command else {
            Issue.record("no serve")
            return
        }
        #expect(options.listen.map { "\($0)" } == expected)
    }

    @Test("verbosity counts")
    func verbosity() throws {
        #expect(try invocation("id").logLevel == .info)
        #expect(try invocation("-q id").logLevel == .error)
        #expect(try invocation("-v id").logLevel == .debug)
        #expect(try invocation("id -vv").logLevel == .trace)
        #expect(try invocation("-vv id -v --verbose").logLevel == .trace)
    }

    @Test(
        "mistakes are refused with exit code 2, and say what was meant",
        arguments: [
            ("", "nothing to do: no command is given"),
            ("-L 8080 box", "hint: write -L [bind_address:]port:host:hostport"),
            ("-L 8080:::1:22 box", "[::1]"),
            ("-L 65536:h:80 box", "'65536' is not a port to listen on (0-65535)"),
            ("-L -1:h:80 box", "'-1' is not a port"), ("-L 080x:h:80 box", "'080x'"),
            ("-L 1:-oProxyCommand:2 box", "is not a host name"),
            ("-L 1:h:2 -L 1:g:3 box", "'1:g:3' listens where '1:h:2' does"),
            ("-L 1:h:2 -L *:1:g:3 box", "listens where"),
            ("-L 1:h:2", "hint: p2pfwd -L 1:h:2 PEER"), ("-L", "option '-L': needs a value"),
            ("-L 1:h:2 box ls", "unexpected argument 'ls'"), ("-L 1:h:2 -zad", "unknown option"),
            ("-L 1:h:2 a/b", "cannot be a name"), ("-L 1:h:2 serve", "cannot be a name"),
            ("serve --permit-listen 0", "no place to listen at"),
            ("serve --permit-listen 1 --gateway-ports maybe", "no, clientspecified, yes"),
            ("pipe", "takes one peer"), ("pipe a b", "takes one peer"),
            ("box", "hint: p2pfwd -L 8080:localhost:80 box"), ("serv", "did you mean 'serve'?"),
            ("--hom A id", "unknown option '--hom': did you mean '--home'?"),
            ("--home= id", "option '--home': needs a value"), ("--home", "needs a value"),
            ("--home A --home B id", "given twice, as 'A' and 'B'"),
            ("--json=yes id", "option '--json': takes no value"),
            ("id x", "id: unexpected argument 'x'"), ("-Z id", "unknown option '-Z'"),
            ("serve --permit localhost", "the port is missing"),
            ("serve --permit 10.0.0.0/33:*", "not a block of addresses"),
            ("serve --name -x", "cannot be a name"),
            ("serve -L 1:h:2", "does not go with 'serve'"),
            ("serve --listen 127.0.0.1", "not an address and port"),
            ("serve --listen 65536", "not an address and port"), ("serve x", "unexpected"),
            ("ticket", "--name is missing"), ("ticket --name serve", "cannot be a name"),
            ("ticket --name a --expires 5", "90s, 10m, 24h or 7d"),
            ("ticket --name a --address 0.0.0.0:1", "no address that can be reached"),
            ("pair --ticket-file f p2pf1x", "one is enough"), ("peers rm", "takes one name"),
            ("peers rename a", "takes two names"), ("peers renam a b", "did you mean 'rename'?"),
            ("help serv", "did you mean 'serve'?"), ("--permit x:1 -L 1:h:2 box", "belongs to"),
            ("-L 1:h:2 box --congestion reno", "cubic"), ("-L 1:h:2 box --hold 0s", "'0s'"),
            ("-L 1:h:2 box -o Holt=1", "did you mean 'Hold'?"),
            ("-L 1:h:2 -o Hold box", "no value"),
            ("-L 1:h:2 box -o Offload=maybe", "write one of: yes|no"),
            ("-L 1:h:2 box -o LargestDatagram=1199", "1200-65000"),
            ("-L 1:h:2 box --connect-timeout -1", "'-1' is not a length of time"),
        ])
    func mistakes(line: String, expected: String) {
        let error = error(line)

        #expect(error?.exitCode == .usage)
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "none")")
        #expect(error?.description.hasPrefix("p2pfwd: ") == true)
    }

    @Test("the same value twice is no contradiction")
    func sameTwice() throws {
        #expect(try invocation("--home A id --home A").home == "A")
    }

    @Test("control characters of an argument do not reach the terminal")
    func controlCharacters() {
        let lines = [["\u{1b}[2J"], ["--\u{1b}x"], ["id", "\u{7}"], ["-L", "1:\u{1b}:2", "b"]]
        for arguments in lines {
            do throws(CommandError) {
                _ = try invocation(arguments)
                Issue.record("taken: \(arguments)")
            } catch {
                let scalars = error.description.unicodeScalars
                #expect(!scalars.contains { $0.value < 0x20 && $0 != "\n" })
            }
        }
    }

    @Test("a ticket on the command line works and warns once")
    func ticketArgument() throws {
        let invocation = try invocation("pair --name homebox p2pf1abc def")

        #expect(
            invocation.command
                == .pair(
                    PairOptions(
                        name: "homebox", source: .argument("p2pf1abc def"), addresses: [],
                        json: false)))
        #expect(invocation.warnings.count == 1)
        #expect(!invocation.warnings[0].contains("abc"))
    }

    @Test("without ticket and file the ticket comes from standard input")
    func ticketFromInput() throws {
        let expected = Invocation.Command.pair(
            PairOptions(name: nil, source: .standardInput, addresses: [], json: false))

        for line in ["pair", "pair -", "pair --ticket-file -"] {
            #expect(try invocation(line).command == expected)
            #expect(try invocation(line).warnings.isEmpty)
        }
    }

    @Test("host bits in a permission warn")
    func hostBits() throws {
        #expect(
            try invocation("serve --permit 10.0.0.1/8:*").warnings
                == ["--permit: 10.0.0.1/8 has host bits set and is taken as 10.0.0.0/8"])
    }

    @Test("every command has help, also beside wrong values")
    func help() throws {
        for command in CommandLineModel.standard.commands {
            guard case .help(let text) = try invocation("\(command.name) --help").command else {
                Issue.record("no help for \(command.name)")
                continue
            }
            #expect(text.hasPrefix("p2pfwd \(command.name): "))
            #expect(try invocation("help \(command.name)").command == .help(text))
            #expect(try invocation("-h \(command.name) --listen 1").command == .help(text))
        }
        let overview = Invocation.Command.help(HelpGenerator().overview)
        #expect(try invocation("--help").command == overview)
        #expect(try invocation("help").command == overview)
        #expect(try invocation("-L 1:h:2 box --help").command == overview)
    }

    @Test("what the completion scripts ask is understood")
    func completion() throws {
        #expect(try invocation("__complete peers").command == .complete("peers"))
        #expect(try invocation("--home A __complete peers").home == "A")
    }

    @Test("no command line stops the parser, and every refusal is a usage error")
    func randomLines() {
        let seed = SystemRandomSource().next()
        print("seed \(seed)")
        let random = SeededRandomSource(seed: seed)
        let model = CommandLineModel.standard
        let options = model.globalOptions + model.forward.options
        let words =
            model.commands.map(\.name) + model.commands.flatMap(\.options).flatMap(\.spellings)
            + options.flatMap(\.spellings)
            + ["", "-", "--", "--=", "-=", "1:h:2", "box", "7", "a:1", "any", "rm", "\u{1b}", "ü"]
        for _ in 0..<5_000 {
            let line = (0...random.next(below: 6)).map { _ in
                words[Int(random.next(below: UInt64(words.count)))]
            }
            do throws(CommandError) {
                _ = try invocation(line)
            } catch {
                #expect(error.exitCode == .usage, "\(line)")
            }
        }
    }
}
