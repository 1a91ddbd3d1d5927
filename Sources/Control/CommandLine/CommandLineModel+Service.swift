/// The command that has systemd run this program.
extension CommandLineModel {
    static let serviceDefinition = CommandDefinition(
        name: "service", summary: "have systemd run this program",
        synopses: [
            "service install [--user | --system] [rendezvous] [-- OPTION ...]",
            "service uninstall [--user | --system] [rendezvous]",
            "service print [--user | --system] [rendezvous] [-- OPTION ...]",
            "service status [--user | --system] [rendezvous]",
        ],
        details: [
            "Writes a unit that runs p2pfwd serve, or rendezvous, with the options behind --, and",
            "starts it now and at each boot. As root it is a service of the system with the user",
            "p2pfwd and the home /var/lib/p2pfwd, else one of your own. Files in options need whole",
            "paths.",
        ],
        options: [
            OptionDefinition(
                .userService, long: "user", summary: "a service of your own (default)"),
            OptionDefinition(
                .systemService, long: "system",
                summary: "a service of the machine (default for root)"),
            OptionDefinition(
                .force, long: "force", summary: "overwrite a unit of other content"),
        ],
        argumentWords: ServiceOptions.Action.allCases.map(\.rawValue),
        examples: [
            "p2pfwd service install -- --permit localhost:22",
            "p2pfwd service install --system rendezvous -- --listen 0.0.0.0:7070",
        ])
}
