import Forwarding

// Forwarding, which has no command word.
extension InvocationBuilder {
    func forward(
        _ parsed: ArgumentParser.Result, _ json: Bool, _ invocation: inout Invocation
    ) throws(CommandError) -> Invocation.Command {
        var values = try values(parsed)
        guard let peer = parsed.arguments.first else { throw try peerIsMissing(values) }
        guard parsed.arguments.count == 1 else {
            throw .usage(
                "unexpected argument '\(parsed.arguments[1].escapedForMessage)'",
                "forwarding takes one peer and runs no command")
        }
        try values.readConfiguration(for: peer)
        invocation.use(values)
        let forwards = try values.forwards(for: peer, &invocation.warnings)
        let isQuestion = parsed.count(of: .printsConfiguration) > 0
        guard !forwards.isEmpty || isQuestion else { throw nothingToForward(peer) }
        if !PairingCode.looksLikeCode(peer) { try checkName(peer) }
        let options = try options(values, peer, forwards, json)
        guard isQuestion else { return .forward(options) }
        let configuration = EffectiveConfiguration(
            options: options, level: invocation.logLevel,
            usesSSHExitCodes: invocation.usesSSHExitCodes)
        return .help(configuration.text)
    }

    func options(
        _ values: OptionValues, _ peer: String, _ forwards: [ForwardSpecification], _ json: Bool
    ) throws(CommandError) -> ForwardOptions {
        let parsed = values.parsed
        let settings = values.settings
        var options = ForwardOptions(
            peer: peer, forwards: forwards, connectTimeout: try values.connectTimeout,
            listen: try values.listen, printsPorts: parsed.count(of: .printPorts) > 0, json: json,
            meeting: try values.meeting, transport: try values.transport)
        options.exitsOnFailure = settings.flag(.exitOnForwardFailure) ?? true
        options.goesToBackground =
            parsed.count(of: .background) > 0 || settings.flag(.forkAfterAuthentication) ?? false
        options.replacesSockets = settings.flag(.streamLocalBindUnlink) ?? false
        if let mask = settings.first(.streamLocalBindMask).flatMap({ UInt32($0.value, radix: 8) }) {
            options.socketMask = mask
        }
        options.proxyUsersFile = parsed.values(of: .proxyUsers).first
        options.opensProxy = parsed.count(of: .openProxy) > 0
        options.isStandalone = values.isStandalone
        options.remoteOpenPolicy = try values.remoteOpenPolicy
        options.vias = try vias(values, to: peer)
        guard !options.goesToBackground || forwards.allSatisfy({ $0.kind != .standardStreams })
        else { throw .usage("-f", "-W needs the standard streams, which -f gives up") }
        return options
    }

    func pipe(_ parsed: ArgumentParser.Result) throws(CommandError) -> PipeOptions {
        let values = try values(parsed)
        return PipeOptions(
            peer: try onlyPeer(parsed),
            connectTimeout: parsed.count(of: .connectTimeout) > 0 ? try values.connectTimeout : nil,
            listen: try values.listen, meeting: try values.meeting,
            transport: try values.transport)
    }

    /// Through whom the way leads (`-J`, ProxyJump).
    private func vias(_ values: OptionValues, to peer: String) throws(CommandError) -> [String] {
        let setting = values.settings.first(.proxyJump)
        let given = values.parsed.values(of: .jump).first
        guard let text = given ?? setting?.value, text.lowercased() != "none" else { return [] }
        let place = given == nil ? setting?.origin ?? "" : "option '-J'"
        let vias = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard vias.count <= ForwardOptions.viaLimit else {
            throw .usage(place, "more than \(ForwardOptions.viaLimit) peers on the way")
        }
        for via in vias {
            guard Peer.isValid(name: via) else {
                throw .usage(
                    place, "'\(via.escapedForMessage)' is not the name of a peer",
                    hint: "write -J VIA or -J VIA,VIA")
            }
        }
        guard Set(vias + [peer]).count == vias.count + 1 else {
            throw .usage(place, "a peer stands twice on the way to '\(peer.escapedForMessage)'")
        }
        return vias
    }

    private func peerIsMissing(_ values: OptionValues) throws(CommandError) -> CommandError {
        var warnings: [String] = []
        guard let forward = try values.forwards(for: "PEER", &warnings).first else {
            return .usage("nothing to do", "no command is given", hint: "p2pfwd --help")
        }
        return .usage(
            "the peer is missing", "to whom shall be forwarded?",
            hint: "p2pfwd \(forward.kind.letter) \(forward) PEER")
    }

    private func nothingToForward(_ peer: String) -> CommandError {
        if nearest(to: peer, among: model.commands.map(\.name)) != nil {
            return unknownCommand(peer)
        }
        return .usage(
            "nothing to forward", "'\(peer.escapedForMessage)' stands without -L",
            hint: "p2pfwd -L 8080:localhost:80 \(peer.escapedForMessage), or write its forwards "
                + "into the file that 'p2pfwd config path' names")
    }
}

extension OptionValues {
    /// Takes up what the file of `-F`, or the one of the home, says about the peer; behind it what
    /// p2pfwd.yaml says, with its forwards where the command line names none.
    mutating func readConfiguration(for peer: String) throws(CommandError) {
        let namesForwards =
            parsed.options.contains { $0.definition.id.forwardKind != nil }
            || settings.settings.contains { $0.key.forwardKind != nil }
        let given = parsed.values(of: .configurationFile).first
        if given?.lowercased() != "none", let path = given ?? configurationOfHome {
            var reader = ConfigurationReader(peer: peer, surroundings: surroundings)
            settings.append(try reader.read(path, isRequired: given != nil))
        }
        settings.append(
            parsed.fileSettings.filter { !namesForwards || $0.key.forwardKind == nil })
    }

    /// Nil where there is no home, which the command itself will say.
    private var configurationOfHome: String? {
        let home = try? HomeDirectory(
            option: parsed.values(of: .home).first, variables: surroundings.variable)
        return home?.configurationFile
    }

    /// All forwards: those of the command line in its order, then those of settings. None listens
    /// where another one does; the same one twice is one.
    func forwards(
        for peer: String, _ warnings: inout [String]
    ) throws(CommandError) -> [ForwardSpecification] {
        let parser = parser(for: peer)
        var forwards: [ForwardSpecification] = []
        for option in parsed.options {
            guard let kind = option.definition.id.forwardKind, let text = option.value else {
                continue
            }
            let place = "option '\(option.definition.displayName)'"
            try parse(kind, text, at: place, parser, &forwards)
        }
        let given = forwards
        for setting in settings.settings {
            guard let kind = setting.key.forwardKind else { continue }
            guard setting.words.count <= (kind == .dynamic ? 1 : 2) else {
                throw .usage(
                    setting.origin,
                    "'\(setting.words.last?.escapedForMessage ?? "")' is one word too many")
            }
            try parse(
                kind, setting.words.joined(separator: ":"), at: setting.origin, parser, &forwards)
        }
        let hasStandardStreams = forwards.contains { $0.kind == .standardStreams }
        guard settings.flag(.clearAllForwardings) ?? hasStandardStreams else { return forwards }
        // As with ssh, -W goes alone; but nobody should wonder where a typed forward is.
        let reason = hasStandardStreams ? "-W goes alone" : "ClearAllForwardings is set"
        warnings += given.filter { $0.kind != .standardStreams }.map {
            "\($0.kind.letter) \($0) is dropped: \(reason)"
        }
        return forwards.filter { $0.kind == .standardStreams }
    }

    private func parser(for peer: String) -> ForwardParser {
        let isGateway = parsed.count(of: .gateway) > 0 || settings.flag(.gatewayPorts) ?? false
        return ForwardParser(
            variables: surroundings.variable, services: surroundings.service,
            tokens: { [surroundings] in surroundings.token($0, peer: peer) },
            defaultBindAddress: isGateway ? .all : .loopback)
    }

    private func parse(
        _ kind: ForwardSpecification.Kind, _ text: String, at place: String,
        _ parser: ForwardParser, _ forwards: inout [ForwardSpecification]
    ) throws(CommandError) {
        let found: [ForwardSpecification]
        do throws(ForwardSpecificationError) {
            found = try parser.parse(kind, text)
        } catch {
            throw .usage(place, error.description, hint: "write \(error.grammar)")
        }
        for forward in found where !forwards.contains(forward) || forward.takesAnyPort {
            if let other = forwards.first(where: forward.collides) {
                throw .usage(place, "'\(forward)' listens where '\(other)' does")
            }
            forwards.append(forward)
        }
    }

    /// `--standalone`, or the variable that says so for all commands.
    var isStandalone: Bool {
        parsed.count(of: .standalone) > 0
            || surroundings.variable("P2PFWD_STANDALONE").map { !$0.isEmpty } ?? false
    }

    /// Nil where nothing is set.
    var remoteOpenPolicy: AccessPolicy? {
        get throws(CommandError) {
            guard let setting = settings.first(.permitRemoteOpen) else { return nil }
            do throws(AccessPolicyError) {
                return try AccessPolicy(parsing: setting.words)
            } catch {
                throw .usage(setting.origin, error.description, hint: AccessPolicyError.grammar)
            }
        }
    }
}

extension SettingKey {
    var forwardKind: ForwardSpecification.Kind? {
        let kinds: [Self: ForwardSpecification.Kind] = [
            .localForward: .local, .remoteForward: .remote, .dynamicForward: .dynamic,
        ]
        return kinds[self]
    }
}

extension ForwardSpecification {
    /// Whether two of the same kind are two listeners all the same.
    fileprivate var takesAnyPort: Bool {
        if case .port(_, 0) = entry { true } else { false }
    }
}

extension ForwardSpecification.Kind {
    /// The option: `-L`.
    var letter: String {
        switch self {
        case .local: "-L"
        case .remote: "-R"
        case .dynamic: "-D"
        case .standardStreams: "-W"
        }
    }
}
