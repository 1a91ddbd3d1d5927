// Commands that drive the running node.
extension CommandLineModel {
    static let stopDefinition = CommandDefinition(
        name: "stop", summary: "end the running node",
        synopses: ["stop [--now]"],
        details: [
            "Flows may finish for a few seconds, and all peers are told. Commands whose forwards the",
            "node carries start another one.",
        ],
        options: [
            OptionDefinition(.now, long: "now", summary: "do not let flows finish")
        ])

    static let reloadDefinition = CommandDefinition(
        name: "reload", summary: "have the running node read its files again",
        synopses: ["reload"],
        details: [
            "The same as SIGHUP, but a file with a mistake is told here; nothing is changed then.",
            "What cannot change before the next start is named.",
        ],
        options: [])

    static let handoverDefinition = CommandDefinition(
        name: "handover", summary: "have another program go on with the running node",
        synopses: ["handover [PROGRAM]"],
        details: [
            "The process of the node becomes that program, by default the one that is installed",
            "now where its own was: sessions, listeners and open flows go on, and peers notice",
            "nothing. SIGUSR2 does the same. Where something cannot go on, nothing is changed.",
        ],
        options: [])
}
