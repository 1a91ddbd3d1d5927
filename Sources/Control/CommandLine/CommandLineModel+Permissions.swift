import Forwarding

/// The options that say what peers may do.
extension CommandLineModel {
    static let permit = OptionDefinition(
        .permit, long: "permit", value: "HOST:PORT", isRepeatable: true,
        summary: "permit this destination; may be given several times")

    /// What can be said of everybody and of one peer.
    static let rights: [OptionDefinition] = [
        OptionDefinition(
            .permitListen, long: "permit-listen", value: "[BIND:]PORT", isRepeatable: true,
            summary: "let peers listen here (-R): a port, 8000-8010, *, or a path"),
        OptionDefinition(
            .gatewayPorts, long: "gateway-ports", value: "WHERE",
            completion: .choices(GatewayPorts.allCases.map(\.rawValue)),
            summary: "where else than at loopback: no (default), clientspecified, yes"),
        OptionDefinition(
            .permitRelay, long: "permit-relay",
            summary: "let peers reach other peers through this node (-J)"),
        OptionDefinition(
            .maximumFlows, long: "max-flows", value: "NUMBER",
            summary: "most connections of a peer at a time"),
        OptionDefinition(
            .rate, long: "rate", value: "BYTES",
            summary: "most bytes a second of a peer, such as 512K or 1M"),
    ]

    /// What a serving node takes besides.
    static let serving: [OptionDefinition] = [
        OptionDefinition(
            .ask, long: "ask",
            summary: "ask at this terminal about what no rule permits"),
        OptionDefinition(
            .askCommand, long: "ask-command", value: "PROGRAM", completion: .file,
            summary: "run this program to decide about what no rule permits"),
        OptionDefinition(
            .audit, long: "audit", value: "FILE", completion: .file,
            summary: "append a JSON object for each connection and refusal to FILE"),
        OptionDefinition(
            .proxyProtocol, long: "proxy-protocol", value: "HOST:PORT", isRepeatable: true,
            summary: "tell this destination who connects, by the PROXY protocol version 2"),
    ]

    static let permitDefinition = CommandDefinition(
        name: "permit", summary: "show and change what a peer may do",
        synopses: ["permit PEER [HOST:PORT ...] [--for DURATION]", "permit PEER --none"],
        details: [
            "Adds to what the peer may do besides what everybody may, and shows it if nothing is to",
            "be changed. A node that is running takes the change over within two seconds, and",
            "ends connections that are not permitted any more. --none takes all rights away, also",
            "those that everybody has; permitting something gives those back.",
        ],
        options: [permit] + rights + [
            OptionDefinition(
                .duration, long: "for", value: "DURATION",
                summary: "end all of the peer's rights after this time: 30m, 2h, 7d"),
            OptionDefinition(.none, long: "none", summary: "take all rights away"),
            json,
        ], takesPeer: true,
        examples: [
            "p2pfwd permit laptop localhost:22 --for 2h",
            "p2pfwd permit laptop --permit-listen 8080 --max-flows 100 --rate 1M",
        ])
}
