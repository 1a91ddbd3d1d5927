/// A command of the shell: its name, what it is for, and what its words may be.
///
/// Most are commands of p2pfwd as well and take their descriptions from there.
struct ShellVerb: Sendable {
    /// What the TAB key offers for a word.
    enum Word: Equatable, Sendable {
        case nothing
        case verb
        case peer
        /// A peer with a session.
        case session
        /// A forward or a group of them.
        case forward
        case flow
        case code
        case setting
        case oneOf([String])
    }

    /// Who carries the command out.
    enum Place: Equatable, Sendable {
        case node
        case shell
    }

    let name: String
    let synopsis: String
    let summary: String
    let place: Place
    /// For the first word, the second and so on; the last one also for all behind it.
    let words: [Word]

    /// In the order in which help lists them.
    static let all: [ShellVerb] = [
        verb("peers", [.oneOf(["rm", "revoke", "rename"]), .peer]),
        verb("pair", [.code]),
        verb("connect", [.peer, .nothing]),
        verb("disconnect", [.session, .nothing]),
        verb("sessions"),
        verb("forwards"),
        verb("add", [.peer]),
        ShellVerb(
            name: "-L, -R, -D", synopsis: "-L 8080:localhost:80 [PEER]",
            summary: "add a forward as with ~C of ssh", place: .shell, words: [.peer]),
        ShellVerb(
            name: "-KL, -KR, -KD", synopsis: "-KL 8080 [PEER]",
            summary: "cancel such a forward", place: .shell, words: [.peer]),
        verb("cancel", [.forward, .nothing]),
        verb("flows", [.peer, .nothing]),
        verb("status"),
        verb("watch", [.oneOf(CommandLineModel.topics)]),
        verb("why", [.peer, .nothing]),
        verb("ping", [.peer, .nothing]),
        verb("netcheck"),
        verb("permit", [.peer, .nothing]),
        ShellVerb(
            name: "revoke", synopsis: "revoke PEER",
            summary: "refuse a peer from now on, as peers revoke", place: .shell,
            words: [.peer, .nothing]),
        verb("log", [.oneOf(CommandLineModel.logLevels), .nothing]),
        ShellVerb(
            name: "set", synopsis: "set [KEY VALUE]",
            summary: "show or change the settings of this shell", place: .shell,
            words: [.setting, .nothing]),
        verb("reload"),
        verb("stop"),
        ShellVerb(
            name: "help", synopsis: "help [COMMAND]", summary: "show help about a command",
            place: .shell, words: [.verb, .nothing]),
        ShellVerb(
            name: "quit", synopsis: "quit", summary: "end the shell, as Ctrl-D and exit do",
            place: .shell, words: []),
    ]

    static func named(_ name: String) -> ShellVerb? { all.first { $0.name == name } }

    /// What the TAB key offers for the first word.
    static let typedNames: [String] = all.map(\.name).filter { !$0.hasPrefix("-") }.sorted()

    /// What is offered for the word at `position`, the first behind the verb being 0.
    func word(at position: Int) -> Word {
        words.isEmpty ? .nothing : words[min(position, words.count - 1)]
    }

    /// The options that can be typed, with their dashes.
    var options: [OptionDefinition] {
        guard let definition = CommandLineModel.standard.command(named: name) else { return [] }
        guard let possible = InvocationBuilder.shellOptions[name] else { return definition.options }
        return definition.options.filter { possible.contains($0.id) }
    }

    private static func verb(_ name: String, _ words: [Word] = []) -> ShellVerb {
        guard let definition = CommandLineModel.standard.command(named: name) else {
            preconditionFailure("'\(name)' is a command of the program")
        }
        return ShellVerb(
            name: name, synopsis: definition.synopses[0], summary: definition.summary,
            place: .node, words: words)
    }
}
