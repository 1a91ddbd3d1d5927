/// The commands that a running node carries out, and its shell.
extension CommandLineModel {
    /// What commands ask the node without doing anything themselves.
    static let questionDefinitions = [
        connectDefinition, disconnectDefinition, sessionsDefinition, addDefinition,
        cancelDefinition, forwardsDefinition, flowsDefinition, watchDefinition, logDefinition,
        metricsDefinition,
    ]

    /// What events are about (docs/CONTROL.md section 3), but for `status`.
    static let topics = ["node", "session", "path", "server", "forward", "flow", "pair", "log"]

    static let logLevels = ["error", "warning", "info", "debug", "trace"]

    static let shellDefinition = CommandDefinition(
        name: "shell", summary: "drive the running node from a command line of its own",
        synopses: ["shell", "shell -c COMMAND", "shell < FILE"],
        details: [
            "Asks for commands with history and completion, and tells what happens above the line",
            "that is typed. 'help' lists the commands; they are those of p2pfwd. With -c, and from",
            "a file or pipe, it ends at the first command that fails, with its exit code.",
        ],
        options: [
            OptionDefinition(
                .commandLine, short: "c", value: "COMMAND", isRepeatable: true,
                summary: "carry out this command and end; may be given several times")
        ],
        examples: ["p2pfwd shell", "p2pfwd shell -c 'connect homebox' -c sessions"])

    private static let connectDefinition = CommandDefinition(
        name: "connect", summary: "connect to a peer, and stay connected",
        synopses: ["connect PEER [--json]"],
        details: ["The session is kept until p2pfwd disconnect ends it."],
        options: [
            OptionDefinition(
                .connectTimeout, long: "connect-timeout", value: "SECONDS",
                summary: "give up reaching the peer after this (default 30)"),
            json,
        ], takesPeer: true, examples: ["p2pfwd connect homebox"])

    private static let disconnectDefinition = CommandDefinition(
        name: "disconnect", summary: "let go of a peer that connect holds",
        synopses: ["disconnect PEER"],
        details: ["Refused while forwards need the session; p2pfwd cancel ends those."],
        options: [json], takesPeer: true)

    private static let sessionsDefinition = CommandDefinition(
        name: "sessions", summary: "list the sessions of the running node",
        synopses: ["sessions [--json]"],
        details: ["With path, round trip, loss and what they carried."], options: [json])

    private static let addDefinition = CommandDefinition(
        name: "add", summary: "add forwards to the running node",
        synopses: [
            "add -L [bind_address:]port:host:hostport PEER",
            "add -R [bind_address:]port:host:hostport PEER", "add -D [bind_address:]port PEER",
        ],
        details: [
            "Takes forwards as p2pfwd itself does, sets them up together and ends; the node keeps",
            "them until p2pfwd cancel or its own end.",
        ],
        options: forwards.filter { $0.id != .standardStreams }
            + ways.filter { $0.id == .gateway } + [
                OptionDefinition(
                    .connectTimeout, long: "connect-timeout", value: "SECONDS",
                    summary: "give up reaching the peer after this (default 30)"),
                OptionDefinition(
                    .setting, short: "o", value: "KEY=VALUE", completion: .settings,
                    isRepeatable: true,
                    summary: "setting of these forwards; p2pfwd help settings lists them"),
                json,
            ],
        takesPeer: true,
        examples: ["p2pfwd add -L 8080:localhost:80 homebox", "p2pfwd add -D 1080 homebox"])

    private static let cancelDefinition = CommandDefinition(
        name: "cancel", summary: "end forwards of the running node",
        synopses: [
            "cancel FORWARD [--drain SECONDS]", "cancel GROUP [--drain SECONDS]",
            "cancel -L [bind_address:]port PEER",
        ],
        details: [
            "FORWARD and GROUP are as p2pfwd forwards shows them: g1.1 and g1. Flows go on to",
            "their own ends, unless --drain says how long they may.",
        ],
        options: forwards.filter { [.local, .remote, .dynamic].contains($0.id) } + [
            OptionDefinition(
                .drain, long: "drain", value: "SECONDS",
                summary: "reset flows that are still open after this time; 0: at once"),
            json,
        ], takesPeer: true,
        examples: ["p2pfwd cancel g1.1", "p2pfwd cancel -L 8080 homebox --drain 5"])

    private static let forwardsDefinition = CommandDefinition(
        name: "forwards", summary: "list the forwards of the running node",
        synopses: ["forwards [--json]"], details: ["With where they listen, and their flows."],
        options: [json])

    private static let flowsDefinition = CommandDefinition(
        name: "flows", summary: "list the flows of the running node, or close one",
        synopses: ["flows [PEER] [--json]", "flows --close FLOW"],
        details: ["A flow is one connection through a forward, or one that is served."],
        options: [
            OptionDefinition(
                .closeFlow, long: "close", value: "FLOW",
                summary: "reset this flow, such as homebox.4"),
            json,
        ], takesPeer: true)

    private static let watchDefinition = CommandDefinition(
        name: "watch", summary: "tell what happens in the running node, until interrupted",
        synopses: ["watch [TOPIC ...] [--json]"],
        details: [
            "TOPIC is one of: \(topics.joined(separator: ", ")). Without any it is all but flow",
            "and log.",
        ],
        options: [
            OptionDefinition(
                .level, long: "level", value: "LEVEL", completion: .choices(logLevels),
                summary: "which lines of the log: info (default) and more urgent ones"),
            json,
        ], argumentWords: topics, examples: ["p2pfwd watch session path --json"])

    private static let logDefinition = CommandDefinition(
        name: "log", summary: "show the log of the running node, or change its level",
        synopses: ["log [--lines NUMBER] [--json]", "log LEVEL"],
        details: ["LEVEL is one of: \(logLevels.joined(separator: ", "))."],
        options: [
            OptionDefinition(
                .lines, long: "lines", value: "NUMBER",
                summary: "how many lines, the last ones (default 20)"),
            json,
        ], argumentWords: logLevels, examples: ["p2pfwd log debug"])

    private static let metricsDefinition = CommandDefinition(
        name: "metrics", summary: "print what the running node counts, for Prometheus",
        synopses: ["metrics"],
        details: [
            "The text format of Prometheus, as the web server of a node has it at /metrics. Commands",
            "that run by themselves and rendezvous servers have none.",
        ],
        options: [])
}

extension CommandDefinition {
    /// Whether `-o` may hold any setting, as of forwarding itself.
    var isForwarding: Bool { name.isEmpty || name == "add" }
}
