import Forwarding

/// A line of ssh's own command line (`~C`), by which forwards are added and cancelled.
///
///     -L [bind_address:]port:host:hostport      -KL [bind_address:]port
///     -R the same, or [bind_address:]port       -KR [bind_address:]port
///     -D [bind_address:]port                    -KD [bind_address:]port
enum ForwardLine: Equatable {
    case nothing
    case help
    case add(ForwardSpecification.Kind, String)
    /// What listens at this place ends.
    case cancel(ForwardSpecification.Kind, String)
    case invalid

    init(_ line: String) {
        var rest = line.drop { $0 == " " || $0 == "\t" }
        while rest.last?.isWhitespace ?? false { rest.removeLast() }
        guard !rest.isEmpty else {
            self = .nothing
            return
        }
        if rest.first == "-" { rest.removeFirst() }
        if ["?", "h", "help"].contains(rest) {
            self = .help
            return
        }
        let cancels = rest.first == "K"
        if cancels { rest.removeFirst() }
        guard let letter = rest.popFirst(), let kind = Self.kinds[letter] else {
            self = .invalid
            return
        }
        let place = String(rest.drop { $0 == " " || $0 == "\t" })
        self = cancels ? .cancel(kind, place) : .add(kind, place)
    }

    /// Whether a line of the shell is one of these: it begins with an option.
    static func begins(_ words: [String]) -> Bool { words.first?.hasPrefix("-") ?? false }

    private static let kinds: [Character: ForwardSpecification.Kind] = [
        "L": .local, "R": .remote, "D": .dynamic,
    ]

    static let helpText = [
        "-L [bind_address:]port:host:hostport   forward this port",
        "-R [bind_address:]port:host:hostport   listen on the peer's side",
        "-D [bind_address:]port                 be a proxy on this port",
        "-KL, -KR, -KD [bind_address:]port      cancel such a forward",
    ]
}

/// What ssh says to a line of its command line.
enum ForwardLineAnswer {
    static let added = "Forwarding port."
    static let failed = "Port forwarding failed."
    static let cancelled = "Canceled forwarding."
    static let unknown = "Unknown port forwarding."
    static let invalid = "Invalid command."
    static let badForward = "Bad forwarding specification."
    static let badCancel = "Bad forwarding close specification."
}
