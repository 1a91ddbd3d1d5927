/// Help texts from the model, at most 80 columns wide.
package struct HelpGenerator {
    let model: CommandLineModel

    package init(model: CommandLineModel = .standard) { self.model = model }

    /// What `p2pfwd --help` prints.
    package var overview: String {
        let names = model.commands.map(\.name)
        let width = (names.map(\.count).max() ?? 0) + 2
        let commands = model.commands.map { command in
            "  " + command.name.padded(to: width) + command.summary
        }
        let synopses = (model.forward.synopses + ["COMMAND [options]"]).map { "  p2pfwd \($0)" }
        return sections([
            ("p2pfwd: ssh's port forwards for machines that cannot reach each other", []),
            ("Usage:", synopses),
            ("", paragraph(model.forward.details)),
            ("Commands (p2pfwd COMMAND --help tells more):", commands),
            ("Options of forwarding:", options(model.forward.options)),
            ("Options everywhere:", options(model.globalOptions)),
            ("Examples:", Self.tour.map { "  \($0)" }),
            ("Exit codes:", Self.exitCodes.map { "  \($0)" }),
        ])
    }

    package func text(for command: CommandDefinition) -> String {
        guard !command.name.isEmpty else { return overview }
        return sections([
            ("p2pfwd \(command.name): \(command.summary)", []),
            ("Usage:", command.synopses.map { "  p2pfwd \($0)" }),
            ("", paragraph(command.details)),
            ("Options:", options(command.options)),
            ("Options everywhere:", options(model.globalOptions)),
            ("Examples:", command.examples.map { "  \($0)" }),
        ])
    }

    /// What `p2pfwd help settings` is about.
    static let settingsTopic = "settings"

    /// The settings of `-o` and of configuration files.
    package var settings: String {
        let lines = SettingKey.allCases.flatMap { key in
            entry("  \(key.rawValue) \(key.values)", key.summary)
        }
        return sections([
            ("p2pfwd settings: what -o and configuration files take", []),
            ("", paragraph(Self.aboutSettings)),
            ("Settings:", lines),
        ])
    }

    /// What `p2pfwd help configuration` is about.
    static let configurationTopic = "configuration"

    /// The keys of the configuration file.
    package var configuration: String {
        func lines(_ keys: [ConfigurationKey]) -> [String] {
            keys.flatMap { key in
                entry(
                    "  \(key.name): \(key.placeholder)",
                    "\(key.summary) (default \(key.plainFallback))")
            }
        }
        return sections([
            ("p2pfwd configuration: the keys of p2pfwd.yaml", []),
            ("", paragraph(Self.aboutConfiguration)),
            ("At the top:", lines(ConfigurationKey.top)),
            ("Below peers: and the name of a peer:", lines(ConfigurationKey.peer)),
        ])
    }

    private static let aboutConfiguration = [
        "The file is YAML, in the configuration folder of the home; p2pfwd config path prints its",
        "name. The command line comes before it; what it says of a peer comes before what it says",
        "at the top.",
    ]

    static let aboutSettings = [
        "-o KEY=VALUE comes before the file, and of each setting the first value counts; forwards",
        "add up. The file is 'config' in the home, or that of -F. As in ssh_config its blocks",
        "begin with Host PATTERNS or Match; it may Include others. Paths may have ${VARIABLES} and",
        "the tokens %h and %n (the peer), %l and %L (this machine), %u (the user), %d (the user's",
        "home) and %%.",
    ]

    static let tour = [
        "homebox$ p2pfwd serve --permit localhost:80",
        "homebox$ p2pfwd pair                      # prints a code",
        "laptop$  p2pfwd pair 4821-maple-tundra",
        "laptop$  p2pfwd -L 8080:localhost:80 homebox",
    ]

    /// In two columns.
    private static var exitCodes: [String] {
        let lines = ExitCode.allCases.map { "\($0.rawValue) \($0.summary)" }
        let half = (lines.count + 1) / 2
        return zip(lines[..<half], lines[half...]).map { $0.padded(to: 36) + $1 }
    }

    private func options(_ options: [OptionDefinition]) -> [String] {
        options.filter(\.isOffered).flatMap { entry("  " + $0.synopsis, $0.summary) }
    }

    private func entry(_ synopsis: String, _ summary: String) -> [String] {
        let lines = Self.wrapped(summary, width: 56)
        let column = 24
        if synopsis.count < column - 1 {
            return [synopsis.padded(to: column) + (lines.first ?? "")]
                + lines.dropFirst().map { "".padded(to: column) + $0 }
        }
        return [synopsis] + lines.map { "".padded(to: column) + $0 }
    }

    private func paragraph(_ lines: [String]) -> [String] {
        Self.wrapped(lines.joined(separator: " "), width: 76).map { "  \($0)" }
    }

    static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    private func sections(_ sections: [(title: String, lines: [String])]) -> String {
        let first = sections[0].title
        let rest = sections.dropFirst().filter { !$0.lines.isEmpty }.map { section in
            ((section.title.isEmpty ? [] : [section.title]) + section.lines)
                .joined(separator: "\n")
        }
        return ([first] + rest).joined(separator: "\n\n")
    }
}

extension String {
    /// The text with blanks behind it up to `width` characters.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}
