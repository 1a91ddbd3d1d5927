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
            return command.options.map { fishOption($0, condition: condition) }
                + command.offers.map { fishOffer($0, of: command) }
        }
        return """
            # fish completion for p2pfwd
            # \(Self.notice)

            function __p2pfwd_needs_command
                not __fish_seen_subcommand_from \(commandNames)
            end

            # What the program knows: peers, keys, forwards.
            function __p2pfwd_ask
                set -l words (commandline -opc)
                set -l home
                if set -l index (contains -i -- --home $words)
                    set home --home $words[(math $index + 1)]
                end
                p2pfwd $home __complete $argv[1] 2>/dev/null
            end

            # Whether so many arguments stand behind the word.
            function __p2pfwd_follows --argument-names word count
                set -l words (string match -v -- '-*' (commandline -opc))
                set -l index (contains -i -- $word $words)
                or return 1
                test (math (count $words) - $index) -eq $count
            end

            complete -c p2pfwd -f
            complete -c p2pfwd -n __p2pfwd_needs_command -a '(__p2pfwd_ask peers)' -d peer
            \((commands + global + forward + own).joined(separator: "\n"))

            """
    }

    private func fishOffer(
        _ offer: CommandDefinition.Offer, of command: CommandDefinition
    ) -> String {
        let word = offer.behind ?? command.name
        let count = offer.behind == nil ? offer.position : offer.position - 1
        let seen = "__fish_seen_subcommand_from \(command.name)"
        let start = "complete -c p2pfwd -n '\(seen); and __p2pfwd_follows \(word) \(count)'"
        guard let argument = offer.argument else {
            return "\(start) -a '\(offer.words.joined(separator: " "))'"
        }
        guard let question = question(argument) else { return "\(start) -F" }
        return "\(start) -a '(__p2pfwd_ask \(question))'"
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
