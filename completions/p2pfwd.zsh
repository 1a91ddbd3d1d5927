#compdef p2pfwd
# zsh completion for p2pfwd
# Made from the program's own description of its command line: make generate

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
        'serve:let paired peers connect to what is permitted'
        'share:serve, permit and pair in one command'
        'pair:pair with a peer by a spoken code or a ticket'
        'ticket:print a ticket with which one peer can be paired'
        'peers:list, rename, revoke and remove peers'
        'permit:show and change what a peer may do'
        'status:show what the running processes of this home do'
        'ping:show path and round trip to a peer, each second'
        'why:explain the path to a peer, and what would make it better'
        'speedtest:measure how fast the way to a peer is'
        'netcheck:find out what the network in between does'
        'report:collect what helps whoever looks into a problem'
        'pipe:join standard input and output to those of a peer'
        'listen-key:exchange messages with whoever has the same key'
        'rendezvous:run the server through which peers meet, with a relay'
        'stop:end the running node'
        'reload:have the running node read its files again'
        'handover:have another program go on with the running node'
        'service:have systemd run this program'
        'config:check the configuration file, and show what holds'
        'id:print this node'\''s ID'
        'help:show help about a command'
        'shell:drive the running node from a command line of its own'
        'connect:connect to a peer, and stay connected'
        'disconnect:let go of a peer that connect holds'
        'sessions:list the sessions of the running node'
        'add:add forwards to the running node'
        'cancel:end forwards of the running node'
        'forwards:list the forwards of the running node'
        'flows:list the flows of the running node, or close one'
        'watch:tell what happens in the running node, until interrupted'
        'log:show the log of the running node, or change its level'
        'metrics:print what the running node counts, for Prometheus'
    )
    _describe command commands
    _p2pfwd_ask peers
}

_p2pfwd_peers_1() {
    case ${words[(r)(rm|revoke|rename)]} in
    rm) _p2pfwd_ask peers ;;
    revoke) _p2pfwd_ask peers ;;
    rename) _p2pfwd_ask peers ;;
    esac
}

_p2pfwd_config_1() {
    case ${words[(r)(check|show|get|path)]} in
    check) _files ;;
    show) _p2pfwd_ask peers ;;
    get) _p2pfwd_ask keys ;;
    esac
}

_p2pfwd_config_2() {
    case ${words[(r)(check|show|get|path)]} in
    get) _p2pfwd_ask peers ;;
    esac
}

_p2pfwd() {
    local curcontext=$curcontext state line
    local command=${words[(r)(serve|share|pair|ticket|peers|permit|status|ping|why|speedtest|netcheck|report|pipe|listen-key|rendezvous|stop|reload|handover|service|config|id|help|shell|connect|disconnect|sessions|add|cancel|forwards|flows|watch|log|metrics)]}

    case $command in
    serve)
        _arguments -s \
            '--listen[UDP address of this node; chosen once and kept if not given]:\[ADDR\:\]PORT: ' \
            '*--permit[permit this destination; may be given several times]:HOST\:PORT: ' \
            '--name[what this node calls itself (default\: the host name)]:NAME: ' \
            '*--permit-listen[let peers listen here (-R)\: a port, 8000-8010, *, or a path]:\[BIND\:\]PORT: ' \
            '--gateway-ports[where else than at loopback\: no (default), clientspecified, yes]:WHERE:(no clientspecified yes)' \
            '--permit-relay[let peers reach other peers through this node (-J)]' \
            '--max-flows[most connections of a peer at a time]:NUMBER: ' \
            '--rate[most bytes a second of a peer, such as 512K or 1M]:BYTES: ' \
            '--ask[ask at this terminal about what no rule permits]' \
            '--ask-command[run this program to decide about what no rule permits]:PROGRAM:_files' \
            '--audit[append a JSON object for each connection and refusal to FILE]:FILE:_files' \
            '*--proxy-protocol[tell this destination who connects, by the PROXY protocol version 2]:HOST\:PORT: ' \
            '--web[serve web pages and scripts at this TCP address (127.0.0.1 without ADDR)]:\[ADDR\:\]PORT: ' \
            '--web-tls-cert[certificate (PEM) of the web server, and those of its signers]:FILE:_files' \
            '--web-tls-key[the key (PEM) of that certificate]:FILE:_files' \
            '--web-client-ca[certificates (PEM) of those who sign certificates of web clients]:FILE:_files' \
            '*--web-host[a name of the web server besides localhost and its address]:NAME: ' \
            '*--web-origin[let scripts of this site use the web server\: https\://NAME\[\:PORT\]]:URL: ' \
            '--web-plain[let other machines connect to the web server in the clear]' \
            '--web-token-callers[who may make tokens\: user (default; this user'\''s programs here), loopback, any]:WHO:(user loopback any)' \
            '--web-open-metrics[let /metrics need no token]' \
            '*--web-client-methods[a method of /jsonrpc for clients with a certificate, as a pattern with *]:NAME: ' \
            '--web-udp[UDP port of links with a key (default 17171)]:PORT: ' \
            '--web-clients[most connections at a time (default 4096)]:NUMBER: ' \
            '--web-compression[compress WebSocket messages\: off (default), or 1 (fast) to 9 (small)]:LEVEL:(off 1 2 3 4 5 6 7 8 9)' \
            '--web-compression-threshold[but none that are shorter than this (default 1024)]:BYTES: ' \
            '*--rendezvous[meet peers through this server, and remember it; wss\://HOST where UDP is blocked]:HOST\:PORT\[#ID\]: ' \
            '--path[auto (default)\: direct where possible, else relayed; direct; relay]:KIND:(auto direct relay)' \
            '--proxy[reach wss\:// servers through this proxy (default\: ALL_PROXY)]:URL: ' \
            '--tls-ca[certificates to trust for wss\:// (default\: those of the system)]:FILE:_files' \
            '--probe-budget[datagrams to spend on finding a direct path (default 1024)]:NUMBER: ' \
            '--rendezvous-password-file[password of a rendezvous server that wants one]:FILE:_files' \
            '*-4[use IPv4 addresses only]' \
            '*-6[use IPv6 addresses only]' \
            '--hold[keep flows this long without any path (default 15m)]:DURATION: ' \
            '--congestion[congestion controller\: model (default) or cubic]:NAME:(cubic model)' \
            '-b[send and receive at this address of the machine]:ADDR: ' \
            '-E[append messages to FILE in place of standard error]:FILE:_files' \
            '*-o[setting as in a configuration file; p2pfwd help settings lists them]:KEY=VALUE:(AddressFamily=any AddressFamily=inet AddressFamily=inet6 BatchMode=yes BatchMode=no BindAddress= ClearAllForwardings=yes ClearAllForwardings=no Compression=no Congestion=cubic Congestion=model ConnectTimeout= DynamicForward= ExitOnForwardFailure=yes ExitOnForwardFailure=no ForkAfterAuthentication=yes ForkAfterAuthentication=no GatewayPorts=yes GatewayPorts=no Hold= LargestDatagram= LocalForward= LogLevel=QUIET LogLevel=FATAL LogLevel=ERROR LogLevel=INFO LogLevel=VERBOSE LogLevel=DEBUG LogLevel=DEBUG1 LogLevel=DEBUG2 LogLevel=DEBUG3 Offload=yes Offload=no PermitRemoteOpen= ProxyJump= RemoteForward= RequestTTY=no ServerAliveCountMax= ServerAliveInterval= SessionType=none SshExitCodes=yes SshExitCodes=no StdinNull=yes StdinNull=no StreamLocalBindMask= StreamLocalBindUnlink=yes StreamLocalBindUnlink=no StrictHostKeyChecking=yes StrictHostKeyChecking=ask TellAddresses=yes TellAddresses=no UdpTimeout=)' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(serve)' ;;
    share)
        _arguments -s \
            '--for[end after this time\: 30m, 2h, 7d]:DURATION: ' \
            '--name[what the peer will be called (default\: what it calls itself)]:NAME: ' \
            '--listen[UDP address of this node; chosen once and kept if not given]:\[ADDR\:\]PORT: ' \
            '--json[print the result as JSON]' \
            '*--permit-listen[let peers listen here (-R)\: a port, 8000-8010, *, or a path]:\[BIND\:\]PORT: ' \
            '--gateway-ports[where else than at loopback\: no (default), clientspecified, yes]:WHERE:(no clientspecified yes)' \
            '--permit-relay[let peers reach other peers through this node (-J)]' \
            '--max-flows[most connections of a peer at a time]:NUMBER: ' \
            '--rate[most bytes a second of a peer, such as 512K or 1M]:BYTES: ' \
            '--words[words in the code\: 2 (default), 3 or 4]:NUMBER: ' \
            '--expires[how long the code is good\: 10m (default), at most 24h]:DURATION: ' \
            '--uses[how many peers may use the code, one after the other (default 1)]:NUMBER: ' \
            '*--rendezvous[meet peers through this server, and remember it; wss\://HOST where UDP is blocked]:HOST\:PORT\[#ID\]: ' \
            '--path[auto (default)\: direct where possible, else relayed; direct; relay]:KIND:(auto direct relay)' \
            '--proxy[reach wss\:// servers through this proxy (default\: ALL_PROXY)]:URL: ' \
            '--tls-ca[certificates to trust for wss\:// (default\: those of the system)]:FILE:_files' \
            '--probe-budget[datagrams to spend on finding a direct path (default 1024)]:NUMBER: ' \
            '--rendezvous-password-file[password of a rendezvous server that wants one]:FILE:_files' \
            '*-4[use IPv4 addresses only]' \
            '*-6[use IPv6 addresses only]' \
            '--hold[keep flows this long without any path (default 15m)]:DURATION: ' \
            '--congestion[congestion controller\: model (default) or cubic]:NAME:(cubic model)' \
            '-b[send and receive at this address of the machine]:ADDR: ' \
            '-E[append messages to FILE in place of standard error]:FILE:_files' \
            '*-o[setting as in a configuration file; p2pfwd help settings lists them]:KEY=VALUE:(AddressFamily=any AddressFamily=inet AddressFamily=inet6 BatchMode=yes BatchMode=no BindAddress= ClearAllForwardings=yes ClearAllForwardings=no Compression=no Congestion=cubic Congestion=model ConnectTimeout= DynamicForward= ExitOnForwardFailure=yes ExitOnForwardFailure=no ForkAfterAuthentication=yes ForkAfterAuthentication=no GatewayPorts=yes GatewayPorts=no Hold= LargestDatagram= LocalForward= LogLevel=QUIET LogLevel=FATAL LogLevel=ERROR LogLevel=INFO LogLevel=VERBOSE LogLevel=DEBUG LogLevel=DEBUG1 LogLevel=DEBUG2 LogLevel=DEBUG3 Offload=yes Offload=no PermitRemoteOpen= ProxyJump= RemoteForward= RequestTTY=no ServerAliveCountMax= ServerAliveInterval= SessionType=none SshExitCodes=yes SshExitCodes=no StdinNull=yes StdinNull=no StreamLocalBindMask= StreamLocalBindUnlink=yes StreamLocalBindUnlink=no StrictHostKeyChecking=yes StrictHostKeyChecking=ask TellAddresses=yes TellAddresses=no UdpTimeout=)' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(share)' ;;
    pair)
        _arguments -s \
            '--name[what the peer will be called (default\: what it calls itself)]:NAME: ' \
            '--ticket-file[read the ticket from FILE; - is standard input]:FILE:_files' \
            '*--address[where else this node can be reached, such as a mapped port]:ADDR\:PORT: ' \
            '--json[print the result as JSON]' \
            '*--permit[permit this destination; may be given several times]:HOST\:PORT: ' \
            '*--permit-listen[let peers listen here (-R)\: a port, 8000-8010, *, or a path]:\[BIND\:\]PORT: ' \
            '--gateway-ports[where else than at loopback\: no (default), clientspecified, yes]:WHERE:(no clientspecified yes)' \
            '--permit-relay[let peers reach other peers through this node (-J)]' \
            '--max-flows[most connections of a peer at a time]:NUMBER: ' \
            '--rate[most bytes a second of a peer, such as 512K or 1M]:BYTES: ' \
            '--words[words in the code\: 2 (default), 3 or 4]:NUMBER: ' \
            '--expires[how long the code is good\: 10m (default), at most 24h]:DURATION: ' \
            '--uses[how many peers may use the code, one after the other (default 1)]:NUMBER: ' \
            '*--rendezvous[meet peers through this server, and remember it; wss\://HOST where UDP is blocked]:HOST\:PORT\[#ID\]: ' \
            '--path[auto (default)\: direct where possible, else relayed; direct; relay]:KIND:(auto direct relay)' \
            '--proxy[reach wss\:// servers through this proxy (default\: ALL_PROXY)]:URL: ' \
            '--tls-ca[certificates to trust for wss\:// (default\: those of the system)]:FILE:_files' \
            '--probe-budget[datagrams to spend on finding a direct path (default 1024)]:NUMBER: ' \
            '--rendezvous-password-file[password of a rendezvous server that wants one]:FILE:_files' \
            '*-4[use IPv4 addresses only]' \
            '*-6[use IPv6 addresses only]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(pair)' ;;
    ticket)
        _arguments -s \
            '--name[what the peer will be called here]:NAME: ' \
            '--expires[how long the ticket is good\: 90s, 10m, 24h (default), 7d]:DURATION: ' \
            '*--address[where else this node can be reached, such as a mapped port]:ADDR\:PORT: ' \
            '--json[print the result as JSON]' \
            '*--permit[permit this destination; may be given several times]:HOST\:PORT: ' \
            '*--permit-listen[let peers listen here (-R)\: a port, 8000-8010, *, or a path]:\[BIND\:\]PORT: ' \
            '--gateway-ports[where else than at loopback\: no (default), clientspecified, yes]:WHERE:(no clientspecified yes)' \
            '--permit-relay[let peers reach other peers through this node (-J)]' \
            '--max-flows[most connections of a peer at a time]:NUMBER: ' \
            '--rate[most bytes a second of a peer, such as 512K or 1M]:BYTES: ' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(ticket)' ;;
    peers)
        _arguments -s \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(peers)' \
            '2: :(rm revoke rename)' \
            '3: :_p2pfwd_peers_1' ;;
    permit)
        _arguments -s \
            '*--permit[permit this destination; may be given several times]:HOST\:PORT: ' \
            '*--permit-listen[let peers listen here (-R)\: a port, 8000-8010, *, or a path]:\[BIND\:\]PORT: ' \
            '--gateway-ports[where else than at loopback\: no (default), clientspecified, yes]:WHERE:(no clientspecified yes)' \
            '--permit-relay[let peers reach other peers through this node (-J)]' \
            '--max-flows[most connections of a peer at a time]:NUMBER: ' \
            '--rate[most bytes a second of a peer, such as 512K or 1M]:BYTES: ' \
            '--for[end all of the peer'\''s rights after this time\: 30m, 2h, 7d]:DURATION: ' \
            '--none[take all rights away]' \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(permit)' \
            '2: : _p2pfwd_ask peers' ;;
    status)
        _arguments -s \
            '--flows[list each flow, too]' \
            '--watch[show it each second until it is interrupted]' \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(status)' ;;
    ping)
        _arguments -s \
            '--until-direct[end as soon as the path is direct; exit code 7 if it never is]' \
            '--for[end after this time]:DURATION: ' \
            '--connect-timeout[give up reaching the peer after this (default 30)]:SECONDS: ' \
            '--json[print the result as JSON]' \
            '--standalone[do all in this process, without the node that commands share]' \
            '*--rendezvous[meet peers through this server, and remember it; wss\://HOST where UDP is blocked]:HOST\:PORT\[#ID\]: ' \
            '--path[auto (default)\: direct where possible, else relayed; direct; relay]:KIND:(auto direct relay)' \
            '--proxy[reach wss\:// servers through this proxy (default\: ALL_PROXY)]:URL: ' \
            '--tls-ca[certificates to trust for wss\:// (default\: those of the system)]:FILE:_files' \
            '--probe-budget[datagrams to spend on finding a direct path (default 1024)]:NUMBER: ' \
            '--rendezvous-password-file[password of a rendezvous server that wants one]:FILE:_files' \
            '*-4[use IPv4 addresses only]' \
            '*-6[use IPv6 addresses only]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(ping)' \
            '2: : _p2pfwd_ask peers' ;;
    why)
        _arguments -s \
            '--connect-timeout[give up reaching the peer after this (default 30)]:SECONDS: ' \
            '--json[print the result as JSON]' \
            '--standalone[do all in this process, without the node that commands share]' \
            '*--rendezvous[meet peers through this server, and remember it; wss\://HOST where UDP is blocked]:HOST\:PORT\[#ID\]: ' \
            '--path[auto (default)\: direct where possible, else relayed; direct; relay]:KIND:(auto direct relay)' \
            '--proxy[reach wss\:// servers through this proxy (default\: ALL_PROXY)]:URL: ' \
            '--tls-ca[certificates to trust for wss\:// (default\: those of the system)]:FILE:_files' \
            '--probe-budget[datagrams to spend on finding a direct path (default 1024)]:NUMBER: ' \
            '--rendezvous-password-file[password of a rendezvous server that wants one]:FILE:_files' \
            '*-4[use IPv4 addresses only]' \
            '*-6[use IPv6 addresses only]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(why)' \
            '2: : _p2pfwd_ask peers' ;;
    speedtest)
        _arguments -s \
            '--seconds[how long, in each direction\: 1 to 60 (default 10)]:NUMBER: ' \
            '--up[measure to the peer only]' \
            '--down[measure from the peer only]' \
            '--connect-timeout[give up reaching the peer after this (default 30)]:SECONDS: ' \
            '--json[print the result as JSON]' \
            '--standalone[do all in this process, without the node that commands share]' \
            '*--rendezvous[meet peers through this server, and remember it; wss\://HOST where UDP is blocked]:HOST\:PORT\[#ID\]: ' \
            '--path[auto (default)\: direct where possible, else relayed; direct; relay]:KIND:(auto direct relay)' \
            '--proxy[reach wss\:// servers through this proxy (default\: ALL_PROXY)]:URL: ' \
            '--tls-ca[certificates to trust for wss\:// (default\: those of the system)]:FILE:_files' \
            '--probe-budget[datagrams to spend on finding a direct path (default 1024)]:NUMBER: ' \
            '--rendezvous-password-file[password of a rendezvous server that wants one]:FILE:_files' \
            '*-4[use IPv4 addresses only]' \
            '*-6[use IPv6 addresses only]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(speedtest)' \
            '2: : _p2pfwd_ask peers' ;;
    netcheck)
        _arguments -s \
            '--listen[UDP address of this node; chosen once and kept if not given]:\[ADDR\:\]PORT: ' \
            '--json[print the result as JSON]' \
            '*--rendezvous[meet peers through this server, and remember it; wss\://HOST where UDP is blocked]:HOST\:PORT\[#ID\]: ' \
            '--path[auto (default)\: direct where possible, else relayed; direct; relay]:KIND:(auto direct relay)' \
            '--proxy[reach wss\:// servers through this proxy (default\: ALL_PROXY)]:URL: ' \
            '--tls-ca[certificates to trust for wss\:// (default\: those of the system)]:FILE:_files' \
            '--probe-budget[datagrams to spend on finding a direct path (default 1024)]:NUMBER: ' \
            '--rendezvous-password-file[password of a rendezvous server that wants one]:FILE:_files' \
            '*-4[use IPv4 addresses only]' \
            '*-6[use IPv6 addresses only]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(netcheck)' ;;
    report)
        _arguments -s \
            '--quick[leave out netcheck]' \
            '--hide-addresses[write address-1, address-2 ... in place of IP addresses]' \
            '*--rendezvous[meet peers through this server, and remember it; wss\://HOST where UDP is blocked]:HOST\:PORT\[#ID\]: ' \
            '--path[auto (default)\: direct where possible, else relayed; direct; relay]:KIND:(auto direct relay)' \
            '--proxy[reach wss\:// servers through this proxy (default\: ALL_PROXY)]:URL: ' \
            '--tls-ca[certificates to trust for wss\:// (default\: those of the system)]:FILE:_files' \
            '--probe-budget[datagrams to spend on finding a direct path (default 1024)]:NUMBER: ' \
            '--rendezvous-password-file[password of a rendezvous server that wants one]:FILE:_files' \
            '*-4[use IPv4 addresses only]' \
            '*-6[use IPv6 addresses only]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(report)' ;;
    pipe)
        _arguments -s \
            '--connect-timeout[give up reaching the peer after this (default\: never)]:SECONDS: ' \
            '--listen[UDP address of this node; chosen once and kept if not given]:\[ADDR\:\]PORT: ' \
            '*--rendezvous[meet peers through this server, and remember it; wss\://HOST where UDP is blocked]:HOST\:PORT\[#ID\]: ' \
            '--path[auto (default)\: direct where possible, else relayed; direct; relay]:KIND:(auto direct relay)' \
            '--proxy[reach wss\:// servers through this proxy (default\: ALL_PROXY)]:URL: ' \
            '--tls-ca[certificates to trust for wss\:// (default\: those of the system)]:FILE:_files' \
            '--probe-budget[datagrams to spend on finding a direct path (default 1024)]:NUMBER: ' \
            '--rendezvous-password-file[password of a rendezvous server that wants one]:FILE:_files' \
            '*-4[use IPv4 addresses only]' \
            '*-6[use IPv6 addresses only]' \
            '--hold[keep flows this long without any path (default 15m)]:DURATION: ' \
            '--congestion[congestion controller\: model (default) or cubic]:NAME:(cubic model)' \
            '-b[send and receive at this address of the machine]:ADDR: ' \
            '-E[append messages to FILE in place of standard error]:FILE:_files' \
            '*-o[setting as in a configuration file; p2pfwd help settings lists them]:KEY=VALUE:(AddressFamily=any AddressFamily=inet AddressFamily=inet6 BatchMode=yes BatchMode=no BindAddress= ClearAllForwardings=yes ClearAllForwardings=no Compression=no Congestion=cubic Congestion=model ConnectTimeout= DynamicForward= ExitOnForwardFailure=yes ExitOnForwardFailure=no ForkAfterAuthentication=yes ForkAfterAuthentication=no GatewayPorts=yes GatewayPorts=no Hold= LargestDatagram= LocalForward= LogLevel=QUIET LogLevel=FATAL LogLevel=ERROR LogLevel=INFO LogLevel=VERBOSE LogLevel=DEBUG LogLevel=DEBUG1 LogLevel=DEBUG2 LogLevel=DEBUG3 Offload=yes Offload=no PermitRemoteOpen= ProxyJump= RemoteForward= RequestTTY=no ServerAliveCountMax= ServerAliveInterval= SessionType=none SshExitCodes=yes SshExitCodes=no StdinNull=yes StdinNull=no StreamLocalBindMask= StreamLocalBindUnlink=yes StreamLocalBindUnlink=no StrictHostKeyChecking=yes StrictHostKeyChecking=ask TellAddresses=yes TellAddresses=no UdpTimeout=)' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(pipe)' \
            '2: : _p2pfwd_ask peers' ;;
    listen-key)
        _arguments -s \
            '--key-file[the key that both ends share]:FILE:_files' \
            '--port[UDP port to listen on (default 17171); 0 is any]:PORT: ' \
            '--remote[where the other end is; by default it calls]:HOST\:PORT: ' \
            '--json[read and print JSON objects, one a line]' \
            '--echo[send every message back; standard input and output are left alone]' \
            '--once[end when all lines were delivered, or the other end closes the link]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(listen-key)' ;;
    rendezvous)
        _arguments -s \
            '--listen[UDP address of the server (default \[\:\:\]\:7070)]:\[ADDR\:\]PORT: ' \
            '--websocket[TCP address for clients whose UDP is blocked]:\[ADDR\:\]PORT: ' \
            '--tls-cert[certificate chain (PEM) for --websocket]:FILE:_files' \
            '--tls-key[private key (PEM) for --websocket]:FILE:_files' \
            '--relay-rate[KiB a second for each relayed pair; 0 relays nothing (default\: no limit)]:KIB: ' \
            '--password-file[admit only clients that know this password]:FILE:_files' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(rendezvous)' ;;
    stop)
        _arguments -s \
            '--now[do not let flows finish]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(stop)' ;;
    reload)
        _arguments -s \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(reload)' ;;
    handover)
        _arguments -s \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(handover)' ;;
    service)
        _arguments -s \
            '--user[a service of your own (default)]' \
            '--system[a service of the machine (default for root)]' \
            '--force[overwrite a unit of other content]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(service)' \
            '2: :(install uninstall print status)' ;;
    config)
        _arguments -s \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(config)' \
            '2: :(check show get path)' \
            '3: :_p2pfwd_config_1' \
            '4: :_p2pfwd_config_2' ;;
    id)
        _arguments -s \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
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
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(help)' \
            '2: :(serve share pair ticket peers permit status ping why speedtest netcheck report pipe rendezvous stop reload handover service config id shell settings configuration connect disconnect sessions add cancel forwards flows watch log metrics)' ;;
    shell)
        _arguments -s \
            '*-c[carry out this command and end; may be given several times]:COMMAND: ' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(shell)' ;;
    connect)
        _arguments -s \
            '--connect-timeout[give up reaching the peer after this (default 30)]:SECONDS: ' \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(connect)' \
            '2: : _p2pfwd_ask peers' ;;
    disconnect)
        _arguments -s \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(disconnect)' \
            '2: : _p2pfwd_ask peers' ;;
    sessions)
        _arguments -s \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(sessions)' ;;
    add)
        _arguments -s \
            '*-L[forward this port; may be given several times]:\[bind_address\:\]port\:host\:hostport: ' \
            '*-R[listen on the peer'\''s side, and connect from here]:\[bind_address\:\]port\:host\:hostport: ' \
            '*-D[be a proxy on this port or path\: SOCKS 4 and 5, and HTTP]:\[bind_address\:\]port: ' \
            '--proxy-auth[who may use -D and -R PORT\: user\:password lines of a file that only you may read]:FILE:_files' \
            '--open-proxy[let -D listen for other machines without asking for a password]' \
            '*-g[listen on all addresses where no bind address is written]' \
            '--connect-timeout[give up reaching the peer after this (default 30)]:SECONDS: ' \
            '*-o[setting of these forwards; p2pfwd help settings lists them]:KEY=VALUE:(AddressFamily=any AddressFamily=inet AddressFamily=inet6 BatchMode=yes BatchMode=no BindAddress= ClearAllForwardings=yes ClearAllForwardings=no Compression=no Congestion=cubic Congestion=model ConnectTimeout= DynamicForward= ExitOnForwardFailure=yes ExitOnForwardFailure=no ForkAfterAuthentication=yes ForkAfterAuthentication=no GatewayPorts=yes GatewayPorts=no Hold= LargestDatagram= LocalForward= LogLevel=QUIET LogLevel=FATAL LogLevel=ERROR LogLevel=INFO LogLevel=VERBOSE LogLevel=DEBUG LogLevel=DEBUG1 LogLevel=DEBUG2 LogLevel=DEBUG3 Offload=yes Offload=no PermitRemoteOpen= ProxyJump= RemoteForward= RequestTTY=no ServerAliveCountMax= ServerAliveInterval= SessionType=none SshExitCodes=yes SshExitCodes=no StdinNull=yes StdinNull=no StreamLocalBindMask= StreamLocalBindUnlink=yes StreamLocalBindUnlink=no StrictHostKeyChecking=yes StrictHostKeyChecking=ask TellAddresses=yes TellAddresses=no UdpTimeout=)' \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(add)' \
            '2: : _p2pfwd_ask peers' ;;
    cancel)
        _arguments -s \
            '*-L[forward this port; may be given several times]:\[bind_address\:\]port\:host\:hostport: ' \
            '*-R[listen on the peer'\''s side, and connect from here]:\[bind_address\:\]port\:host\:hostport: ' \
            '*-D[be a proxy on this port or path\: SOCKS 4 and 5, and HTTP]:\[bind_address\:\]port: ' \
            '--drain[reset flows that are still open after this time; 0\: at once]:SECONDS: ' \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(cancel)' \
            '2: : _p2pfwd_ask peers' ;;
    forwards)
        _arguments -s \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(forwards)' ;;
    flows)
        _arguments -s \
            '--close[reset this flow, such as homebox.4]:FLOW: ' \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(flows)' \
            '2: : _p2pfwd_ask peers' ;;
    watch)
        _arguments -s \
            '--level[which lines of the log\: info (default) and more urgent ones]:LEVEL:(error warning info debug trace)' \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(watch)' \
            '2: :(node session path server forward flow pair log)' ;;
    log)
        _arguments -s \
            '--lines[how many lines, the last ones (default 20)]:NUMBER: ' \
            '--json[print the result as JSON]' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(log)' \
            '2: :(error warning info debug trace)' ;;
    metrics)
        _arguments -s \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '1: :(metrics)' ;;
    *)
        _arguments -s \
            '*-L[forward this port; may be given several times]:\[bind_address\:\]port\:host\:hostport: ' \
            '*-R[listen on the peer'\''s side, and connect from here]:\[bind_address\:\]port\:host\:hostport: ' \
            '*-D[be a proxy on this port or path\: SOCKS 4 and 5, and HTTP]:\[bind_address\:\]port: ' \
            '--proxy-auth[who may use -D and -R PORT\: user\:password lines of a file that only you may read]:FILE:_files' \
            '--open-proxy[let -D listen for other machines without asking for a password]' \
            '-W[forward standard input and output]:host\:port: ' \
            '-J[reach the peer through this one, which cannot read what it carries]:VIA\[,VIA\]: ' \
            '*-f[go into the background once every forward is up]' \
            '*-g[listen on all addresses where no bind address is written]' \
            '-F[read what holds for the peer from FILE, not from the files of the home; none\: from no file]:FILE:_files' \
            '*-G[print the settings that hold for this peer, and end]' \
            '*-N[accepted as ssh has it; changes nothing, as do -n and -T]' \
            '--connect-timeout[give up reaching the peer after this (default 30)]:SECONDS: ' \
            '--print-ports[print the port of each listener on standard output]' \
            '--standalone[do all in this process, without the node that commands share]' \
            '--listen[UDP address of this node; chosen once and kept if not given]:\[ADDR\:\]PORT: ' \
            '--json[print the result as JSON]' \
            '*--rendezvous[meet peers through this server, and remember it; wss\://HOST where UDP is blocked]:HOST\:PORT\[#ID\]: ' \
            '--path[auto (default)\: direct where possible, else relayed; direct; relay]:KIND:(auto direct relay)' \
            '--proxy[reach wss\:// servers through this proxy (default\: ALL_PROXY)]:URL: ' \
            '--tls-ca[certificates to trust for wss\:// (default\: those of the system)]:FILE:_files' \
            '--probe-budget[datagrams to spend on finding a direct path (default 1024)]:NUMBER: ' \
            '--rendezvous-password-file[password of a rendezvous server that wants one]:FILE:_files' \
            '*-4[use IPv4 addresses only]' \
            '*-6[use IPv6 addresses only]' \
            '--hold[keep flows this long without any path (default 15m)]:DURATION: ' \
            '--congestion[congestion controller\: model (default) or cubic]:NAME:(cubic model)' \
            '-b[send and receive at this address of the machine]:ADDR: ' \
            '-E[append messages to FILE in place of standard error]:FILE:_files' \
            '*-o[setting as in a configuration file; p2pfwd help settings lists them]:KEY=VALUE:(AddressFamily=any AddressFamily=inet AddressFamily=inet6 BatchMode=yes BatchMode=no BindAddress= ClearAllForwardings=yes ClearAllForwardings=no Compression=no Congestion=cubic Congestion=model ConnectTimeout= DynamicForward= ExitOnForwardFailure=yes ExitOnForwardFailure=no ForkAfterAuthentication=yes ForkAfterAuthentication=no GatewayPorts=yes GatewayPorts=no Hold= LargestDatagram= LocalForward= LogLevel=QUIET LogLevel=FATAL LogLevel=ERROR LogLevel=INFO LogLevel=VERBOSE LogLevel=DEBUG LogLevel=DEBUG1 LogLevel=DEBUG2 LogLevel=DEBUG3 Offload=yes Offload=no PermitRemoteOpen= ProxyJump= RemoteForward= RequestTTY=no ServerAliveCountMax= ServerAliveInterval= SessionType=none SshExitCodes=yes SshExitCodes=no StdinNull=yes StdinNull=no StreamLocalBindMask= StreamLocalBindUnlink=yes StreamLocalBindUnlink=no StrictHostKeyChecking=yes StrictHostKeyChecking=ask TellAddresses=yes TellAddresses=no UdpTimeout=)' \
            '--home[keep configuration, keys, peers and sockets in DIR]:DIR:_files -/' \
            '*-v[say more on standard error; -vv says still more]' \
            '*--verbose[say more on standard error; -vv says still more]' \
            '-q[say only what ends the command]' \
            '--quiet[say only what ends the command]' \
            '--log-format[messages as text (default) or as json, an object on each line]:FORMAT:(text json)' \
            '-h[show help and end]' \
            '--help[show help and end]' \
            '-V[show the version and end]' \
            '--version[show the version and end]' \
            '*: :_p2pfwd_first' ;;
    esac
}

_p2pfwd "$@"
