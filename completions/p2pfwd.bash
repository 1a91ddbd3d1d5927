# bash completion for p2pfwd
# Made from the program's own description of its command line: p2pfwd __complete bash

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
    --home)
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        return ;;
    --congestion)
        mapfile -t COMPREPLY < <(compgen -W 'cubic model' -- "$current")
        return ;;
    -o)
        mapfile -t COMPREPLY < <(compgen -W 'ConnectTimeout= ExitOnForwardFailure= Hold= Congestion= Offload= LargestDatagram=' -- "$current")
        return ;;
    --ticket-file)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    -L | -R | -D | -W | --connect-timeout | --listen | --hold | --permit | --name | --expires | --address)
        return ;;
    esac

    for ((index = 1; index < COMP_CWORD; index++)); do
        case ${COMP_WORDS[index]} in
        --home | -L | -R | -D | -W | --connect-timeout | --listen | --hold | --congestion | -o | --permit | --name | --expires | --address | --ticket-file)
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
    serve)
        words='--listen --permit --name --hold --congestion -o --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    ticket)
        words='--name --expires --address --json --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    pair)
        words='--name --ticket-file --address --json --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    peers)
        words='--json --home -v --verbose -q --quiet -h --help -V --version'
        if [[ $current != -* ]]; then
            words='rm rename'
            [[ -n $first ]] && words=$(_p2pfwd_peers)
        fi ;;
    id)
        words='--json --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    help)
        words='--home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='serve ticket pair peers id' ;;
    '')
        words='-L -N --connect-timeout --print-ports --listen --json --hold --congestion -o --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words="serve ticket pair peers id help $(_p2pfwd_peers)" ;;
    *)
        words='-L -N --connect-timeout --print-ports --listen --json --hold --congestion -o --home -v --verbose -q --quiet -h --help -V --version' ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _p2pfwd p2pfwd
