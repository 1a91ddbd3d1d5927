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
        switch option.completion {
        case .nothing: return nil
        case .file: generator = "-f"
        case .directory: generator = "-d"
        case .choices(let choices): generator = "-W '\(choices.joined(separator: " "))'"
        }
        return """
                \(option.spellings.joined(separator: " | ")))
                    mapfile -t COMPREPLY < <(compgen \(generator) -- "$current")
                    return ;;
            """
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
