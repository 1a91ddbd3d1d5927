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

    if [[ $current == = || $previous == = ]]; then
        index=$((COMP_CWORD - 2))
        [[ $current == = ]] && index=$((COMP_CWORD - 1))
        case ${COMP_WORDS[index]} in
        AddressFamily) words='any inet inet6' ;;
        BatchMode) words='yes no' ;;
        ClearAllForwardings) words='yes no' ;;
        Compression) words='no' ;;
        Congestion) words='cubic model' ;;
        ExitOnForwardFailure) words='yes no' ;;
        ForkAfterAuthentication) words='yes no' ;;
        GatewayPorts) words='yes no' ;;
        LogLevel) words='QUIET FATAL ERROR INFO VERBOSE DEBUG DEBUG1 DEBUG2 DEBUG3' ;;
        Offload) words='yes no' ;;
        RequestTTY) words='no' ;;
        SessionType) words='none' ;;
        SshExitCodes) words='yes no' ;;
        StdinNull) words='yes no' ;;
        StreamLocalBindUnlink) words='yes no' ;;
        StrictHostKeyChecking) words='yes ask' ;;
        TellAddresses) words='yes no' ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "${current#=}")
        return
    fi

    case $previous in
    --home)
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        return ;;
    --proxy-auth)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    -F)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
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
    -E)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    -o)
        mapfile -t COMPREPLY < <(compgen -S = -W 'AddressFamily BatchMode BindAddress ClearAllForwardings Compression Congestion ConnectTimeout DynamicForward ExitOnForwardFailure ForkAfterAuthentication GatewayPorts Hold LargestDatagram LocalForward LogLevel Offload PermitRemoteOpen ProxyJump RemoteForward RequestTTY ServerAliveCountMax ServerAliveInterval SessionType SshExitCodes StdinNull StreamLocalBindMask StreamLocalBindUnlink StrictHostKeyChecking TellAddresses UdpTimeout' -- "$current")
        compopt -o nospace
        return ;;
    --gateway-ports)
        mapfile -t COMPREPLY < <(compgen -W 'no clientspecified yes' -- "$current")
        return ;;
    --ask-command)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    --audit)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
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
    -L | -R | -D | -W | -J | --ready-pipe | --connect-timeout | --listen | --rendezvous | --proxy | --probe-budget | --hold | -b | --permit | --name | --permit-listen | --max-flows | --rate | --proxy-protocol | --for | --words | --expires | --uses | --address | --websocket | --relay-rate)
        return ;;
    esac

    for ((index = 1; index < COMP_CWORD; index++)); do
        case ${COMP_WORDS[index]} in
        --home | -L | -R | -D | --proxy-auth | -W | -J | -F | --ready-pipe | --connect-timeout | --listen | --rendezvous | --path | --proxy | --tls-ca | --probe-budget | --rendezvous-password-file | --hold | --congestion | -b | -E | -o | --permit | --name | --permit-listen | --gateway-ports | --max-flows | --rate | --ask-command | --audit | --proxy-protocol | --for | --words | --expires | --uses | --ticket-file | --address | --websocket | --tls-cert | --tls-key | --relay-rate)
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
        words='--listen --permit --name --permit-listen --gateway-ports --permit-relay --max-flows --rate --ask --ask-command --audit --proxy-protocol --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --hold --congestion -b -E -o --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    share)
        words='--for --name --listen --json --permit-listen --gateway-ports --permit-relay --max-flows --rate --words --expires --uses --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --hold --congestion -b -E -o --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    pair)
        words='--name --ticket-file --address --json --permit --permit-listen --gateway-ports --permit-relay --max-flows --rate --words --expires --uses --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    ticket)
        words='--name --expires --address --json --permit --permit-listen --gateway-ports --permit-relay --max-flows --rate --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    peers)
        words='--json --home -v --verbose -q --quiet -h --help -V --version'
        if [[ $current != -* ]]; then
            words='rm revoke rename'
            [[ -n $first ]] && words=$(_p2pfwd_peers)
        fi ;;
    permit)
        words='--permit --permit-listen --gateway-ports --permit-relay --max-flows --rate --for --none --json --home -v --verbose -q --quiet -h --help -V --version'
        if [[ $current != -* ]]; then
            words=''
            [[ -n $first ]] && words=$(_p2pfwd_peers)
        fi ;;
    status)
        words='--json --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    ping)
        words='--until-direct --for --connect-timeout --json --standalone --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --home -v --verbose -q --quiet -h --help -V --version'
        if [[ $current != -* ]]; then
            words=''
            [[ -n $first ]] && words=$(_p2pfwd_peers)
        fi ;;
    why)
        words='--connect-timeout --json --standalone --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --home -v --verbose -q --quiet -h --help -V --version'
        if [[ $current != -* ]]; then
            words=''
            [[ -n $first ]] && words=$(_p2pfwd_peers)
        fi ;;
    netcheck)
        words='--listen --json --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    pipe)
        words='--connect-timeout --listen --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --hold --congestion -b -E -o --home -v --verbose -q --quiet -h --help -V --version'
        if [[ $current != -* ]]; then
            words=''
            [[ -n $first ]] && words=$(_p2pfwd_peers)
        fi ;;
    rendezvous)
        words='--listen --websocket --tls-cert --tls-key --relay-rate --password-file --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    stop)
        words='--now --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    reload)
        words='--home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    id)
        words='--json --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='' ;;
    help)
        words='--home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words='serve share pair ticket peers permit status ping why netcheck pipe rendezvous stop reload id settings' ;;
    '')
        words='-L -R -D --proxy-auth --open-proxy -W -J -f -g -F -G -N --connect-timeout --print-ports --standalone --listen --json --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --hold --congestion -b -E -o --home -v --verbose -q --quiet -h --help -V --version'
        [[ $current == -* ]] || words="serve share pair ticket peers permit status ping why netcheck pipe rendezvous stop reload id help $(_p2pfwd_peers)" ;;
    *)
        words='-L -R -D --proxy-auth --open-proxy -W -J -f -g -F -G -N --connect-timeout --print-ports --standalone --listen --json --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --hold --congestion -b -E -o --home -v --verbose -q --quiet -h --help -V --version' ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _p2pfwd p2pfwd
