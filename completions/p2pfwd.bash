# bash completion for p2pfwd
# Made from the program's own description of its command line: make generate

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
        AddressFamily) offered='any inet inet6' ;;
        BatchMode) offered='yes no' ;;
        ClearAllForwardings) offered='yes no' ;;
        Compression) offered='no' ;;
        Congestion) offered='cubic model' ;;
        ExitOnForwardFailure) offered='yes no' ;;
        ForkAfterAuthentication) offered='yes no' ;;
        GatewayPorts) offered='yes no' ;;
        LogLevel) offered='QUIET FATAL ERROR INFO VERBOSE DEBUG DEBUG1 DEBUG2 DEBUG3' ;;
        Offload) offered='yes no' ;;
        RequestTTY) offered='no' ;;
        SessionType) offered='none' ;;
        SshExitCodes) offered='yes no' ;;
        StdinNull) offered='yes no' ;;
        StreamLocalBindUnlink) offered='yes no' ;;
        StrictHostKeyChecking) offered='yes ask' ;;
        TellAddresses) offered='yes no' ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$offered" -- "${current#*=}")
        return
    fi

    case $previous in
    --home)
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        return ;;
    --log-format)
        mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$current")
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
    --web-tls-cert)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    --web-tls-key)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    --web-client-ca)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    --web-token-callers)
        mapfile -t COMPREPLY < <(compgen -W 'user loopback any' -- "$current")
        return ;;
    --web-compression)
        mapfile -t COMPREPLY < <(compgen -W 'off 1 2 3 4 5 6 7 8 9' -- "$current")
        return ;;
    --ticket-file)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    --key-file)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    --tls-cert)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    --tls-key)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    --level)
        mapfile -t COMPREPLY < <(compgen -W 'error warning info debug trace' -- "$current")
        return ;;
    -L | -R | -D | -W | -J | --ready-pipe | --connect-timeout | --listen | --rendezvous | --proxy | --probe-budget | --hold | -b | --permit | --name | --permit-listen | --max-flows | --rate | --proxy-protocol | --web | --web-host | --web-origin | --web-client-methods | --web-udp | --web-clients | --web-compression-threshold | --for | --words | --expires | --uses | --address | --seconds | --port | --remote | --websocket | --relay-rate | -c | --drain | --close | --lines)
        return ;;
    esac

    for ((index = 1; index < ${#words[@]} - 1; index++)); do
        case ${words[index]} in
        --home | --log-format | -L | -R | -D | --proxy-auth | -W | -J | -F | --ready-pipe | --connect-timeout | --listen | --rendezvous | --path | --proxy | --tls-ca | --probe-budget | --rendezvous-password-file | --hold | --congestion | -b | -E | -o | --permit | --name | --permit-listen | --gateway-ports | --max-flows | --rate | --ask-command | --audit | --proxy-protocol | --web | --web-tls-cert | --web-tls-key | --web-client-ca | --web-host | --web-origin | --web-token-callers | --web-client-methods | --web-udp | --web-clients | --web-compression | --web-compression-threshold | --for | --words | --expires | --uses | --ticket-file | --address | --seconds | --key-file | --port | --remote | --websocket | --tls-cert | --tls-key | --relay-rate | -c | --drain | --close | --level | --lines)
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
    serve)
        offered='--listen --permit --name --permit-listen --gateway-ports --permit-relay --max-flows --rate --ask --ask-command --audit --proxy-protocol --web --web-tls-cert --web-tls-key --web-client-ca --web-host --web-origin --web-plain --web-token-callers --web-open-metrics --web-client-methods --web-udp --web-clients --web-compression --web-compression-threshold --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --hold --congestion -b -E -o --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    share)
        offered='--for --name --listen --json --permit-listen --gateway-ports --permit-relay --max-flows --rate --words --expires --uses --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --hold --congestion -b -E -o --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    pair)
        offered='--name --ticket-file --address --json --permit --permit-listen --gateway-ports --permit-relay --max-flows --rate --words --expires --uses --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    ticket)
        offered='--name --expires --address --json --permit --permit-listen --gateway-ports --permit-relay --max-flows --rate --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    peers)
        offered='--json --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered='rm revoke rename' ;;
            1:rm) offered=$(_p2pfwd_ask peers) ;;
            1:revoke) offered=$(_p2pfwd_ask peers) ;;
            1:rename) offered=$(_p2pfwd_ask peers) ;;
            *) ;;
            esac
        fi ;;
    permit)
        offered='--permit --permit-listen --gateway-ports --permit-relay --max-flows --rate --for --none --json --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered=$(_p2pfwd_ask peers) ;;
            *) ;;
            esac
        fi ;;
    status)
        offered='--flows --watch --json --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    ping)
        offered='--until-direct --for --connect-timeout --json --standalone --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered=$(_p2pfwd_ask peers) ;;
            *) ;;
            esac
        fi ;;
    why)
        offered='--connect-timeout --json --standalone --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered=$(_p2pfwd_ask peers) ;;
            *) ;;
            esac
        fi ;;
    speedtest)
        offered='--seconds --up --down --connect-timeout --json --standalone --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered=$(_p2pfwd_ask peers) ;;
            *) ;;
            esac
        fi ;;
    netcheck)
        offered='--listen --json --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    report)
        offered='--quick --hide-addresses --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    pipe)
        offered='--connect-timeout --listen --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --hold --congestion -b -E -o --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered=$(_p2pfwd_ask peers) ;;
            *) ;;
            esac
        fi ;;
    listen-key)
        offered='--key-file --port --remote --json --echo --once --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    rendezvous)
        offered='--listen --websocket --tls-cert --tls-key --relay-rate --password-file --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    stop)
        offered='--now --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    reload)
        offered='--home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    handover)
        offered='--home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    service)
        offered='--user --system --force --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered='install uninstall print status' ;;
            *) ;;
            esac
        fi ;;
    config)
        offered='--json --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered='check show get path' ;;
            1:check)
                mapfile -t COMPREPLY < <(compgen -f -- "$current")
                return ;;
            1:show) offered=$(_p2pfwd_ask peers) ;;
            1:get) offered=$(_p2pfwd_ask keys) ;;
            2:get) offered=$(_p2pfwd_ask peers) ;;
            *) ;;
            esac
        fi ;;
    id)
        offered='--json --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    help)
        offered='--home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered='serve share pair ticket peers permit status ping why speedtest netcheck report pipe rendezvous stop reload handover service config id shell settings configuration connect disconnect sessions add cancel forwards flows watch log metrics' ;;
            *) ;;
            esac
        fi ;;
    shell)
        offered='-c --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    connect)
        offered='--connect-timeout --json --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered=$(_p2pfwd_ask peers) ;;
            *) ;;
            esac
        fi ;;
    disconnect)
        offered='--json --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered=$(_p2pfwd_ask peers) ;;
            *) ;;
            esac
        fi ;;
    sessions)
        offered='--json --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    add)
        offered='-L -R -D --proxy-auth --open-proxy -g --connect-timeout -o --json --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered=$(_p2pfwd_ask peers) ;;
            *) ;;
            esac
        fi ;;
    cancel)
        offered='-L -R -D --drain --json --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered=$(_p2pfwd_ask peers) ;;
            *) ;;
            esac
        fi ;;
    forwards)
        offered='--json --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    flows)
        offered='--close --json --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered=$(_p2pfwd_ask peers) ;;
            *) ;;
            esac
        fi ;;
    watch)
        offered='--level --json --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered='node session path server forward flow pair log' ;;
            *) ;;
            esac
        fi ;;
    log)
        offered='--lines --json --home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            0:*) offered='error warning info debug trace' ;;
            *) ;;
            esac
        fi ;;
    metrics)
        offered='--home -v --verbose -q --quiet --log-format -h --help -V --version'
        if [[ $current != -* ]]; then
            offered=
            case ${#arguments[@]}:${arguments[0]} in
            *) ;;
            esac
        fi ;;
    '')
        offered='-L -R -D --proxy-auth --open-proxy -W -J -f -g -F -G -N --connect-timeout --print-ports --standalone --listen --json --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --hold --congestion -b -E -o --home -v --verbose -q --quiet --log-format -h --help -V --version'
        [[ $current == -* ]] || offered="serve share pair ticket peers permit status ping why speedtest netcheck report pipe listen-key rendezvous stop reload handover service config id help shell connect disconnect sessions add cancel forwards flows watch log metrics $(_p2pfwd_ask peers)" ;;
    *)
        offered='-L -R -D --proxy-auth --open-proxy -W -J -f -g -F -G -N --connect-timeout --print-ports --standalone --listen --json --rendezvous --path --proxy --tls-ca --probe-budget --rendezvous-password-file -4 -6 --hold --congestion -b -E -o --home -v --verbose -q --quiet --log-format -h --help -V --version' ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$current")
}

complete -F _p2pfwd p2pfwd
