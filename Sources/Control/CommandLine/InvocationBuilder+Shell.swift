import Forwarding
import SRMUDP

// Commands that p2pfwd carries out by itself, and its shell at the running node.
extension InvocationBuilder {
    /// What the options of the command line can say of a command in the shell.
    static let shellOptions: [String: Set<OptionDefinition.ID>] = [
        "peers": [.json],
        "permit": [
            .json, .permit, .permitListen, .gatewayPorts, .permitRelay, .maximumFlows, .rate,
            .duration, .none,
        ],
        "pair": [.json, .name, .words, .expires, .uses],
        "status": [.json],
        "why": [.json],
        "ping": [.json, .duration],
        "netcheck": [.json],
        "reload": [],
        "stop": [.now],
    ]

    /// The command of a line in the shell.
    ///
    /// - Parameter words: at least one, as behind `p2pfwd`.
    func shellCommand(_ words: [String]) throws(CommandError) -> NodeQuestion {
        var parser = ArgumentParser(model: model, arguments: words)
        let parsed = try parser.parse()
        guard !parsed.command.isQuestion else {
            try checkOptions(parsed, nil)
            return try nodeQuestion(parsed)
        }
        guard let options = Self.shellOptions[parsed.command.name] else {
            throw notInShell(words[0])
        }
        try checkOptions(parsed, options)
        var question = try shellCommand(parsed)
        question.name = parsed.command.name
        question.json = parsed.count(of: .json) > 0
        return question
    }

    private func notInShell(_ word: String) -> CommandError {
        if model.command(named: word) != nil {
            return .usage(word, "it is no command of the shell", hint: "outside: p2pfwd \(word)")
        }
        let near = nearest(to: word, among: ShellVerb.all.map(\.name))
        return .usage(
            "unknown command '\(word.escapedForMessage)'",
            near.map { "did you mean '\($0)'?" } ?? "there is no such command",
            hint: "help lists the commands")
    }

    /// - Parameter allowed: nil: all but those that are about this process.
    private func checkOptions(
        _ parsed: ArgumentParser.Result, _ allowed: Set<OptionDefinition.ID>?
    ) throws(CommandError) {
        let global = Set(model.globalOptions.map(\.id))
        for (definition, _) in parsed.options {
            let isPossible = allowed?.contains(definition.id) ?? !global.contains(definition.id)
            guard isPossible else {
                throw .usage(
                    "option '\(definition.displayName)'",
                    "it does not go with '\(parsed.command.name)' in the shell",
                    hint: "help \(parsed.command.name)")
            }
        }
    }

    private func shellCommand(
        _ parsed: ArgumentParser.Result
    ) throws(CommandError) -> NodeQuestion {
        switch parsed.command.name {
        case "peers": return try peersCommand(parsed)
        case "permit": return try permitCommand(parsed)
        case "pair": return try pairCommand(parsed)
        case "status":
            try refuseArguments(parsed)
            return NodeQuestion("node.status", [("flows", .bool(true))], view: .status)
        case "why":
            return NodeQuestion(
                "path.why", [("peer", .string(try onlyPeer(parsed)))], view: .path)
        case "ping": return try pingCommand(parsed)
        case "netcheck":
            try refuseArguments(parsed)
            return NodeQuestion("path.netcheck", view: .network)
        case "reload":
            try refuseArguments(parsed)
            return NodeQuestion("node.reload", view: .reloaded)
        case "stop":
            try refuseArguments(parsed)
            let isNow: JSONValue? = parsed.count(of: .now) > 0 ? .bool(true) : nil
            return NodeQuestion("node.stop", [("now", isNow)], view: .done("the node is ending"))
        case let name: preconditionFailure("'\(name)' is not in the list above")
        }
    }

    private func peersCommand(
        _ parsed: ArgumentParser.Result
    ) throws(CommandError) -> NodeQuestion {
        switch try peers(parsed, false) {
        case .list: NodeQuestion("peers.list", view: .peers)
        case .remove(let name):
            NodeQuestion(
                "peers.remove", [("peer", .string(name))], view: .done("removed '\(name)'"))
        case .revoke(let name):
            NodeQuestion(
                "peers.revoke", [("peer", .string(name))],
                view: .done("revoked '\(name)'; to let it in again, pair anew"))
        case .rename(let name, let newName):
            NodeQuestion(
                "peers.rename", [("peer", .string(name)), ("to", .string(newName))],
                view: .done("renamed '\(name)' to '\(newName)'"))
        }
    }

    /// The words go to the node as they are, once they are known to be good.
    private func permitCommand(
        _ parsed: ArgumentParser.Result
    ) throws(CommandError) -> NodeQuestion {
        let options = try permit(parsed, false)
        var words = Array(parsed.arguments.dropFirst())
        for (definition, value) in parsed.options where definition.id != .json {
            words += [definition.displayName] + (value.map { [$0] } ?? [])
        }
        return NodeQuestion(
            "peers.permit",
            [
                ("peer", .string(options.peer)),
                ("arguments", .array(words.map { .string($0) })),
            ], view: .rights)
    }

    private func pairCommand(
        _ parsed: ArgumentParser.Result
    ) throws(CommandError) -> NodeQuestion {
        let name: JSONValue? = try name(parsed).map { .string($0) }
        let code = parsed.arguments.joined(separator: " ")
        guard code.isEmpty else { return try joinCommand(parsed, code, name) }
        let values = try values(parsed)
        let invitation = try values.invitation
        var question = NodeQuestion(
            "pair.invite",
            [
                ("name", name), ("words", .number(Int64(invitation.wordCount))),
                ("expiresSeconds", .number(invitation.lifetime.seconds)),
                ("uses", .number(Int64(invitation.uses))),
            ], view: .events)
        question.end = .invitation
        question.startsNode = true
        return question
    }

    private func joinCommand(
        _ parsed: ArgumentParser.Result, _ code: String, _ name: JSONValue?
    ) throws(CommandError) -> NodeQuestion {
        guard PairingCode.looksLikeCode(code) else {
            throw .usage(
                "pair", "that is no code",
                hint: Ticket.looksLikeTicket(code)
                    ? "a ticket is for p2pfwd pair outside of the shell"
                    : "a code looks like 4821-maple-tundra")
        }
        let ofInvitation: Set<OptionDefinition.ID> = [.words, .expires, .uses]
        if let option = parsed.options.first(where: { ofInvitation.contains($0.definition.id) }) {
            throw .usage(
                "option '\(option.definition.displayName)'",
                "it is for a new code, and one is given")
        }
        return NodeQuestion("pair.join", [("code", .string(code)), ("name", name)], view: .paired)
    }

    private func pingCommand(
        _ parsed: ArgumentParser.Result
    ) throws(CommandError) -> NodeQuestion {
        let options = try ping(parsed, false)
        // One a second.
        let count = min(options.duration?.seconds ?? 5, 86_400)
        return NodeQuestion(
            "path.ping", [("peer", .string(options.peer)), ("count", .number(count))], view: .pings
        )
    }
}
