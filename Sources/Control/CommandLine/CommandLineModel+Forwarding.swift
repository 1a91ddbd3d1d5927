import Forwarding

/// Forwarding, which has no command word, and its options.
extension CommandLineModel {
    static let forwardDefinition = CommandDefinition(
        name: "", summary: "forward local ports to what a peer can reach",
        synopses: [
            "[options] -L [bind_address:]port:host:hostport PEER",
            "[options] -D [bind_address:]port PEER", "[options] PEER",
        ],
        details: [
            "Listens on the local port and carries each connection to the peer, which connects to",
            "host:hostport. The peer must permit that. Port 0 takes any free port and prints it; a",
            "range 8000-8003 stands for as many forwards; /udp behind the last port carries",
            "datagrams. A path in place of either end is a UNIX socket. With -R the peer listens and",
            "this side connects; -W joins standard input and output to host:port, as for the",
            "ProxyCommand of ssh. With -D each client names its own destination; the peer looks it up",
            "and connects to it. With -R and a port alone it is the other way round.",
            "A pairing code in place of PEER pairs for this one time and saves nothing.",
            "Forwards and settings for a peer may stand in a file in the form of ssh_config.",
        ],
        options: forwards + ways + [
            OptionDefinition(
                .connectTimeout, long: "connect-timeout", value: "SECONDS",
                summary: "give up reaching the peer after this (default 30)"),
            OptionDefinition(
                .printPorts, long: "print-ports",
                summary: "print the port of each listener on standard output"),
            standalone, listen, json,
        ] + meeting + transport,
        takesPeer: true,
        examples: [
            "p2pfwd -L 8080:localhost:80 homebox", "p2pfwd -L 0:[::1]:22 homebox",
            "p2pfwd -f -L 8000-8003:localhost:9000-9003 homebox",
            "p2pfwd -D 1080 homebox", "p2pfwd -R 8080:localhost:3000 homebox",
            "p2pfwd -W localhost:22 homebox",
            "p2pfwd -L 8080:localhost:80 4821-maple-tundra",
        ])

    static let forwards: [OptionDefinition] = [
        OptionDefinition(
            .local, short: "L", value: "[bind_address:]port:host:hostport", isRepeatable: true,
            summary: "forward this port; may be given several times"),
        OptionDefinition(
            .remote, short: "R", value: "[bind_address:]port:host:hostport", isRepeatable: true,
            summary: "listen on the peer's side, and connect from here"),
        OptionDefinition(
            .dynamic, short: "D", value: "[bind_address:]port", isRepeatable: true,
            summary: "be a proxy on this port or path: SOCKS 4 and 5, and HTTP"),
        OptionDefinition(
            .proxyUsers, long: "proxy-auth", value: "FILE", completion: .file,
            summary: "who may use -D and -R PORT: user:password lines of a file that only you "
                + "may read"),
        OptionDefinition(
            .openProxy, long: "open-proxy",
            summary: "let -D listen for other machines without asking for a password"),
        OptionDefinition(
            .standardStreams, short: "W", value: "host:port",
            summary: "forward standard input and output"),
    ]

    static let standalone = OptionDefinition(
        .standalone, long: "standalone",
        summary: "do all in this process, without the node that commands share")

    /// How the command behaves, by the letters of ssh.
    static let ways: [OptionDefinition] = [
        OptionDefinition(
            .jump, short: "J", value: "VIA[,VIA]",
            summary: "reach the peer through this one, which cannot read what it carries"),
        OptionDefinition(
            .background, short: "f", isRepeatable: true,
            summary: "go into the background once every forward is up"),
        OptionDefinition(
            .gateway, short: "g", isRepeatable: true,
            summary: "listen on all addresses where no bind address is written"),
        OptionDefinition(
            .configurationFile, short: "F", value: "FILE", completion: .file,
            summary:
                "read what holds for the peer from FILE, not from the files of the home; none: "
                + "from no file"),
        OptionDefinition(
            .printsConfiguration, short: "G", isRepeatable: true,
            summary: "print the settings that hold for this peer, and end"),
        OptionDefinition(
            .noCommand, short: "N", isRepeatable: true,
            summary: "accepted as ssh has it; changes nothing, as do -n and -T"),
        OptionDefinition(
            .noInput, short: "n", isRepeatable: true, isOffered: false,
            summary: "standard input is not read anyway"),
        OptionDefinition(
            .readyPipe, long: "ready-pipe", value: "DESCRIPTOR", isOffered: false,
            summary: "what -f gives to the process in the background"),
        OptionDefinition(
            .noTerminal, short: "T", isRepeatable: true, isOffered: false,
            summary: "there is no terminal anyway"),
    ]

    /// Letters of ssh that cannot mean anything here, each with the reason.
    static let refusedLetters: [Character: String] = [
        "A": "nothing but forwards goes to the peer", "C": "nothing is compressed",
        "X": "nothing but forwards goes to the peer", "Y": "nothing but forwards goes to the peer",
        "B": "write -b with an address of the interface",
        "i": "peers know each other by pairing, not by key files",
        "l": "a peer is a key, and there are no users",
        "p": "a peer is found by its name alone; there is no port to set",
        "t": "there is no terminal at the peer",
        "M": "each command has its own connection in this version",
        "O": "each command has its own connection in this version",
        "S": "each command has its own connection in this version",
        "y": "write -E FILE",
    ]
}

extension CommandLineModel {
    static let pipeDefinition = CommandDefinition(
        name: "pipe", summary: "join standard input and output to those of a peer",
        synopses: ["pipe PEER"],
        details: [
            "Both peers run p2pfwd pipe with the other one's name; what one reads the other writes.",
            "Waits until the peer is there. Ends with 0 once both directions have ended.",
        ],
        options: [
            OptionDefinition(
                .connectTimeout, long: "connect-timeout", value: "SECONDS",
                summary: "give up reaching the peer after this (default: never)"),
            listen,
        ] + meeting + transport,
        takesPeer: true,
        examples: ["tar c folder | p2pfwd pipe homebox", "p2pfwd pipe laptop | tar x"])
}
