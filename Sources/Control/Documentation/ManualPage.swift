/// The manual page p2pfwd(1).
struct ManualPage {
    private let model: CommandLineModel

    init(model: CommandLineModel = .standard) { self.model = model }

    var text: String {
        var page = RoffText("P2PFWD", section: 1, about: "User Commands")
        page.section("Name")
        page.line("p2pfwd - ssh's port forwards for machines that cannot reach each other")
        page.section("Synopsis")
        page.example((model.forward.synopses + ["COMMAND [options]"]).map { "p2pfwd \($0)" })
        page.section("Description")
        page.line(model.forward.details.joined(separator: " "))
        page.section("Options of forwarding")
        write(model.forward.options, into: &page)
        page.section("Options everywhere")
        write(model.globalOptions, into: &page)
        page.section("Commands")
        for command in model.commands { write(command, into: &page) }
        page.section("Settings")
        page.line(HelpGenerator.aboutSettings.joined(separator: " "))
        for key in SettingKey.allCases {
            page.item("\(key.rawValue) \(key.values)", sentence(key.summary))
        }
        writeSurroundings(into: &page)
        return page.text
    }

    private func write(_ options: [OptionDefinition], into page: inout RoffText) {
        for option in options where option.isOffered {
            page.item(option.synopsis, sentence(option.summary))
        }
    }

    /// Options that forwarding has as well are told there.
    private func write(_ command: CommandDefinition, into page: inout RoffText) {
        page.subsection("p2pfwd \(command.name)")
        page.line(sentence(command.summary))
        page.example(command.synopses.map { "p2pfwd \($0)" })
        page.paragraph(command.details.joined(separator: " "))
        let shared = command.options.filter { option in
            model.forward.options.contains {
                $0.id == option.id && $0.spellings == option.spellings
            }
        }
        let sharedIDs = Set(shared.map(\.id))
        write(command.options.filter { !sharedIDs.contains($0.id) }, into: &page)
        if !shared.isEmpty {
            let names = shared.map(\.displayName).joined(separator: ", ")
            page.paragraph("As with forwarding: \(names).")
        }
        page.example(command.examples)
    }

    private func writeSurroundings(into page: inout RoffText) {
        page.section("Exit status")
        for code in ExitCode.allCases { page.item("\(code.rawValue)", sentence(code.summary)) }
        page.section("Files")
        page.line(
            "They are in $XDG_CONFIG_HOME/p2pfwd (else ~/.config/p2pfwd) and $XDG_STATE_HOME/p2pfwd "
                + "(else ~/.local/state/p2pfwd), or all in the folder of --home.")
        for (name, meaning) in Self.files { page.item(name, sentence(meaning)) }
        page.section("Examples")
        page.example(HelpGenerator.tour + model.forward.examples)
        page.section("See also")
        page.line("p2pfwd.yaml(5), ssh(1), ssh_config(5)")
    }

    private static let files = [
        ("p2pfwd.yaml", "the configuration of the node and its peers; see p2pfwd.yaml(5)"),
        ("config", "settings for peers, in the form of ssh_config"),
        ("identity", "the key of this node; nobody else may read it"),
        ("peers", "the names, keys and rights of peers"),
        ("servers", "the rendezvous servers of this home, with their keys"),
        ("log", "what commands in the background had to say"),
    ]

    /// With a capital letter at its beginning and a full stop at its end.
    private func sentence(_ words: String) -> String {
        words.prefix(1).uppercased() + words.dropFirst() + "."
    }
}
