/// The command about the configuration file.
extension CommandLineModel {
    static let configurationDefinition = CommandDefinition(
        name: "config", summary: "check the configuration file, and show what holds",
        synopses: [
            "config check [FILE]", "config show [PEER] [--json]", "config get KEY [PEER]",
            "config path",
        ],
        details: [
            "The file is p2pfwd.yaml in the configuration folder of the home; 'path' prints its",
            "name. 'show' prints every value that holds, for the node or for one peer, with where",
            "it comes from; 'get' prints one, and ends with 1 if there is none. The command line",
            "comes before the file, and the file before the defaults. p2pfwd help configuration",
            "lists the keys.",
        ],
        options: [json], argumentWords: ["check", "show", "get", "path"],
        followers: ["check": [.file], "show": [.peer], "get": [.configurationKey, .peer]],
        examples: [
            "p2pfwd config check", "p2pfwd config show homebox", "p2pfwd config get hold",
        ])
}
