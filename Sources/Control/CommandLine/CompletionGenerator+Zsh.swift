/// The script for zsh.
extension CompletionGenerator {
    var zsh: String {
        let commands = model.commands.map { "        '\($0.name):\($0.summary.zshQuoted)'" }
        return """
            #compdef p2pfwd
            # zsh completion for p2pfwd
            # \(Self.notice) p2pfwd __complete zsh

            _p2pfwd_peers() {
                local -a home peers
                [[ -n ${opt_args[--home]} ]] && home=(--home ${opt_args[--home]})
                peers=(${(f)"$(p2pfwd $home __complete peers 2>/dev/null)"})
                compadd -- $peers
            }

            _p2pfwd_first() {
                local -a commands
                commands=(
            \(commands.joined(separator: "\n"))
                )
                _describe command commands
                _p2pfwd_peers
            }

            _p2pfwd() {
                local curcontext=$curcontext state line
                local command=${words[(r)(\(model.commands.map(\.name).joined(separator: "|")))]}

                case $command in
            \(model.commands.map(zshCommand).joined(separator: "\n"))
                *)
                    _arguments -s \\
            \(zshOptions(model.forward.options + model.globalOptions)) \\
                        '*: :_p2pfwd_first' ;;
                esac
            }

            _p2pfwd "$@"

            """
    }

    private func zshCommand(_ command: CommandDefinition) -> String {
        var arguments: [String] = ["'1: :(\(command.name))'"]
        if !command.argumentWords.isEmpty {
            arguments.append("'2: :(\(command.argumentWords.joined(separator: " ")))'")
        }
        if command.takesPeer { arguments.append("'*: :_p2pfwd_peers'") }
        let lines = arguments.map { "            \($0)" }.joined(separator: " \\\n")
        return """
                \(command.name))
                    _arguments -s \\
            \(zshOptions(model.options(of: command))) \\
            \(lines) ;;
            """
    }

    private func zshOptions(_ options: [OptionDefinition]) -> String {
        options.filter(\.isOffered).flatMap { option in
            option.spellings.map { spelling in
                let repeatable = option.isRepeatable ? "*" : ""
                let summary = option.summary.zshQuoted
                let value = option.value.map { ":\($0.zshQuoted):\(zshAction(option))" } ?? ""
                return "            '\(repeatable)\(spelling)[\(summary)]\(value)'"
            }
        }.joined(separator: " \\\n")
    }

    private func zshAction(_ option: OptionDefinition) -> String {
        switch option.completion {
        case .nothing: " "
        case .file: "_files"
        case .directory: "_files -/"
        case .settings: "(\(settings))"
        case .choices(let choices): "(\(choices.joined(separator: " ")))"
        }
    }
}

extension String {
    /// For a description inside single quotes and brackets.
    fileprivate var zshQuoted: String {
        map { character in
            switch character {
            case "'": "'\\''"
            case "[", "]", ":": "\\\(character)"
            default: String(character)
            }
        }.joined()
    }
}
