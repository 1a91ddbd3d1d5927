import Forwarding
import SRMUDP

/// Turns the words of the command line into an `Invocation`, or says precisely what is wrong.
package struct InvocationBuilder {
    let model: CommandLineModel
    let surroundings: Surroundings

    package init(model: CommandLineModel = .standard, surroundings: Surroundings) {
        self.model = model
        self.surroundings = surroundings
    }

    /// - Parameter arguments: without the program's name.
    package func invocation(for arguments: [String]) throws(CommandError) -> Invocation {
        if let hidden = try nodeCommand(arguments) ?? hiddenCommand(arguments) { return hidden }
        var parser = ArgumentParser(model: model, arguments: arguments)
        var parsed = try parser.parse()
        var invocation = Invocation(
            home: parsed.values(of: .home).first, command: .version)
        let help = HelpGenerator(model: model)
        if parsed.count(of: .help) > 0 {
            invocation.command = .help(help.text(for: parsed.command))
        } else if parsed.count(of: .version) == 0 {
            let file = try configurationFile(parsed)
            if let file {
                try file.takeUp(into: &parsed)
                invocation.node = try nodeSettings(in: file)
            }
            invocation.use(try values(parsed))
            invocation.logFormat = try logFormat(parsed)
            invocation.command = try command(parsed, help, &invocation)
            if let file { try use(file, of: parsed, &invocation) }
        }
        return invocation
    }

    /// Whether the words ask for 255 in place of all exit codes; for lines that are not understood.
    static func asksForSSHExitCodes(_ words: [String]) -> Bool {
        words.contains { $0.lowercased().hasSuffix("sshexitcodes=yes") }
    }

    func values(_ parsed: ArgumentParser.Result) throws(CommandError) -> OptionValues {
        try OptionValues(parsed, surroundings)
    }

    /// What a command starts where no node is running: `--ready-pipe=3 [--home DIR] __node [TIME]`.
    private func nodeCommand(_ arguments: [String]) throws(CommandError) -> Invocation? {
        guard let index = arguments.firstIndex(of: CommandLineModel.nodeCommand), index > 0,
            arguments[0].hasPrefix("--ready-pipe=")
        else { return nil }
        var invocation = Invocation(
            home: index == 3 ? arguments[2] : nil, command: .node(linger: NodeCommand.linger))
        invocation.isInBackground = true
        if let file = try configurationFile(home: invocation.home) {
            invocation.node = try nodeSettings(in: file)
            invocation.logFormat = file.logFormat ?? .text
            invocation.logLevel = file.logLevel ?? .info
        }
        if let text = arguments.dropFirst(index + 1).first {
            invocation.command = .node(
                linger: try OptionValues.lifetime(text, option: "__node", defaultUnit: 1))
        }
        return invocation
    }

    private func hiddenCommand(_ arguments: [String]) -> Invocation? {
        let commands = [CommandLineModel.completionCommand, CommandLineModel.generationCommand]
        guard let index = arguments.firstIndex(where: commands.contains),
            index == 0 || index == 2 && arguments[0] == "--home"
        else { return nil }
        let word = arguments.dropFirst(index + 1).first ?? ""
        let generates = arguments[index] == CommandLineModel.generationCommand
        return Invocation(
            home: index == 2 ? arguments[1] : nil, logLevel: .error,
            command: generates ? .generate(word) : .complete(word))
    }

    private func command(
        _ parsed: ArgumentParser.Result, _ help: HelpGenerator, _ invocation: inout Invocation
    ) throws(CommandError) -> Invocation.Command {
        let json = parsed.count(of: .json) > 0
        switch parsed.command.name {
        case "serve": return .serve(try serve(parsed, &invocation.warnings))
        case "config": return .configuration(try configuration(parsed, json))
        case "ticket": return .ticket(try ticket(parsed, json))
        case "pair": return .pair(try pair(parsed, json, &invocation.warnings))
        case "share": return .share(try share(parsed, json))
        case "rendezvous": return .rendezvous(try rendezvous(parsed))
        case "service": return .service(try service(parsed))
        case "netcheck": return .netcheck(try netcheck(parsed, json))
        case "ping": return .ping(try ping(parsed, json))
        case "pipe": return .pipe(try pipe(parsed))
        case "listen-key": return .listenKey(try listenKey(parsed, json))
        case "why": return .why(try why(parsed, json))
        case "status": return .status(try status(parsed, json))
        case "speedtest": return .speedTest(try speedTest(parsed, json))
        case "report": return .report(try report(parsed))
        case "stop":
            try refuseArguments(parsed)
            return .stop(now: parsed.count(of: .now) > 0)
        case "reload":
            try refuseArguments(parsed)
            return .reload
        case "handover":
            guard parsed.arguments.count <= 1 else {
                throw .usage("handover", "takes one program", hint: "p2pfwd handover --help")
            }
            return .handover(program: parsed.arguments.first)
        case "peers": return .peers(try peers(parsed, json))
        case "permit": return .permit(try permit(parsed, json))
        case "id":
            try refuseArguments(parsed)
            return .id(json: json)
        case "help": return .help(try helpText(parsed, help))
        case "shell": return .shell(try shell(parsed))
        case _ where parsed.command.isQuestion: return .ask(try nodeQuestion(parsed))
        default: return try forward(parsed, json, &invocation)
        }
    }

    private func helpText(
        _ parsed: ArgumentParser.Result, _ help: HelpGenerator
    ) throws(CommandError) -> String {
        guard let name = parsed.arguments.first else { return help.overview }
        if name == HelpGenerator.settingsTopic { return help.settings }
        if name == HelpGenerator.configurationTopic { return help.configuration }
        guard let command = model.command(named: name) else {
            throw unknownCommand(name)
        }
        return help.text(for: command)
    }

    func unknownCommand(_ name: String) -> CommandError {
        let near = nearest(to: name, among: model.commands.map(\.name))
        return .usage(
            "unknown command '\(name.escapedForMessage)'",
            near.map { "did you mean '\($0)'?" } ?? "there is no such command",
            hint: "p2pfwd --help")
    }

    func refuseArguments(_ parsed: ArgumentParser.Result) throws(CommandError) {
        guard let argument = parsed.arguments.first else { return }
        throw .usage(
            parsed.command.name, "unexpected argument '\(argument.escapedForMessage)'",
            hint: "p2pfwd \(parsed.command.name) --help")
    }
}

extension InvocationBuilder {
    private func serve(
        _ parsed: ArgumentParser.Result, _ warnings: inout [String]
    ) throws(CommandError) -> ServeOptions {
        try refuseArguments(parsed)
        var options = ServeOptions()
        let values = try values(parsed)
        options.listen = try values.listen
        options.name = try name(parsed)
        options.meeting = try values.meeting
        options.transport = try values.transport
        var found: [String] = []
        options.grants = try grants(parsed) { found.append($0) }
        options.asking = asking(parsed)
        try checkAsking(options.asking)
        options.auditFile = parsed.values(of: .audit).first
        options.web = try web(parsed)
        warnings += found
        return options
    }

    private func ticket(
        _ parsed: ArgumentParser.Result, _ json: Bool
    ) throws(CommandError) -> TicketOptions {
        try refuseArguments(parsed)
        guard let name = try name(parsed) else {
            throw .usage(
                "ticket", "--name is missing: what shall the peer be called here?",
                hint: "p2pfwd ticket --name laptop")
        }
        let day = Lifetime.minutes(24 * 60)
        return TicketOptions(
            peerName: name, lifetime: try OptionValues.lifetime(parsed, .expires) ?? day,
            addresses: try OptionValues.addresses(parsed), json: json,
            rights: try rights(parsed))
    }

    private func pair(
        _ parsed: ArgumentParser.Result, _ json: Bool, _ warnings: inout [String]
    ) throws(CommandError) -> PairOptions {
        let source: PairOptions.Source
        let file = parsed.values(of: .ticketFile).first
        // A ticket that was wrapped when it was pasted arrives in several pieces; so may a code.
        let pasted = parsed.arguments.joined(separator: " ")
        switch (file, pasted.isEmpty || pasted == "-") {
        case (.some, false):
            throw .usage("pair", "a ticket and --ticket-file are given; one is enough")
        case (.some("-"), true), (.none, true): source = .standardInput
        case (.some(let path), true): source = .file(path)
        case (.none, false):
            source = .argument(pasted)
            if Ticket.looksLikeTicket(pasted) {
                warnings.append(
                    "other users of this machine can read a ticket on the command line; "
                        + "prefer --ticket-file or standard input")
            }
        }
        let values = try values(parsed)
        return PairOptions(
            name: try name(parsed), source: source, addresses: try OptionValues.addresses(parsed),
            json: json, invitation: try values.invitation, meeting: try values.meeting,
            rights: try rights(parsed))
    }

    func peers(
        _ parsed: ArgumentParser.Result, _ json: Bool
    ) throws(CommandError) -> Invocation.PeersAction {
        let words = parsed.arguments
        switch (words.first, words.count) {
        case (nil, _), ("list", 1): return .list(json: json)
        case ("rm", 2): return .remove(words[1])
        case ("revoke", 2): return .revoke(words[1])
        case ("rename", 3): return .rename(words[1], to: words[2])
        case ("rm", _): throw .usage("peers rm", "takes one name", hint: "p2pfwd peers rm NAME")
        case ("revoke", _):
            throw .usage("peers revoke", "takes one name", hint: "p2pfwd peers revoke NAME")
        case ("rename", _):
            throw .usage("peers rename", "takes two names", hint: "p2pfwd peers rename NAME NEW")
        case (let word?, _):
            let near = nearest(to: word, among: ["list", "rm", "revoke", "rename"])
            throw .usage(
                "peers", "unknown word '\(word.escapedForMessage)'",
                hint: near.map { "did you mean '\($0)'?" } ?? "p2pfwd peers --help")
        }
    }

    func checkName(_ peer: String) throws(CommandError) {
        guard Peer.isValid(name: peer) else {
            throw CommandError("peer", PeerError.badName(name: peer.escapedForMessage))
        }
    }

    func name(_ parsed: ArgumentParser.Result) throws(CommandError) -> String? {
        guard let name = parsed.values(of: .name).first else { return nil }
        guard Peer.isValid(name: name) else {
            throw CommandError("--name", PeerError.badName(name: name.escapedForMessage))
        }
        return name
    }
}
