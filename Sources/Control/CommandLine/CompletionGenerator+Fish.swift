/// The script for fish.
extension CompletionGenerator {
    var fish: String {
        let commands = model.commands.map { command in
            "complete -c p2pfwd -n __p2pfwd_needs_command -a \(command.name) "
                + "-d '\(command.summary.fishQuoted)'"
        }
        let global = model.globalOptions.map { fishOption($0, condition: nil) }
        let forward = model.forward.options.filter(\.isOffered).map {
            fishOption($0, condition: "not __fish_seen_subcommand_from \(commandNames)")
        }
        let own = model.commands.flatMap { command in
            let condition = "__fish_seen_subcommand_from \(command.name)"
            let words = command.argumentWords.joined(separator: " ")
            let arguments =
                words.isEmpty ? [] : ["complete -c p2pfwd -n '\(condition)' -a '\(words)'"]
            let peers =
                command.takesPeer
                ? ["complete -c p2pfwd -n '\(condition)' -a '(__p2pfwd_peers)' -d peer"] : []
            return command.options.map { fishOption($0, condition: condition) } + arguments + peers
        }
        return """
            # fish completion for p2pfwd
            # \(Self.notice) p2pfwd __complete fish

            function __p2pfwd_needs_command
                not __fish_seen_subcommand_from \(commandNames)
            end

            function __p2pfwd_peers
                set -l words (commandline -opc)
                set -l home
                if set -l index (contains -i -- --home $words)
                    set home --home $words[(math $index + 1)]
                end
                p2pfwd $home __complete peers 2>/dev/null
            end

            complete -c p2pfwd -f
            complete -c p2pfwd -n __p2pfwd_needs_command -a '(__p2pfwd_peers)' -d peer
            \((commands + global + forward + own).joined(separator: "\n"))

            """
    }

    private func fishOption(_ option: OptionDefinition, condition: String?) -> String {
        var words = ["complete", "-c p2pfwd"]
        if let condition { words.append("-n '\(condition)'") }
        if let short = option.short { words.append("-s \(short)") }
        if let long = option.long { words.append("-l \(long)") }
        if option.value != nil {
            switch option.completion {
            case .nothing: words.append("-x")
            case .file: words.append("-r -F")
            case .directory: words.append("-x -a '(__fish_complete_directories)'")
            case .settings: words.append("-x -a '\(settings)'")
            case .choices(let choices): words.append("-x -a '\(choices.joined(separator: " "))'")
            }
        }
        words.append("-d '\(option.summary.fishQuoted)'")
        return words.joined(separator: " ")
    }
}

extension String {
    /// For the inside of single quotes.
    fileprivate var fishQuoted: String {
        map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    }
}
