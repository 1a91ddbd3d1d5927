/// What `help` of the shell shows.
enum ShellHelp {
    static var overview: [String] {
        let width = (ShellVerb.all.map(\.name.count).max() ?? 0) + 2
        return ShellVerb.all.map { "  " + $0.name.padded(to: width) + $0.summary }
            + ["help COMMAND tells more. Ctrl-C ends a command, Ctrl-D the shell."]
    }

    /// - Throws: that there is no such command.
    static func text(about name: String) throws(CommandError) -> [String] {
        switch name {
        case "set": return ShellSettings.helpText
        case _ where name.hasPrefix("-"): return ForwardLine.helpText
        case _: break
        }
        guard let verb = ShellVerb.named(name) else {
            let near = nearest(to: name, among: ShellVerb.typedNames)
            throw .usage(
                "help", "there is no command '\(name.escapedForMessage)'",
                hint: near.map { "did you mean '\($0)'?" } ?? "help lists the commands")
        }
        guard let definition = CommandLineModel.standard.command(named: name),
            verb.place == .node
        else { return ["\(verb.synopsis): \(verb.summary)"] }
        return ["\(name): \(definition.summary)", ""]
            + definition.synopses.map { "  \($0)" }
            + (verb.options.isEmpty ? [] : [""] + options(verb.options))
            + [""] + definition.details.map { "  \($0)" }
    }

    private static func options(_ options: [OptionDefinition]) -> [String] {
        let offered = options.filter(\.isOffered)
        let width = offered.map(\.synopsis.count).max() ?? 0
        return offered.map { "  \($0.synopsis.padded(to: width))  \($0.summary)" }
    }
}
