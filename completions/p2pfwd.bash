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
    --path)
        mapfile -t COMPREPLY < <(compgen -W 'auto direct relay' -- "$current")
        return ;;
    --tls-ca)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    --rendezvous-password-file)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    --congestion)
        mapfile -t COMPREPLY < <(compgen -W 'cubic model' -- "$current")
        return ;;
    -o)
        mapfile -t COMPREPLY < <(compgen -W 'ConnectTimeout= ExitOnForwardFailure= Hold= Congestion= Offload= LargestDatagram= TellAddresses=' -- "$current")
        return ;;
    --ticket-file)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    --tls-cert)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    --tls-key)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    -L | -R | -D | -W | --connect-timeout | --listen | --rendezvous | --proxy | --probe-budget | --hold | --permit | --name | --for | --words | --expires | --uses | --address | --websocket | --relay-rate)
        return ;;
    esac

    for ((index = 1; index < COMP_CWORD; index++)); do
        case ${COMP_WORDS[index]} in
        --home | -L | -R | -D | -W | --connect-timeout | --listen | --rendezvous | --path | --proxy | --tls-ca | --probe-budget | --rendezvous-password-file | --hold | --congestion | -o | --permit | --name | --for | --words | --expires | --uses | --ticket-file | --address | --websocket | --tls-cert | --tls-key | --relay-rate)
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
        words='--listen --permit --name --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file --hold --congestion -o --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    share)
        words='--for --name --listen --json --words --expires --uses --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file --hold --congestion -o --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    pair)
        words='--name --ticket-file --address --json --words --expires --uses --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    ticket)
        words='--name --expires --address --json --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    peers)
        words='--json --home -v --verbose -q --quiet -h --help -V --version'
        if [[ $current != -* ]]; then
            words='rm revoke rename'
            [[ -n $first ]] && words=$(_p2pfwd_peers)
        fi ;;
    status)
        words='--json --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    ping)
        words='--until-direct --for --connect-timeout --json --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file --home -v --verbose -q --quiet -h --help -V --version'
        if [[ $current != -* ]]; then
            words=''
            [[ -n $first ]] && words=$(_p2pfwd_peers)
        fi ;;
    why)
        words='--connect-timeout --json --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file --home -v --verbose -q --quiet -h --help -V --version'
        if [[ $current != -* ]]; then
            words=''
            [[ -n $first ]] && words=$(_p2pfwd_peers)
        fi ;;
    netcheck)
        words='--listen --json --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    rendezvous)
        words='--listen --websocket --tls-cert --tls-key --relay-rate --password-file --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    id)
        words='--json --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    help)
        words='--home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='serve share pair ticket peers status ping why netcheck rendezvous id' ;;
    '')
        words='-L -N --connect-timeout --print-ports --listen --json --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file --hold --congestion -o --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words="serve share pair ticket peers status ping why netcheck rendezvous id help $(_p2pfwd_peers)" ;;
    *)
        words='-L -N --connect-timeout --print-ports --listen --json --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file --hold --congestion -o --home -v --verbose -q --quiet -h --help -V --version' ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _p2pfwd p2pfwd
