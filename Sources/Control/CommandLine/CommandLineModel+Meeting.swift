import SRMUDP

/// The commands with which nodes find each other, and the options that go with them.
extension CommandLineModel {
    static let meeting: [OptionDefinition] = [
        OptionDefinition(
            .server, long: "rendezvous", value: "HOST:PORT[#ID]", isRepeatable: true,
            summary: "meet peers through this server, and remember it; wss://HOST where UDP is "
                + "blocked"),
        OptionDefinition(
            .path, long: "path", value: "KIND",
            completion: .choices(PathPolicy.allCases.map(\.rawValue)),
            summary: "auto (default): direct where possible, else relayed; direct; relay"),
        OptionDefinition(
            .proxy, long: "proxy", value: "URL",
            summary: "reach wss:// servers through this proxy (default: ALL_PROXY)"),
        OptionDefinition(
            .certificateAuthority, long: "tls-ca", value: "FILE", completion: .file,
            summary: "certificates to trust for wss:// (default: those of the system)"),
        OptionDefinition(
            .probeBudget, long: "probe-budget", value: "NUMBER",
            summary: "datagrams to spend on finding a direct path (default "
                + "\(MeetingSettings.defaultProbeBudget))"),
        OptionDefinition(
            .passwordFile, long: "rendezvous-password-file", value: "FILE", completion: .file,
            summary: "password of a rendezvous server that wants one"),
        OptionDefinition(
            .ipv4Only, short: "4", isRepeatable: true, summary: "use IPv4 addresses only"),
        OptionDefinition(
            .ipv6Only, short: "6", isRepeatable: true, summary: "use IPv6 addresses only"),
    ]

    private static let invitation: [OptionDefinition] = [
        OptionDefinition(
            .words, long: "words", value: "NUMBER",
            summary: "words in the code: 2 (default), 3 or 4"),
        OptionDefinition(
            .expires, long: "expires", value: "DURATION",
            summary: "how long the code is good: 10m (default), at most 24h"),
        OptionDefinition(
            .uses, long: "uses", value: "NUMBER",
            summary: "how many peers may use the code, one after the other (default 1)"),
    ]

    static let pairDefinition = CommandDefinition(
        name: "pair", summary: "pair with a peer by a spoken code or a ticket",
        synopses: [
            "pair [--name NAME] [--words 3] [--expires 10m] [--uses 1]",
            "pair CODE [--name NAME]", "pair [--name NAME] TICKET",
            "pair --name NAME --ticket-file FILE",
        ],
        details: [
            "Alone on a terminal it asks for a code; the TAB key completes its words. Enter alone,",
            "or no terminal, makes a new one: it is printed with what to type on the other machine,",
            "and waited for. With a CODE it pairs with the machine that printed it, through the",
            "rendezvous server or on the same LAN without any. A ticket works with no server;",
            "it is also read from standard input or a file, and answered by another one: give that",
            "back (p2pfwd pair there) if the other machine cannot be reached from here.",
        ],
        options: [
            OptionDefinition(
                .name, long: "name", value: "NAME",
                summary: "what the peer will be called (default: what it calls itself)"),
            OptionDefinition(
                .ticketFile, long: "ticket-file", value: "FILE", completion: .file,
                summary: "read the ticket from FILE; - is standard input"),
            address, json, permit,
        ] + rights + invitation + meeting,
        examples: [
            "p2pfwd pair", "p2pfwd pair 4821-maple-tundra --name homebox",
            "p2pfwd pair --name homebox < ticket.txt",
        ])

    static let shareDefinition = CommandDefinition(
        name: "share", summary: "serve, permit and pair in one command",
        synopses: ["share HOST:PORT ... [--for DURATION]"],
        details: [
            "Permits these destinations to whoever has the code that it prints, and serves them",
            "in the foreground. With --for the permission ends by itself.",
        ],
        options: [
            OptionDefinition(
                .duration, long: "for", value: "DURATION",
                summary: "end after this time: 30m, 2h, 7d"),
            OptionDefinition(
                .name, long: "name", value: "NAME",
                summary: "what the peer will be called (default: what it calls itself)"),
            listen, json,
        ] + rights + invitation + meeting + transport,
        examples: ["p2pfwd share localhost:80 --for 2h"])

    static let pingDefinition = CommandDefinition(
        name: "ping", summary: "show path and round trip to a peer, each second",
        synopses: ["ping PEER [--until-direct] [--for DURATION]"],
        details: ["Ends with 0 if the peer was reached, with --until-direct once directly."],
        options: [
            OptionDefinition(
                .untilDirect, long: "until-direct",
                summary: "end as soon as the path is direct; exit code 7 if it never is"),
            OptionDefinition(
                .duration, long: "for", value: "DURATION", summary: "end after this time"),
            OptionDefinition(
                .connectTimeout, long: "connect-timeout", value: "SECONDS",
                summary: "give up reaching the peer after this (default 30)"),
            json, standalone,
        ] + meeting, takesPeer: true,
        examples: ["p2pfwd ping homebox --until-direct --for 30s"])

    static let whyDefinition = CommandDefinition(
        name: "why", summary: "explain the path to a peer, and what would make it better",
        synopses: ["why PEER [--json]"],
        details: ["Connects, tries all candidates for a while, and tells what came of each."],
        options: [
            OptionDefinition(
                .connectTimeout, long: "connect-timeout", value: "SECONDS",
                summary: "give up reaching the peer after this (default 30)"),
            json, standalone,
        ] + meeting, takesPeer: true, examples: ["p2pfwd why homebox"])

    static let netcheckDefinition = CommandDefinition(
        name: "netcheck", summary: "find out what the network in between does",
        synopses: ["netcheck [--json]"],
        details: [
            "Asks the rendezvous servers: mapping and filtering of the NAT, port preservation,",
            "hairpin, IPv6, round trip, path MTU; and the router whether it forwards ports.",
        ],
        options: [listen, json] + meeting)

    static let rendezvousDefinition = CommandDefinition(
        name: "rendezvous", summary: "run the server through which peers meet, with a relay",
        synopses: [
            "rendezvous --listen ADDR:PORT [--websocket ADDR:PORT --tls-cert FILE --tls-key FILE]"
        ],
        details: [
            "It introduces peers, and carries the sealed datagrams of those that cannot reach",
            "each other. It needs no trust: it sees addresses and ciphertext. Prints the address",
            "with its ID, which clients may pin.",
        ],
        options: [
            OptionDefinition(
                .listen, long: "listen", value: "[ADDR:]PORT",
                summary: "UDP address of the server (default [::]:7070)"),
            OptionDefinition(
                .webSocket, long: "websocket", value: "[ADDR:]PORT",
                summary: "TCP address for clients whose UDP is blocked"),
            OptionDefinition(
                .certificate, long: "tls-cert", value: "FILE", completion: .file,
                summary: "certificate chain (PEM) for --websocket"),
            OptionDefinition(
                .certificateKey, long: "tls-key", value: "FILE", completion: .file,
                summary: "private key (PEM) for --websocket"),
            OptionDefinition(
                .relayRate, long: "relay-rate", value: "KIB",
                summary: "KiB a second for each relayed pair; 0 relays nothing (default: no limit)"
            ),
            OptionDefinition(
                .passwordFile, long: "password-file", value: "FILE", completion: .file,
                summary: "admit only clients that know this password"),
        ],
        examples: ["p2pfwd rendezvous --listen 0.0.0.0:7070"])
}
