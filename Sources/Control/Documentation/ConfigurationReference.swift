/// The reference of all keys, docs/CONFIGURATION.md.
struct ConfigurationReference {
    private let model: CommandLineModel

    init(model: CommandLineModel = .standard) { self.model = model }

    var text: String {
        let head = [
            "# Configuration",
            "<!-- Made from the program's own description of itself: make generate -->",
        ]
        let example = "```yaml\n" + Self.example.joined(separator: "\n") + "\n```"
        let groups = ConfigurationKey.groups.flatMap { group in
            ["## \(group.title)", Self.wrapped(group.about), table(group.keys)]
        }
        let parts = head + Self.about.map(Self.wrapped) + [example] + groups + [forms]
        return parts.joined(separator: "\n\n") + "\n"
    }

    static let about = [
        "One file configures the node of a home and its peers: p2pfwd.yaml in the configuration "
            + "folder ($XDG_CONFIG_HOME/p2pfwd, else ~/.config/p2pfwd, or the folder of --home). "
            + "'p2pfwd config path' prints its name, 'p2pfwd config check' checks it, and 'p2pfwd "
            + "config show [PEER]' prints what holds and where it comes from. No key is needed, and "
            + "neither is the file.",
        "Of each key the command line comes first, then the file 'config' in the form of "
            + "ssh_config, then what p2pfwd.yaml says of the peer, then what it says at the top, "
            + "then the default. A list of the command line stands in for the one of the file; "
            + "forwards of the two files add up. -F takes another file in place of all that the "
            + "home says of the peer.",
        "The file is YAML in UTF-8, at most 1 MiB, one document, without anchors, aliases, tags and "
            + "merge keys; others must not be able to write it. Unknown keys, keys that stand twice "
            + "and values of the wrong form are refused with their line and column (exit code 2), "
            + "and a running node keeps what it has. Text needs quotes where it begins with one of "
            + "[ ] { } * & ! # % @, such as \"[::1]:22\" and '*:80'. Where a list belongs, one value "
            + "may stand alone.",
        "A running node takes the file over at 'p2pfwd reload' and SIGHUP. Permissions, who is "
            + "asked, the audit, messages, servers and the forwards of autostart follow at once: of "
            + "those, new ones begin, others end, what is the same is left alone, and flows go on. "
            + "Keys about paths and the transport hold for sessions that begin from then on. The "
            + "keys listen, bind-address, address-family, offload and web hold from the next start "
            + "on, which is said where they have changed.",
    ]

    static let example = [
        "listen: 7001", "rendezvous: rv.example:7070", "permit: [localhost:80, \"[::1]:22\"]",
        "hold: 30m", "peers:", "  homebox:", "    autostart: true",
        "    forwards: [\"-L 8080:localhost:80\", \"-R 9000:localhost:3000\", \"-D 1080\"]",
        "  attic:", "    via: homebox", "    path: direct", "    forwards: -L 2222:localhost:22",
    ]

    private func table(_ keys: [ConfigurationKey]) -> String {
        let rows = keys.map { key in
            let same = equivalent(of: key).map { "; as `\(cell($0))`" } ?? ""
            let peer = key.place == .both ? "; also of one peer" : ""
            let fallback = key.fallbackValue.map { "`\(cell($0))`" } ?? cell(key.plainFallback)
            return "| `\(key.name)` | `\(cell(key.placeholder))` | \(fallback) | "
                + "\(cell(key.summary))\(peer)\(same) |"
        }
        let head = ["| key | value | default | what it says |", "| --- | --- | --- | --- |"]
        return (head + rows).joined(separator: "\n")
    }

    /// What the placeholders stand for.
    private var forms: String {
        var seen: Set<String> = []
        var rows: [String] = []
        for key in ConfigurationKey.all where !key.form.unit.isEmpty && key.form.choices.isEmpty {
            let form = key.form
            if case .number = form { continue }
            if seen.insert(form.placeholder).inserted {
                rows.append("| `\(cell(form.placeholder))` | \(cell(form.unit)) |")
            }
        }
        return "## Values\n\n| written | is |\n| --- | --- |\n" + rows.joined(separator: "\n")
    }

    /// The option or setting that says the same on the command line.
    func equivalent(of key: ConfigurationKey) -> String? {
        switch key.equivalent {
        case .option(let id):
            let options = model.commands.flatMap(\.options) + model.forward.options
            return options.first { $0.id == id && $0.isOffered }?.displayName
        case .setting(let setting):
            let option = model.forward.options.first { $0.long == key.name }
            return option?.displayName ?? "-o \(setting.rawValue)"
        case .none: return nil
        }
    }

    private func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }

    private static func wrapped(_ text: String) -> String {
        HelpGenerator.wrapped(text, width: 100).joined(separator: "\n")
    }
}
