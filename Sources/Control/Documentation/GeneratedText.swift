/// A file that is made from the program's own description of itself, and checked in.
///
/// `p2pfwd __generate WORD` prints one, `make generate` writes them all anew.
package enum GeneratedText: String, CaseIterable, Sendable {
    case manual = "man"
    case configurationManual = "man-yaml"
    case configuration
    case bash
    case zsh
    case fish

    /// Where it is checked in.
    package var path: String {
        switch self {
        case .manual: "packaging/man/p2pfwd.1"
        case .configurationManual: "packaging/man/p2pfwd.yaml.5"
        case .configuration: "docs/CONFIGURATION.md"
        case .bash: "completions/p2pfwd.bash"
        case .zsh: "completions/p2pfwd.zsh"
        case .fish: "completions/p2pfwd.fish"
        }
    }

    /// The whole text, ended by a line feed.
    package var text: String {
        switch self {
        case .manual: ManualPage().text
        case .configurationManual: ConfigurationManualPage().text
        case .configuration: ConfigurationReference().text
        case .bash: CompletionGenerator().script(for: .bash)
        case .zsh: CompletionGenerator().script(for: .zsh)
        case .fish: CompletionGenerator().script(for: .fish)
        }
    }
}
