import Forwarding
import SRMUDP

/// What `p2pfwd shell` is to do.
package struct ShellOptions: Equatable {
    /// Empty: what is typed, or standard input.
    package var commands: [String] = []
}

extension CommandDefinition {
    /// Whether the command is nothing but a question to the running node.
    var isQuestion: Bool { CommandLineModel.questionDefinitions.contains { $0.name == name } }
}

// The commands that a running node carries out.
extension InvocationBuilder {
    func shell(_ parsed: ArgumentParser.Result) throws(CommandError) -> ShellOptions {
        try refuseArguments(parsed)
        return ShellOptions(commands: parsed.values(of: .commandLine))
    }

    /// - Precondition: `parsed.command.isQuestion`
    func nodeQuestion(_ parsed: ArgumentParser.Result) throws(CommandError) -> NodeQuestion {
        var question = try plainNodeQuestion(parsed)
        question.name = parsed.command.name
        question.json = parsed.count(of: .json) > 0
        return question
    }

    private func plainNodeQuestion(
        _ parsed: ArgumentParser.Result
    ) throws(CommandError) -> NodeQuestion {
        switch parsed.command.name {
        case "connect": return try connect(parsed)
        case "disconnect":
            let peer = try onlyPeer(parsed)
            return NodeQuestion(
                "session.disconnect", [("peer", .string(peer))],
                view: .done("disconnected from '\(peer)'"))
        case "sessions": return try simple(parsed, "node.status", view: .sessions)
        case "forwards": return try simple(parsed, "forward.list", view: .forwards)
        case "flows": return try flows(parsed)
        case "add": return try add(parsed)
        case "cancel": return try cancel(parsed)
        case "watch": return try watch(parsed)
        case "log": return try log(parsed)
        case "metrics": return try simple(parsed, "node.metrics", view: .metrics)
        case let name: preconditionFailure("'\(name)' is no command for a node")
        }
    }

    private func simple(
        _ parsed: ArgumentParser.Result, _ method: String,
        _ parameters: [(name: String, value: JSONValue?)] = [], view: NodeQuestion.View
    ) throws(CommandError) -> NodeQuestion {
        try refuseArguments(parsed)
        return NodeQuestion(method, parameters, view: view)
    }

    private func connect(_ parsed: ArgumentParser.Result) throws(CommandError) -> NodeQuestion {
        let patience = try values(parsed).connectTimeout
        var question = NodeQuestion(
            "session.connect",
            [
                ("peer", .string(try onlyPeer(parsed))),
                ("timeoutSeconds", .number(patience.seconds)),
            ], view: .session)
        question.startsNode = true
        return question
    }

    private func flows(_ parsed: ArgumentParser.Result) throws(CommandError) -> NodeQuestion {
        if let flow = parsed.values(of: .closeFlow).first {
            try refuseArguments(parsed)
            return NodeQuestion(
                "flow.close", [("flow", .string(flow))], view: .done("closed \(flow)"))
        }
        let peer = parsed.arguments.isEmpty ? nil : try onlyPeer(parsed)
        return NodeQuestion("flow.list", [("peer", peer.map { .string($0) })], view: .flows)
    }

    // MARK: Forwards

    private func add(_ parsed: ArgumentParser.Result) throws(CommandError) -> NodeQuestion {
        let values = try values(parsed)
        let peer = try onlyPeer(parsed)
        var warnings: [String] = []
        let forwards = try values.forwards(for: peer, &warnings)
        guard !forwards.isEmpty else {
            throw .usage(
                "add", "nothing to forward", hint: "p2pfwd add -L 8080:localhost:80 \(peer)")
        }
        for setting in values.settings.settings {
            guard setting.key.isForward || ForwardRequest.settingKeys.contains(setting.key) else {
                throw .usage(setting.origin, "it is a setting of the node, not of a forward")
            }
        }
        var options = try options(values, peer, forwards, false)
        // The node has its own ways to peers, whatever this command's environment says.
        options.meeting = MeetingSettings()
        guard let request = ForwardRequest(options, directory: surroundings.workingDirectory)
        else {
            throw .usage("add", "this is for a process of its own", hint: "p2pfwd --standalone")
        }
        var parameters = request.members.map { (name: $0.name, value: Optional($0.value)) }
        parameters.append((name: "keep", value: .bool(true)))
        var question = NodeQuestion("forward.add", parameters, view: .added)
        question.startsNode = true
        return question
    }

    private func cancel(_ parsed: ArgumentParser.Result) throws(CommandError) -> NodeQuestion {
        let drain = try OptionValues.number(parsed, .drain, in: 0...3_600)
        let drainMember = (name: "drainSeconds", value: drain.map { JSONValue.number(Int64($0)) })
        let places = parsed.options.compactMap { option in
            option.definition.id.forwardKind.flatMap { kind in option.value.map { (kind, $0) } }
        }
        if let (kind, entry) = places.first {
            guard places.count == 1 else {
                throw .usage("cancel", "takes one forward", hint: "p2pfwd cancel -L 8080 PEER")
            }
            return cancel(kind, at: entry, of: try onlyPeer(parsed), drainMember)
        }
        guard let id = parsed.arguments.first, parsed.arguments.count == 1 else {
            throw .usage(
                "cancel", "takes one forward or group", hint: "p2pfwd forwards lists them")
        }
        let name = id.contains(".") ? "forward" : "group"
        return NodeQuestion(
            "forward.cancel", [(name, .string(id)), drainMember], view: .cancelled)
    }

    func cancel(
        _ kind: ForwardSpecification.Kind, at entry: String, of peer: String,
        _ drain: (name: String, value: JSONValue?) = ("drainSeconds", nil)
    ) -> NodeQuestion {
        NodeQuestion(
            "forward.cancel",
            [
                ("peer", .string(peer)), ("kind", .string(kind.word)),
                ("entry", .string(entry)), drain,
            ], view: .cancelled)
    }

    // MARK: What happens

    private func watch(_ parsed: ArgumentParser.Result) throws(CommandError) -> NodeQuestion {
        let usual = CommandLineModel.topics.filter { !["flow", "log"].contains($0) }
        for word in parsed.arguments { try checkTopic(word, "watch") }
        let topics = parsed.arguments.isEmpty ? usual : parsed.arguments
        let level = try level(parsed.values(of: .level).first, "--level")
        guard level == nil || topics.contains("log") else {
            throw .usage("--level", "it is for the topic 'log'", hint: "p2pfwd watch log")
        }
        var question = NodeQuestion(
            "events.subscribe",
            [("topics", .array(topics.map { .string($0) })), ("level", level.map { .string($0) })],
            view: .events)
        question.end = .interrupt(topics: topics)
        return question
    }

    func checkTopic(_ word: String, _ place: String) throws(CommandError) {
        guard !CommandLineModel.topics.contains(word) else { return }
        let near = nearest(to: word, among: CommandLineModel.topics)
        throw .usage(
            place, "'\(word.escapedForMessage)' is no topic",
            hint: near.map { "did you mean '\($0)'?" }
                ?? "write some of: \(CommandLineModel.topics.joined(separator: ", "))")
    }

    private func log(_ parsed: ArgumentParser.Result) throws(CommandError) -> NodeQuestion {
        guard parsed.arguments.count <= 1 else { throw .usage("log", "takes one level") }
        let lines = try OptionValues.number(parsed, .lines, in: 1...10_000)
        if let level = try level(parsed.arguments.first, "log") {
            guard lines == nil else {
                throw .usage("log", "a level and --lines do not go together")
            }
            return NodeQuestion("log.level", [("level", .string(level))], view: .logLevel(level))
        }
        return NodeQuestion(
            "log.recent", [("lines", .number(Int64(lines ?? 20)))], view: .logLines)
    }

    private func level(_ word: String?, _ place: String) throws(CommandError) -> String? {
        guard let word else { return nil }
        guard CommandLineModel.logLevels.contains(word.lowercased()) else {
            throw .usage(
                place, "'\(word.escapedForMessage)' is no level",
                hint: "write one of: \(CommandLineModel.logLevels.joined(separator: ", "))")
        }
        return word.lowercased()
    }
}

extension SettingKey {
    fileprivate var isForward: Bool {
        [.localForward, .remoteForward, .dynamicForward, .clearAllForwardings].contains(self)
    }
}
