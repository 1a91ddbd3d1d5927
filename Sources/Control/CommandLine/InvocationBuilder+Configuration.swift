import Forwarding
import SRMUDP

/// What `p2pfwd config` does.
package enum ConfigurationAction: Equatable {
    case path
    /// Nil: the file of the home.
    case check(file: String?)
    /// Nil: what holds for the node.
    case show(peer: String?, json: Bool)
    case get(key: String, peer: String?)
}

// The configuration file behind the command line.
extension InvocationBuilder {
    /// The file of the home; nil if there is none, or the command does not heed it.
    func configurationFile(
        _ parsed: ArgumentParser.Result
    ) throws(CommandError) -> ConfigurationFile? {
        guard parsed.command.runsNode else { return nil }
        return try configurationFile(home: parsed.values(of: .home).first)
    }

    /// Nil also where there is no home, which the command itself will say.
    func configurationFile(home option: String?) throws(CommandError) -> ConfigurationFile? {
        guard let home = try? HomeDirectory(option: option, variables: surroundings.variable) else {
            return nil
        }
        return try ConfigurationFile.load(
            home.nodeConfigurationFile, surroundings: surroundings)
    }

    /// What the file has at its top for every node.
    func nodeSettings(in file: ConfigurationFile) throws(CommandError) -> NodeSettings {
        var parsed = ArgumentParser.Result(command: model.forward)
        try file.takeUp(into: &parsed)
        var values = try OptionValues(parsed, surroundings)
        values.settings.append(parsed.fileSettings)
        var settings = NodeSettings()
        settings.meeting = try values.meeting
        settings.transport = try values.transport
        return settings
    }

    /// Adds what is in the file and no option.
    func use(
        _ file: ConfigurationFile, of parsed: ArgumentParser.Result,
        _ invocation: inout Invocation
    ) throws(CommandError) {
        guard case .serve(var options) = invocation.command else { return }
        options.autostarted = try autostarted(in: file, home: invocation.home)
        invocation.command = .serve(options)
    }

    /// The forwards that a node begins at its start, with all that `p2pfwd PEER` would take up. They
    /// wait for their peer without end.
    package func autostarted(
        in file: ConfigurationFile, home: String?
    ) throws(CommandError) -> [ForwardOptions] {
        var all: [ForwardOptions] = []
        for peer in file.peers where peer.autostarts {
            var options = try forwarding(to: peer, in: file, home: home)
            options.connectTimeout = .longest
            for forward in options.forwards {
                let others = all.flatMap(\.forwards)
                guard forward.kind != .remote, let other = others.first(where: forward.collides)
                else { continue }
                throw CommandError(
                    "\(file.origin(peer.place)): peers.\(peer.name).forwards",
                    "'\(forward)' listens where '\(other)' of another peer does", .usage)
            }
            all.append(options)
        }
        return all
    }

    /// What `p2pfwd PEER` would do; the peer has forwards.
    func forwarding(
        to peer: ConfigurationFile.PeerSection, in file: ConfigurationFile, home: String?
    ) throws(CommandError) -> ForwardOptions {
        let words = (home.map { ["--home", $0] } ?? []) + [peer.name]
        var parser = ArgumentParser(model: model, arguments: words)
        var parsed = try parser.parse()
        try file.takeUp(into: &parsed)
        var invocation = Invocation(home: home, command: .version)
        guard case .forward(let options) = try forward(parsed, false, &invocation) else {
            preconditionFailure("a name alone forwards")
        }
        return options
    }

    func configuration(
        _ parsed: ArgumentParser.Result, _ json: Bool
    ) throws(CommandError) -> ConfigurationAction {
        let words = parsed.arguments
        guard !json || words.first == "show" else {
            throw .usage("--json", "it goes with 'config show' alone")
        }
        switch (words.first, words.count) {
        case ("path", 1): return .path
        case ("check", 1): return .check(file: nil)
        case ("check", 2): return .check(file: words[1])
        case ("show", 1): return .show(peer: nil, json: json)
        case ("show", 2):
            try checkName(words[1])
            return .show(peer: words[1], json: json)
        case ("get", 2), ("get", 3):
            let peer = words.dropFirst(2).first
            if let peer { try checkName(peer) }
            try checkKey(words[1], isOfPeer: peer != nil)
            return .get(key: words[1], peer: peer)
        case ("get", _): throw .usage("config get", "takes a key, and a peer if it is about one")
        case ("path", _): throw .usage("config path", "takes nothing more")
        case ("check", _): throw .usage("config check", "takes one file")
        case ("show", _): throw .usage("config show", "takes one peer")
        case (let word, _):
            let near = word.flatMap { nearest(to: $0, among: Self.configurationWords) }
            throw .usage(
                "config",
                word.map { "unknown word '\($0.escapedForMessage)'" } ?? "what shall be done?",
                hint: near.map { "did you mean '\($0)'?" } ?? "p2pfwd config --help")
        }
    }

    static let configurationWords = ["check", "show", "get", "path"]

    private func checkKey(_ name: String, isOfPeer: Bool) throws(CommandError) {
        let keys = isOfPeer ? ConfigurationKey.peer : ConfigurationKey.top
        guard !keys.contains(where: { $0.name == name }) else { return }
        let near = nearest(to: name, among: keys.map(\.name))
        let isElsewhere = ConfigurationKey.all.contains { $0.name == name }
        throw .usage(
            "config get", "unknown key '\(name.escapedForMessage)'",
            hint: near.map { "did you mean '\($0)'?" }
                ?? (isElsewhere
                    ? isOfPeer ? "it is none of a peer" : "p2pfwd config get \(name) PEER"
                    : "p2pfwd help configuration"))
    }
}

extension ConfigurationFile {
    /// Puts what the file says behind what the command line says: of each key the command line
    /// comes first, then what the file says of the peer, then what it says of all.
    func takeUp(into parsed: inout ArgumentParser.Result) throws(CommandError) {
        // -F stands in for all that the home says of the peer.
        let hasOwnFile = parsed.count(of: .configurationFile) > 0
        let name = parsed.command.takesPeer && !hasOwnFile ? parsed.arguments.first : nil
        if let peer = name.flatMap(peer) {
            try take(peer.section, into: &parsed)
            for forward in peer.forwards where parsed.command.name.isEmpty {
                let key = forward.kind.settingKey.rawValue
                parsed.fileSettings.append(
                    try Setting(key, [forward.text], at: origin(forward.place)))
            }
        }
        try take(top, into: &parsed)
        parsed.fileLogLevel = logLevel
        parsed.fileLogFormat = logFormat
    }

    /// What `log-level` says; nil where it is not written.
    var logLevel: Logger.Level? {
        top.value("log-level").flatMap { LogWord(rawValue: $0.texts[0])?.level }
    }

    /// What `log-format` says; nil where it is not written.
    var logFormat: LogFormat? {
        top.value("log-format").flatMap { LogFormat(rawValue: $0.texts[0]) }
    }

    private func take(
        _ section: ConfigurationSection, into parsed: inout ArgumentParser.Result
    ) throws(CommandError) {
        // Nothing can be said about a web server that is not there.
        let hasWeb = section.value("web.listen") != nil || parsed.count(of: .web) > 0
        for value in section.values
        where value.key.reach.holds(for: parsed.command) && (hasWeb || !value.key.isOfWeb) {
            switch value.key.equivalent {
            case .option(let id): take(value, as: id, into: &parsed)
            case .setting(let key):
                let words =
                    value.key.name == "via" ? [value.texts.joined(separator: ",")] : value.texts
                guard !words.isEmpty, !words[0].isEmpty else { continue }
                let flags = ["true": "yes", "false": "no"]
                let spelled = value.key.form == .flag ? words.map { flags[$0] ?? $0 } : words
                parsed.fileSettings.append(
                    try Setting(key.rawValue, spelled, at: origin(value.place)))
            case .none: continue
            }
        }
    }

    private func take(
        _ value: ConfigurationSection.Value, as id: OptionDefinition.ID,
        into parsed: inout ArgumentParser.Result
    ) {
        // Who is asked is one choice.
        let asking: Set<OptionDefinition.ID> = [.ask, .askCommand]
        let rivals = asking.contains(id) ? asking : [id]
        guard rivals.allSatisfy({ parsed.count(of: $0) == 0 }),
            let definition = parsed.command.options.first(where: { $0.id == id })
        else { return }
        if value.key.form == .flag {
            if value.texts == ["true"] { parsed.options.append((definition, nil)) }
        } else {
            for text in value.texts { parsed.options.append((definition, text)) }
        }
    }
}

extension ConfigurationKey.Reach {
    /// Whether the command heeds the key.
    fileprivate func holds(for command: CommandDefinition) -> Bool {
        switch self {
        case .node: true
        case .serving: command.serves
        case .forwarding: command.name.isEmpty
        }
    }
}

extension ForwardSpecification.Kind {
    /// The setting that says the same in a file.
    fileprivate var settingKey: SettingKey {
        switch self {
        case .local: .localForward
        case .remote: .remoteForward
        case .dynamic: .dynamicForward
        case .standardStreams: preconditionFailure("no file has -W")
        }
    }
}

extension CommandDefinition {
    /// Whether the command is one of those with a node, which the configuration file is about.
    var runsNode: Bool { options.contains { $0.id == .server } }

    /// Whether the command serves peers, with all that is permitted to them.
    var serves: Bool { options.contains { $0.id == .audit } }
}
