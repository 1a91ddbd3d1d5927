/// The commands that tell how things are, and how that is written.
extension CommandLineModel {
    static let logFormat = OptionDefinition(
        .logFormat, long: "log-format", value: "FORMAT",
        completion: .choices(LogFormat.allCases.map(\.rawValue)),
        summary: "messages as text (default) or as json, an object on each line")

    static let statusDefinition = CommandDefinition(
        name: "status", summary: "show what the running processes of this home do",
        synopses: ["status [--flows] [--watch] [--json]"],
        details: [
            "Sessions with their paths, round trips, losses and rates over the last second; servers;",
            "forwards with their flows; of a rendezvous server its counters. With --watch each",
            "second anew, on a terminal with the last minutes as bars; q ends it.",
        ],
        options: [
            OptionDefinition(.flows, long: "flows", summary: "list each flow, too"),
            OptionDefinition(
                .watch, long: "watch", summary: "show it each second until it is interrupted"),
            json,
        ],
        examples: ["p2pfwd status --watch"])

    static let speedTestDefinition = CommandDefinition(
        name: "speedtest", summary: "measure how fast the way to a peer is",
        synopses: ["speedtest PEER [--seconds N] [--up | --down]"],
        details: [
            "Sends as fast as it goes, first to the peer, then from it, and tells what arrived, and",
            "the round trip before and under load. The peer takes part in one test at a time, and",
            "what is sent counts against the rate that it permits.",
        ],
        options: [
            OptionDefinition(
                .seconds, long: "seconds", value: "NUMBER",
                summary: "how long, in each direction: 1 to 60 (default "
                    + "\(SpeedTestOptions.defaultSeconds))"),
            OptionDefinition(.up, long: "up", summary: "measure to the peer only"),
            OptionDefinition(.down, long: "down", summary: "measure from the peer only"),
            OptionDefinition(
                .connectTimeout, long: "connect-timeout", value: "SECONDS",
                summary: "give up reaching the peer after this (default 30)"),
            json, standalone,
        ] + meeting, takesPeer: true, examples: ["p2pfwd speedtest homebox --seconds 5"])

    static let reportDefinition = CommandDefinition(
        name: "report", summary: "collect what helps whoever looks into a problem",
        synopses: ["report [FILE] [--quick] [--hide-addresses]"],
        details: [
            "Writes a text to FILE or standard output: version, system, what runs and how its paths",
            "are, the last events, the end of the log, and netcheck. Keys, tickets, codes and",
            "passwords are never in it, IDs are shortened. Read it before you send it to anybody.",
        ],
        options: [
            OptionDefinition(.quick, long: "quick", summary: "leave out netcheck"),
            OptionDefinition(
                .hideAddresses, long: "hide-addresses",
                summary: "write address-1, address-2 ... in place of IP addresses"),
        ] + meeting,
        examples: ["p2pfwd report problem.txt --hide-addresses"])
}
