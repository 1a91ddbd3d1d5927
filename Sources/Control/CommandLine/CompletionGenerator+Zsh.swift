/// The script for zsh.
extension CompletionGenerator {
    var zsh: String {
        let commands = model.commands.map { "        '\($0.name):\($0.summary.zshQuoted)'" }
        return """
            #compdef p2pfwd
            # zsh completion for p2pfwd
            # \(Self.notice)

            # What the program knows: peers, keys, forwards.
            _p2pfwd_ask() {
                local -a home found
                [[ -n ${opt_args[--home]} ]] && home=(--home ${opt_args[--home]})
                found=(${(f)"$(p2pfwd $home __complete $1 2>/dev/null)"})
                compadd -- $found
            }

            _p2pfwd_first() {
                local -a commands
                commands=(
            \(commands.joined(separator: "\n"))
                )
                _describe command commands
                _p2pfwd_ask peers
            }

            \(model.commands.flatMap(zshFollowers).joined(separator: "\n\n"))

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
        for offer in command.offers where offer.behind == nil {
            // Behind a blank words of our own go to the function, and none of zsh's.
            let action =
                offer.argument.map { " \(zshAction($0))" }
                ?? "(\(offer.words.joined(separator: " ")))"
            arguments.append("'\(offer.position + 2): :\(action)'")
        }
        for position in followingPositions(of: command) {
            arguments.append("'\(position + 2): :_p2pfwd_\(command.name)_\(position)'")
        }
        let lines = arguments.map { "            \($0)" }.joined(separator: " \\\n")
        return """
                \(command.name))
                    _arguments -s \\
            \(zshOptions(model.options(of: command))) \\
            \(lines) ;;
            """
    }

    private func followingPositions(of command: CommandDefinition) -> [Int] {
        Set(command.offers.filter { $0.behind != nil }.map(\.position)).sorted()
    }

    /// What stands behind a word that is the command's first argument.
    private func zshFollowers(_ command: CommandDefinition) -> [String] {
        followingPositions(of: command).map { position in
            let cases = command.offers.compactMap { offer -> String? in
                guard offer.position == position, let word = offer.behind,
                    let argument = offer.argument
                else { return nil }
                return "    \(word)) \(zshAction(argument)) ;;"
            }
            return """
                _p2pfwd_\(command.name)_\(position)() {
                    case ${words[(r)(\(command.argumentWords.joined(separator: "|")))]} in
                \(cases.joined(separator: "\n"))
                    esac
                }
                """
        }
    }

    private func zshAction(_ argument: CommandDefinition.Argument) -> String {
        question(argument).map { "_p2pfwd_ask \($0)" } ?? "_files"
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
