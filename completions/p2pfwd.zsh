#compdef p2pfwd
# zsh completion for p2pfwd
# Made from the program's own description of its command line: p2pfwd __complete zsh

_p2pfwd_peers() {
    local -a home peers
    [[ -n ${opt_args[--home]} ]] && home=(--home ${opt_args[--home]})
    peers=(${(f)"$(p2pfwd $home __complete peers 2>/dev/null)"})
    compadd -- $peers
}

_p2pfwd_first() {
    local -a commands
    commands=(
        'serve:let paired peers connect to what is permitted'
        'ticket:print a ticket with which one peer can be paired'
        'pair:save the peer that issued a ticket'
        'peers:list, rename and remove peers'
        'id:print this node'\''s ID'
        'help:show help about a command'
    )
    _describe command commands
    _p2pfwd_peers
}

_p2pfwd() {
    local curcontext=$curcontext state line
    local command=${words[(r)(serve|ticket|pair|peers|id|help)]}

    case $command in
    serve)
        _arguments -s \
            '--listen[UDP address of this node; chosen once and kept if not given]:\[ADDR\:\]PORT: ' \
            '*--permit[permit this destination; may be given several times]:HOST\:PORT: ' \
            '--name[what this node calls itself (default\: the host name)]:NAME: ' \
            '--hold[keep flows this long without any path (default 15m)]:DURATION: ' \
            '--congestion[congestion controller\: model (default) or cubic]:NAME:(cubic model)' \
            '*-o[expert setting\: ConnectTimeout=SECONDS, ExitOnForwardFailure=yes, Hold=DURATION, Congestion=cubic|model, Offload=yes|no, LargestDatagram=1200-65000]:KEY=VALUE:(ConnectTimeout= ExitOnForwardFailure= Hold= Congestion= Offload= LargestDatagram=)' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(serve)' ;;
    ticket)
        _arguments -s \
            '--name[what the peer will be called here]:NAME: ' \
            '--expires[how long the ticket is good\: 90s, 10m, 24h (default), 7d]:DURATION: ' \
            '*--address[where else this node can be reached, such as a mapped port]:ADDR\:PORT: ' \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(ticket)' ;;
    pair)
        _arguments -s \
            '--name[what the peer will be called (default\: what it calls itself)]:NAME: ' \
            '--ticket-file[read the ticket from FILE; - is standard input]:FILE:_files' \
            '*--address[where else this node can be reached, such as a mapped port]:ADDR\:PORT: ' \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(pair)' ;;
    peers)
        _arguments -s \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(peers)' \
            '2: :(rm rename)' \
            '*: :_p2pfwd_peers' ;;
    id)
        _arguments -s \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(id)' ;;
    help)
        _arguments -s \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(help)' \
            '2: :(serve ticket pair peers id)' ;;
    *)
        _arguments -s \
            '*-L[forward this port; may be given several times]:\[bind_address\:\]port\:host\:hostport: ' \
            '*-N[accepted as ssh has it; changes nothing]' \
            '--connect-timeout[give up reaching the peer after this (default 30)]:SECONDS: ' \
            '--print-ports[print the port of each listener on standard output]' \
            '--listen[UDP address of this node; chosen once and kept if not given]:\[ADDR\:\]PORT: ' \
            '--json[print the result as JSON]' \
            '--hold[keep flows this long without any path (default 15m)]:DURATION: ' \
            '--congestion[congestion controller\: model (default) or cubic]:NAME:(cubic model)' \
            '*-o[expert setting\: ConnectTimeout=SECONDS, ExitOnForwardFailure=yes, Hold=DURATION, Congestion=cubic|model, Offload=yes|no, LargestDatagram=1200-65000]:KEY=VALUE:(ConnectTimeout= ExitOnForwardFailure= Hold= Congestion= Offload= LargestDatagram=)' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '*: :_p2pfwd_first' ;;
    esac
}

_p2pfwd "$@"
