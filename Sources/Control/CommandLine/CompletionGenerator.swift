/// Completion scripts for bash, zsh and fish from the model.
///
/// Names of peers, keys of the configuration file and forwards of the running node are asked for when
/// they are needed, with `p2pfwd [--home DIR] __complete peers`, `keys` or `forwards`.
package struct CompletionGenerator {
    package enum Shell: String, CaseIterable, Sendable {
        case bash
        case zsh
        case fish
    }

    let model: CommandLineModel

    package init(model: CommandLineModel = .standard) { self.model = model }

    /// The whole script, ended by a line feed.
    package func script(for shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    /// Settings with each value where there are few, else up to the `=`.
    var settings: String {
        SettingKey.allCases.flatMap { key in
            (key.words ?? [""]).map { "\(key.rawValue)=\($0)" }
        }.joined(separator: " ")
    }

    var commandNames: String { model.commands.map(\.name).joined(separator: " ") }

    static let notice = "Made from the program's own description of its command line: make generate"

    func spellings(_ options: [OptionDefinition]) -> String {
        options.filter(\.isOffered).flatMap(\.spellings).joined(separator: " ")
    }

    /// The word of `__complete` that gives such arguments; nil for files.
    func question(_ argument: CommandDefinition.Argument) -> String? {
        switch argument {
        case .peer: "peers"
        case .configurationKey: "keys"
        case .forward: "forwards"
        case .file: nil
        }
    }

    /// Every option of the program once, by its meaning.
    var allOptions: [OptionDefinition] {
        var seen: Set<OptionDefinition.ID> = []
        let options =
            model.globalOptions + model.forward.options + model.commands.flatMap(\.options)
        return options.filter { seen.insert($0.id).inserted }
    }
}
