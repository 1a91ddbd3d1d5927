/// The script for bash.
extension CompletionGenerator {
    var bash: String {
        let values = allOptions.filter { $0.value != nil }
        let withoutCompletion = values.filter { bashValue($0) == nil }
        return """
            # bash completion for p2pfwd
            # \(Self.notice)

            # What the program knows: peers, keys, forwards.
            _p2pfwd_ask() {
                local home=() index
                for ((index = 1; index < ${#words[@]} - 1; index++)); do
                    case ${words[index]} in
                    --home) home=(--home "${words[index + 1]}") ;;
                    --home=*) home=(--home "${words[index]#*=}") ;;
                    esac
                done
                p2pfwd "${home[@]}" __complete "$1" 2>/dev/null
            }

            # For bash a colon and an equals sign are words of their own; this joins them.
            _p2pfwd_join() {
                local index word glue=
                for ((index = 0; index <= COMP_CWORD; index++)); do
                    word=${COMP_WORDS[index]}
                    if ((index)) && [[ -n $glue || $word == [:=]* ]]; then
                        words[${#words[@]}-1]+=$word
                    else
                        words+=("$word")
                    fi
                    glue=
                    [[ $word == *[:=] ]] && glue=yes
                done
            }

            _p2pfwd() {
                local words=() arguments=() command= index offered=
                COMPREPLY=()
                _p2pfwd_join
                local current=${words[${#words[@]}-1]} previous=${words[${#words[@]}-2]}

                if [[ $previous == -o && $current == *=* ]]; then
                    case ${current%%=*} in
            \(SettingKey.allCases.compactMap(bashSetting).joined(separator: "\n"))
                    esac
                    mapfile -t COMPREPLY < <(compgen -W "$offered" -- "${current#*=}")
                    return
                fi

                case $previous in
            \(values.compactMap(bashValue).joined(separator: "\n"))
                \(withoutCompletion.flatMap(\.spellings).joined(separator: " | ")))
                    return ;;
                esac

                for ((index = 1; index < ${#words[@]} - 1; index++)); do
                    case ${words[index]} in
                    \(values.flatMap(\.spellings).joined(separator: " | ")))
                        ((index++)) ;;
                    -*) ;;
                    *)
                        if [[ -z $command ]]; then
                            command=${words[index]}
                        else
                            arguments+=("${words[index]}")
                        fi ;;
                    esac
                done

                case $command in
            \(model.commands.map(bashCommand).joined(separator: "\n"))
                '')
                    offered='\(spellings(model.forward.options + model.globalOptions))'
                    [[ $current == -* ]] || offered="\(commandNames) $(_p2pfwd_ask peers)" ;;
                *)
                    offered='\(spellings(model.forward.options + model.globalOptions))' ;;
                esac
                mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$current")
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

    private func bashSetting(_ key: SettingKey) -> String? {
        key.words.map { "        \(key.rawValue)) offered='\($0.joined(separator: " "))' ;;" }
    }

    private func bashCommand(_ command: CommandDefinition) -> String {
        let offers = command.offers.map(bashOffer)
        return """
                \(command.name))
                    offered='\(spellings(model.options(of: command)))'
                    if [[ $current != -* ]]; then
                        offered=
                        case ${#arguments[@]}:${arguments[0]} in
            \((offers + ["            *) ;;"]).joined(separator: "\n"))
                        esac
                    fi ;;
            """
    }

    private func bashOffer(_ offer: CommandDefinition.Offer) -> String {
        let pattern = "            \(offer.position):\(offer.behind ?? "*"))"
        guard let argument = offer.argument else {
            return "\(pattern) offered='\(offer.words.joined(separator: " "))' ;;"
        }
        guard let question = question(argument) else {
            let files = "mapfile -t COMPREPLY < <(compgen -f -- \"$current\")"
            return "\(pattern)\n                \(files)\n                return ;;"
        }
        return "\(pattern) offered=$(_p2pfwd_ask \(question)) ;;"
    }
}
