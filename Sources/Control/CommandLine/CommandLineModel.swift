import Forwarding

/// Everything that can be said on the command line. Parser, help texts and shell completions are
/// derived from this one value.
package struct CommandLineModel: Sendable {
    /// Answers the completion scripts; not shown in help.
    package static let completionCommand = "__complete"
    /// The node that a command starts where there is none; not shown in help.
    static let nodeCommand = "__node"
    /// Prints what is made from the model and checked in; not shown in help.
    package static let generationCommand = "__generate"

    /// Words that are commands and therefore cannot name peers: those of today and those to come.
    package static let commandNames: Set<String> = [
        "serve", "ticket", "pair", "peers", "peer", "id", "help", "version", completionCommand,
        nodeCommand, generationCommand,
        "rendezvous", "shell", "config", "forward", "path", "status", "up", "down", "share",
        "netcheck", "ping", "why", "join", "stop", "reload", "report", "speedtest", "pipe",
        "service", "handover", "permit", "listen-key", "metrics",
        "connect", "disconnect", "sessions", "add", "cancel", "forwards", "flows", "watch", "log",
    ]

    package let globalOptions: [OptionDefinition]
    /// `p2pfwd [options] -L ... PEER`
    package let forward: CommandDefinition
    package let commands: [CommandDefinition]

    package func command(named name: String) -> CommandDefinition? {
        commands.first { $0.name == name }
    }

    /// The options that may stand with a command, the global ones last.
    package func options(of command: CommandDefinition) -> [OptionDefinition] {
        command.options + globalOptions
    }

    package static let standard = CommandLineModel(
        globalOptions: [
            OptionDefinition(
                .home, long: "home", value: "DIR", completion: .directory,
                summary: "keep configuration, keys, peers and sockets in DIR"),
            OptionDefinition(
                .verbose, short: "v", long: "verbose", isRepeatable: true,
                summary: "say more on standard error; -vv says still more"),
            OptionDefinition(
                .quiet, short: "q", long: "quiet", summary: "say only what ends the command"),
            logFormat,
            OptionDefinition(.help, short: "h", long: "help", summary: "show help and end"),
            OptionDefinition(
                .version, short: "V", long: "version", summary: "show the version and end"),
        ],
        forward: forwardDefinition,
        commands: [
            serveDefinition, shareDefinition, pairDefinition, ticketDefinition, peersDefinition,
            permitDefinition,
            statusDefinition, pingDefinition, whyDefinition, speedTestDefinition,
            netcheckDefinition, reportDefinition, pipeDefinition, listenKeyDefinition,
            rendezvousDefinition,
            stopDefinition, reloadDefinition, handoverDefinition, serviceDefinition,
            configurationDefinition, idDefinition, helpDefinition, shellDefinition,
        ] + questionDefinitions)
}

extension CommandLineModel {
    static let json = OptionDefinition(
        .json, long: "json", summary: "print the result as JSON")

    static let listen = OptionDefinition(
        .listen, long: "listen", value: "[ADDR:]PORT",
        summary: "UDP address of this node; chosen once and kept if not given")

    static let address = OptionDefinition(
        .address, long: "address", value: "ADDR:PORT", isRepeatable: true,
        summary: "where else this node can be reached, such as a mapped port")

    static let transport: [OptionDefinition] = [
        OptionDefinition(
            .hold, long: "hold", value: "DURATION",
            summary: "keep flows this long without any path (default 15m)"),
        OptionDefinition(
            .congestion, long: "congestion", value: "NAME",
            completion: .choices(TransportSettings.Congestion.allCases.map(\.rawValue)),
            summary: "congestion controller: model (default) or cubic"),
        OptionDefinition(
            .bindAddress, short: "b", value: "ADDR",
            summary: "send and receive at this address of the machine"),
        OptionDefinition(
            .logFile, short: "E", value: "FILE", completion: .file,
            summary: "append messages to FILE in place of standard error"),
        OptionDefinition(
            .setting, short: "o", value: "KEY=VALUE",
            completion: .settings, isRepeatable: true,
            summary: "setting as in a configuration file; p2pfwd help settings lists them"),
    ]

    private static let serveDefinition = CommandDefinition(
        name: "serve", summary: "let paired peers connect to what is permitted",
        synopses: ["serve [--listen [ADDR:]PORT] --permit HOST:PORT ..."],
        details: [
            "Runs in the foreground until interrupted. Without --permit nothing is permitted.",
            "HOST is a name, *.name, an address or a block such as 10.0.0.0/8; PORT a number, a",
            "range 8000-8010 or *. IPv6 needs brackets: [::1]:22. Also: any, none.",
            "What a name resolves to here is checked before it is dialled.",
        ],
        options: [
            listen, permit,
            OptionDefinition(
                .name, long: "name", value: "NAME",
                summary: "what this node calls itself (default: the host name)"),
        ] + rights + serving + web + meeting + transport,
        examples: [
            "p2pfwd serve --permit localhost:80 --permit '10.0.0.0/8:*'", "p2pfwd serve --ask",
        ])

    private static let ticketDefinition = CommandDefinition(
        name: "ticket", summary: "print a ticket with which one peer can be paired",
        synopses: ["ticket --name NAME [--expires DURATION]"],
        details: [
            "Whoever has the ticket first is the peer: hand it over in private. The peer runs",
            "p2pfwd pair with it.",
        ],
        options: [
            OptionDefinition(
                .name, long: "name", value: "NAME", summary: "what the peer will be called here"),
            OptionDefinition(
                .expires, long: "expires", value: "DURATION",
                summary: "how long the ticket is good: 90s, 10m, 24h (default), 7d"),
            address, json, permit,
        ] + rights,
        examples: ["p2pfwd ticket --name laptop --expires 10m"])

    private static let peersDefinition = CommandDefinition(
        name: "peers", summary: "list, rename, revoke and remove peers",
        synopses: [
            "peers [--json]", "peers rm NAME", "peers revoke NAME", "peers rename NAME NEW",
        ],
        details: [
            "A removed peer is forgotten, a revoked one stays in the list; both are refused from",
            "then on, also by a node that is running.",
        ],
        options: [json], argumentWords: ["rm", "revoke", "rename"], takesPeer: true)

    private static let idDefinition = CommandDefinition(
        name: "id", summary: "print this node's ID", synopses: ["id [--json]"],
        details: ["The ID is the public key; it is no secret. The key is made on first use."],
        options: [json])

    private static let helpDefinition = CommandDefinition(
        name: "help", summary: "show help about a command",
        synopses: ["help [COMMAND]", "help settings", "help configuration"],
        details: [
            "'settings' are what -o and files in the form of ssh_config take, 'configuration' the",
            "keys of p2pfwd.yaml.",
        ], options: [],
        argumentWords: [
            "serve", "share", "pair", "ticket", "peers", "permit", "status", "ping", "why",
            "speedtest", "netcheck", "report", "pipe", "rendezvous", "stop", "reload", "handover",
            "service", "config", "id", "shell", "settings", "configuration",
        ] + questionDefinitions.map(\.name))
}
