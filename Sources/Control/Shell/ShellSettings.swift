/// What `set` shows and changes: settings of one shell, forgotten with it.
struct ShellSettings: Equatable {
    /// The peer of lines such as `-L 8080:localhost:80` that name none.
    var peer: String?
    /// What is told above the line that is typed.
    var topics: [String]
    /// Whether results are shown as with `--json`.
    var usesJSON = false

    static let defaultTopics = ["node", "session", "path", "server", "forward"]
    static let keys = ["peer", "events", "json"]

    init() { topics = Self.defaultTopics }

    /// One setting a line, as `set` takes it.
    var lines: [String] {
        [
            "peer \(peer ?? "none")",
            "events \(topics.isEmpty ? "off" : topics.joined(separator: ","))",
            "json \(usesJSON ? "on" : "off")",
        ]
    }

    /// - Parameter words: those behind `set`: key and value.
    mutating func set(_ words: [String]) throws(CommandError) {
        guard let key = words.first, words.count == 2 else {
            throw .usage("set", "takes a key and a value", hint: "help set")
        }
        let value = words[1]
        switch key {
        case "peer":
            guard value != "none" else {
                peer = nil
                return
            }
            guard Peer.isValid(name: value) else {
                throw CommandError("set peer", PeerError.badName(name: value.escapedForMessage))
            }
            peer = value
        case "events": topics = try Self.topics(value)
        case "json": usesJSON = try Self.flag(value)
        case _:
            let near = nearest(to: key, among: Self.keys)
            throw .usage(
                "set", "unknown key '\(key.escapedForMessage)'",
                hint: near.map { "did you mean '\($0)'?" }
                    ?? "write one of: \(Self.keys.joined(separator: ", "))")
        }
    }

    private static func topics(_ value: String) throws(CommandError) -> [String] {
        if value == "on" { return defaultTopics }
        if value == "off" { return [] }
        let words = value.split(separator: ",").map(String.init)
        for word in words where !CommandLineModel.topics.contains(word) {
            throw .usage(
                "set events", "'\(word.escapedForMessage)' is no topic",
                hint: "write on, off, or some of: "
                    + CommandLineModel.topics.joined(separator: ","))
        }
        return words
    }

    private static func flag(_ value: String) throws(CommandError) -> Bool {
        switch value {
        case "on", "yes": true
        case "off", "no": false
        case _:
            throw .usage(
                "set json", "'\(value.escapedForMessage)' is neither on nor off",
                hint: "write set json on")
        }
    }

    static let helpText = [
        "set                  show the settings",
        "set peer NAME        the peer of -L, -R, -D and -K lines that name none; none: no such peer",
        "set events TOPICS    what is told above the line: on, off, or topics with commas between,",
        "                     of \(CommandLineModel.topics.joined(separator: ","))",
        "set json on          show results as JSON; off: in words",
    ]
}
