import SRMUDP

/// Splits the command line into command, options and arguments, as getopt_long does, except that
/// long options cannot be shortened.
///
/// Options may stand anywhere before `--`; `-Nv` is `-N -v`; a value follows directly (`-L8080:..`,
/// `--home=DIR`) or as the next argument. The first argument is the command if it is the name of
/// one and no option before it belongs to forwarding alone.
struct ArgumentParser {
    struct Result {
        var command: CommandDefinition
        var options: [(definition: OptionDefinition, value: String?)] = []
        var arguments: [String] = []
        /// What the configuration file of the home adds to the settings of `-o`.
        var fileSettings: [Setting] = []
        var fileLogLevel: Logger.Level?
        var fileLogFormat: LogFormat?

        func values(of id: OptionDefinition.ID) -> [String] {
            options.filter { $0.definition.id == id }.compactMap(\.value)
        }

        func count(of id: OptionDefinition.ID) -> Int {
            options.count { $0.definition.id == id }
        }
    }

    private let model: CommandLineModel
    private var rest: ArraySlice<String>
    private var result: Result
    private var isCommandKnown = false

    init(model: CommandLineModel, arguments: [String]) {
        self.model = model
        rest = arguments[...]
        result = Result(command: model.forward)
    }

    mutating func parse() throws(CommandError) -> Result {
        while let argument = rest.popFirst() {
            if argument == "--" {
                for argument in rest { take(argument: argument) }
                rest = []
            } else if argument.hasPrefix("--") {
                try take(long: argument)
            } else if argument.hasPrefix("-"), argument.count > 1 {
                try take(cluster: argument)
            } else {
                take(argument: argument)
            }
        }
        // Who asks for help gets it, whatever else is wrong.
        if result.count(of: .help) == 0 {
            try checkOptionsBelong()
            try checkRepetition()
        }
        return result
    }

    private mutating func take(argument: String) {
        guard !isCommandKnown else {
            result.arguments.append(argument)
            return
        }
        isCommandKnown = true
        let forwardsAlready = result.options.contains { $0.definition.id.forwardKind != nil }
        if !forwardsAlready, let command = model.command(named: argument) {
            result.command = command
        } else {
            result.arguments.append(argument)
        }
    }

    private mutating func take(long argument: String) throws(CommandError) {
        let parts = argument.dropFirst(2).split(
            separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let definition = find({ $0.long == name }) else { throw unknown("--\(name)") }
        guard definition.value != nil else {
            guard parts.count == 1 else {
                throw .usage("option '--\(name)'", "takes no value")
            }
            result.options.append((definition, nil))
            return
        }
        let value = parts.count == 2 ? String(parts[1]) : rest.popFirst()
        try append(definition, value)
    }

    private mutating func take(cluster argument: String) throws(CommandError) {
        var letters = argument.dropFirst()
        while let letter = letters.popFirst() {
            guard let definition = find({ $0.short == letter }) else {
                if let reason = CommandLineModel.refusedLetters[letter] {
                    throw .usage("option '-\(letter)'", "it has no meaning here: \(reason)")
                }
                throw unknown("-\(letter)")
            }
            if definition.value == nil {
                result.options.append((definition, nil))
            } else {
                try append(definition, letters.isEmpty ? rest.popFirst() : String(letters))
                return
            }
        }
    }

    private mutating func append(
        _ definition: OptionDefinition, _ value: String?
    ) throws(CommandError) {
        guard let value, !value.isEmpty else {
            throw .usage(
                "option '\(definition.displayName)'", "needs a value",
                hint: "write \(definition.synopsis)")
        }
        result.options.append((definition, value))
    }

    /// The option in the command's own list first, then anywhere: that it does not belong is told
    /// later, when the command is known for sure.
    private func find(_ matches: (OptionDefinition) -> Bool) -> OptionDefinition? {
        model.options(of: result.command).first(where: matches)
            ?? model.forward.options.first(where: matches)
            ?? model.commands.lazy.flatMap(\.options).first(where: matches)
    }

    private func unknown(_ spelling: String) -> CommandError {
        let definitions =
            isCommandKnown
            ? model.options(of: result.command)
            : model.globalOptions + model.forward.options + model.commands.flatMap(\.options)
        let spellings = definitions.flatMap(\.spellings).filter { $0.hasPrefix("--") }
        let near = spelling.hasPrefix("--") ? nearest(to: spelling, among: spellings) : nil
        let command = result.command.name
        return .usage(
            "unknown option '\(spelling.escapedForMessage)'",
            near.map { "did you mean '\($0)'?" } ?? "there is no such option",
            hint: command.isEmpty ? "p2pfwd --help" : "p2pfwd \(command) --help")
    }

    private func checkOptionsBelong() throws(CommandError) {
        let allowed = Set(model.options(of: result.command).map(\.id))
        for option in result.options where !allowed.contains(option.definition.id) {
            let command = result.command.name
            throw .usage(
                "option '\(option.definition.displayName)'",
                command.isEmpty
                    ? "it belongs to a command, but none is given"
                    : "it does not go with '\(command)'",
                hint: command.isEmpty ? "p2pfwd --help" : "p2pfwd \(command) --help")
        }
    }

    private func checkRepetition() throws(CommandError) {
        var values: [OptionDefinition.ID: String] = [:]
        for option in result.options where !option.definition.isRepeatable {
            guard let value = option.value else { continue }
            if let earlier = values[option.definition.id], earlier != value {
                throw .usage(
                    "option '\(option.definition.displayName)'",
                    "given twice, as '\(earlier.escapedForMessage)' and "
                        + "'\(value.escapedForMessage)'")
            }
            values[option.definition.id] = value
        }
    }
}

extension String {
    /// The text cut to 80 characters, with control characters shown as `?`, for one-line messages.
    var escapedForMessage: String {
        let shown = prefix(80).map { character in
            character.unicodeScalars.contains { $0.value < 0x20 || (0x7f...0x9f) ~= $0.value }
                ? "?" : String(character)
        }
        return shown.joined() + (count > 80 ? "..." : "")
    }
}
