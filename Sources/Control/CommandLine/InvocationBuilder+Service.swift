// The command that has systemd run this program.
extension InvocationBuilder {
    func service(_ parsed: ArgumentParser.Result) throws(CommandError) -> ServiceOptions {
        var words = parsed.arguments[...]
        let action = try serviceAction(words.popFirst())
        var role = ServiceUnit.Role.serve
        if let named = words.first.flatMap(ServiceUnit.Role.init(rawValue:)) {
            role = named
            words.removeFirst()
        }
        let options = ServiceOptions(
            action: action, scope: try serviceScope(parsed), role: role,
            home: parsed.values(of: .home).first.map {
                $0.absolutePath(in: surroundings.workingDirectory)
            }, options: Array(words),
            isForced: parsed.count(of: .force) > 0)
        guard !options.isForced || action == .install else {
            throw .usage("--force", "it is for 'service install'")
        }
        switch action {
        case .install, .print: try checkServiceOptions(options)
        case .uninstall, .status:
            if let word = words.first {
                throw .usage(
                    "service \(action.rawValue)",
                    "unexpected argument '\(word.escapedForMessage)'",
                    hint: "p2pfwd service --help")
            }
        }
        return options
    }

    private func serviceAction(_ word: String?) throws(CommandError) -> ServiceOptions.Action {
        let names = ServiceOptions.Action.allCases.map(\.rawValue)
        guard let word else {
            throw .usage(
                "service", "what shall be done?",
                hint: "write one of: \(names.joined(separator: ", "))")
        }
        guard let action = ServiceOptions.Action(rawValue: word) else {
            let near = nearest(to: word, among: names)
            throw .usage(
                "service", "unknown word '\(word.escapedForMessage)'",
                hint: near.map { "did you mean '\($0)'?" } ?? "p2pfwd service --help")
        }
        return action
    }

    private func serviceScope(
        _ parsed: ArgumentParser.Result
    ) throws(CommandError) -> ServiceUnit.Scope {
        switch (parsed.count(of: .userService) > 0, parsed.count(of: .systemService) > 0) {
        case (true, true): throw .usage("service", "--user and --system exclude each other")
        case (true, false): return .user
        case (false, true): return .system
        case (false, false): return surroundings.isRoot ? .system : .user
        }
    }

    /// Reads the options as the service will, so that mistakes are told before it is made.
    private func checkServiceOptions(_ options: ServiceOptions) throws(CommandError) {
        let words = [options.role.rawValue] + options.options
        var parser = ArgumentParser(model: model, arguments: words)
        for option in try parser.parse().options {
            guard option.definition.id != .home else {
                throw .usage("service", "--home belongs before the --")
            }
            guard option.definition.takesPath, let value = option.value, !value.hasPrefix("/")
            else { continue }
            throw .usage(
                option.definition.displayName,
                "a service has another working directory: '\(value.escapedForMessage)' is no "
                    + "whole path",
                hint: "write \(value.absolutePath(in: surroundings.workingDirectory))")
        }
        // The node of the machine has another home than whoever installs it, and another user.
        var surroundings = surroundings
        if options.scope == .system {
            surroundings.readConfiguration = { _ throws(FileError) in nil }
        }
        let builder = InvocationBuilder(model: model, surroundings: surroundings)
        let home = options.home.map { ["--home", $0] } ?? []
        switch try builder.invocation(for: home + words).command {
        case .serve(let serve):
            guard !serve.asking.usesTerminal else {
                throw .usage("--ask", "a service has no terminal", hint: "--ask-command PROGRAM")
            }
        case .rendezvous: break
        default: throw .usage("service", "a service has no use for --help or --version")
        }
    }
}

extension OptionDefinition {
    fileprivate var takesPath: Bool {
        switch completion {
        case .file, .directory: true
        case .nothing, .choices, .settings: false
        }
    }
}
