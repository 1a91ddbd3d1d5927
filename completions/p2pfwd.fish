# fish completion for p2pfwd
# Made from the program's own description of its command line: p2pfwd __complete fish

function __p2pfwd_needs_command
    not __fish_seen_subcommand_from serve ticket pair peers id help
end

function __p2pfwd_peers
    set -l words (commandline -opc)
    set -l home
    if set -l index (contains -i -- --home $words)
        set home --home $words[(math $index + 1)]
    end
    p2pfwd $home __complete peers 2>/dev/null
end

complete -c p2pfwd -f
complete -c p2pfwd -n __p2pfwd_needs_command -a '(__p2pfwd_peers)' -d peer
complete -c p2pfwd -n __p2pfwd_needs_command -a serve -d 'let paired peers connect to what is permitted'
complete -c p2pfwd -n __p2pfwd_needs_command -a ticket -d 'print a ticket with which one peer can be paired'
complete -c p2pfwd -n __p2pfwd_needs_command -a pair -d 'save the peer that issued a ticket'
complete -c p2pfwd -n __p2pfwd_needs_command -a peers -d 'list, rename and remove peers'
complete -c p2pfwd -n __p2pfwd_needs_command -a id -d 'print this node\'s ID'
complete -c p2pfwd -n __p2pfwd_needs_command -a help -d 'show help about a command'
complete -c p2pfwd -l home -x -a '(__fish_complete_directories)' -d 'keep configuration, keys, peers and sockets in DIR'
complete -c p2pfwd -s v -l verbose -d 'say more on standard error; -vv says still more'
complete -c p2pfwd -s q -l quiet -d 'say only what ends the command'
complete -c p2pfwd -s h -l help -d 'show help and end'
complete -c p2pfwd -s V -l version -d 'show the version and end'
complete -c p2pfwd -n 'not __fish_seen_subcommand_from serve ticket pair peers id help' -s L -x -d 'forward this port; may be given several times'
complete -c p2pfwd -n 'not __fish_seen_subcommand_from serve ticket pair peers id help' -s N -d 'accepted as ssh has it; changes nothing'
complete -c p2pfwd -n 'not __fish_seen_subcommand_from serve ticket pair peers id help' -l connect-timeout -x -d 'give up reaching the peer after this (default 30)'
complete -c p2pfwd -n 'not __fish_seen_subcommand_from serve ticket pair peers id help' -l print-ports -d 'print the port of each listener on standard output'
complete -c p2pfwd -n 'not __fish_seen_subcommand_from serve ticket pair peers id help' -l listen -x -d 'UDP address of this node; chosen once and kept if not given'
complete -c p2pfwd -n 'not __fish_seen_subcommand_from serve ticket pair peers id help' -l json -d 'print the result as JSON'
complete -c p2pfwd -n 'not __fish_seen_subcommand_from serve ticket pair peers id help' -l hold -x -d 'keep flows this long without any path (default 15m)'
complete -c p2pfwd -n 'not __fish_seen_subcommand_from serve ticket pair peers id help' -l congestion -x -a 'cubic model' -d 'congestion controller: model (default) or cubic'
complete -c p2pfwd -n 'not __fish_seen_subcommand_from serve ticket pair peers id help' -s o -x -a 'ConnectTimeout= ExitOnForwardFailure= Hold= Congestion= Offload= LargestDatagram=' -d 'expert setting: ConnectTimeout=SECONDS, ExitOnForwardFailure=yes, Hold=DURATION, Congestion=cubic|model, Offload=yes|no, LargestDatagram=1200-65000'
complete -c p2pfwd -n '__fish_seen_subcommand_from serve' -l listen -x -d 'UDP address of this node; chosen once and kept if not given'
complete -c p2pfwd -n '__fish_seen_subcommand_from serve' -l permit -x -d 'permit this destination; may be given several times'
complete -c p2pfwd -n '__fish_seen_subcommand_from serve' -l name -x -d 'what this node calls itself (default: the host name)'
complete -c p2pfwd -n '__fish_seen_subcommand_from serve' -l hold -x -d 'keep flows this long without any path (default 15m)'
complete -c p2pfwd -n '__fish_seen_subcommand_from serve' -l congestion -x -a 'cubic model' -d 'congestion controller: model (default) or cubic'
complete -c p2pfwd -n '__fish_seen_subcommand_from serve' -s o -x -a 'ConnectTimeout= ExitOnForwardFailure= Hold= Congestion= Offload= LargestDatagram=' -d 'expert setting: ConnectTimeout=SECONDS, ExitOnForwardFailure=yes, Hold=DURATION, Congestion=cubic|model, Offload=yes|no, LargestDatagram=1200-65000'
complete -c p2pfwd -n '__fish_seen_subcommand_from ticket' -l name -x -d 'what the peer will be called here'
complete -c p2pfwd -n '__fish_seen_subcommand_from ticket' -l expires -x -d 'how long the ticket is good: 90s, 10m, 24h (default), 7d'
complete -c p2pfwd -n '__fish_seen_subcommand_from ticket' -l address -x -d 'where else this node can be reached, such as a mapped port'
complete -c p2pfwd -n '__fish_seen_subcommand_from ticket' -l json -d 'print the result as JSON'
complete -c p2pfwd -n '__fish_seen_subcommand_from pair' -l name -x -d 'what the peer will be called (default: what it calls itself)'
complete -c p2pfwd -n '__fish_seen_subcommand_from pair' -l ticket-file -r -F -d 'read the ticket from FILE; - is standard input'
complete -c p2pfwd -n '__fish_seen_subcommand_from pair' -l address -x -d 'where else this node can be reached, such as a mapped port'
complete -c p2pfwd -n '__fish_seen_subcommand_from pair' -l json -d 'print the result as JSON'
complete -c p2pfwd -n '__fish_seen_subcommand_from peers' -l json -d 'print the result as JSON'
complete -c p2pfwd -n '__fish_seen_subcommand_from peers' -a 'rm rename'
complete -c p2pfwd -n '__fish_seen_subcommand_from peers' -a '(__p2pfwd_peers)' -d peer
complete -c p2pfwd -n '__fish_seen_subcommand_from id' -l json -d 'print the result as JSON'
complete -c p2pfwd -n '__fish_seen_subcommand_from help' -a 'serve ticket pair peers id'
