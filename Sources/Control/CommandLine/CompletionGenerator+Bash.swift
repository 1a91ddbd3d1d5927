/// The script for bash.
extension CompletionGenerator {
    var bash: String {
        let values = allOptions.filter { $0.value != nil }
        let withoutCompletion = values.filter { bashValue($0) == nil }
        return """
            # bash completion for p2pfwd
            # \(Self.notice) p2pfwd __complete bash

            _p2pfwd_peers() {
                local home=() index
                for ((index = 1; index < COMP_CWORD; index++)); do
                    [[ ${COMP_WORDS[index]} == --home ]] && home=(--home "${COMP_WORDS[index + 1]}")
                done
                p2pfwd "${home[@]}" __complete peers 2>/dev/null
            }

            _p2pfwd() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
                local command= first= index words
                COMPREPLY=()

                if [[ $current == = || $previous == = ]]; then
                    index=$((COMP_CWORD - 2))
                    [[ $current == = ]] && index=$((COMP_CWORD - 1))
                    case ${COMP_WORDS[index]} in
            \(SettingKey.allCases.compactMap(bashSetting).joined(separator: "\n"))
                    esac
                    mapfile -t COMPREPLY < <(compgen -W "$words" -- "${current#=}")
                    return
                fi

                case $previous in
            \(values.compactMap(bashValue).joined(separator: "\n"))
                \(withoutCompletion.flatMap(\.spellings).joined(separator: " | ")))
                    return ;;
                esac

                for ((index = 1; index < COMP_CWORD; index++)); do
                    case ${COMP_WORDS[index]} in
                    \(values.flatMap(\.spellings).joined(separator: " | ")))
                        ((index++)) ;;
                    -*) ;;
                    *)
                        if [[ -z $command ]]; then
                            command=${COMP_WORDS[index]}
                        elif [[ -z $first ]]; then
                            first=${COMP_WORDS[index]}
                        fi ;;
                    esac
                done

                case $command in
            \(model.commands.map(bashCommand).joined(separator: "\n"))
                '')
                    words='\(spellings(model.forward.options + model.globalOptions))'
                    [[ $current == -* ]] || words="\(commandNames) $(_p2pfwd_peers)" ;;
                *)
                    words='\(spellings(model.forward.options + model.globalOptions))' ;;
                esac
                mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
            }

            complete -F _p2pfwd p2pfwd

            """
    }

    private func bashValue(_ option: OptionDefinition) -> String? {
        let generator: String
        var further: [String] = []
        switch option.completion {
        case .nothing: return nil
        case .file: generator = "-f"
        case .directory: generator = "-d"
        case .choices(let choices): generator = "-W '\(choices.joined(separator: " "))'"
        case .settings:
            let keys = SettingKey.allCases.map(\.rawValue).joined(separator: " ")
            generator = "-S = -W '\(keys)'"
            further = ["compopt -o nospace"]
        }
        let lines =
            ["mapfile -t COMPREPLY < <(compgen \(generator) -- \"$current\")"] + further
            + ["return ;;"]
        return "    \(option.spellings.joined(separator: " | ")))\n"
            + lines.map { "        \($0)" }.joined(separator: "\n")
    }

    /// For bash `Key=value` is three words.
    private func bashSetting(_ key: SettingKey) -> String? {
        key.words.map { "        \(key.rawValue)) words='\($0.joined(separator: " "))' ;;" }
    }

    private func bashCommand(_ command: CommandDefinition) -> String {
        let words = command.argumentWords.joined(separator: " ")
        let arguments =
            command.takesPeer
            ? """
                    if [[ $current != -* ]]; then
                        words='\(words)'
                        [[ -n $first ]] && words=$(_p2pfwd_peers)
                    fi ;;
            """
            : """
                    [[ $current == -* ]] || words='\(words)' ;;
            """
        return """
                \(command.name))
                    words='\(spellings(model.options(of: command)))'
            \(arguments)
            """
    }
}
