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
    case userService = "unit-user"
    case systemService = "unit-system"
    case rendezvousService = "unit-rendezvous"

    /// Where `make install` puts the program, unless it is told otherwise.
    private static let program = "/usr/local/bin/p2pfwd"

    /// Where it is checked in.
    package var path: String {
        switch self {
        case .manual: "packaging/man/p2pfwd.1"
        case .configurationManual: "packaging/man/p2pfwd.yaml.5"
        case .configuration: "docs/CONFIGURATION.md"
        case .bash: "completions/p2pfwd.bash"
        case .zsh: "completions/p2pfwd.zsh"
        case .fish: "completions/p2pfwd.fish"
        case .userService: "packaging/systemd/p2pfwd.user.service"
        case .systemService: "packaging/systemd/p2pfwd.service"
        case .rendezvousService: "packaging/systemd/p2pfwd-rendezvous.service"
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
        case .userService: Self.unit(.user, .serve)
        case .systemService: Self.unit(.system, .serve)
        case .rendezvousService: Self.unit(.system, .rendezvous)
        }
    }

    private static func unit(_ scope: ServiceUnit.Scope, _ role: ServiceUnit.Role) -> String {
        ServiceUnit(scope: scope, role: role, program: program).text
    }
}
