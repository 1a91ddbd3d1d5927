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
            "The same as SIGHUP, but a file with a mistake is told here; nothing is changed then."
        ],
        options: [])
}
