/// One key of the configuration file `p2pfwd.yaml`: where it stands, what it takes, what it is for.
///
/// The list of them (`all`) is the only one of its kind: the checker, `config show`, help, the
/// reference, the manual page and the completion of keys are derived from it.
struct ConfigurationKey: Sendable, Equatable {
    /// Where a key may stand.
    enum Place: Sendable {
        /// At the top.
        case top
        /// Below the name of a peer.
        case peer
        /// At both; what is said of a peer comes before what is said at the top.
        case both
    }

    /// Which commands heed it.
    enum Reach: Sendable {
        /// All that run a node.
        case node
        /// `serve` alone.
        case serving
        /// Forwarding alone.
        case forwarding
    }

    /// What else says the same.
    enum Equivalent: Equatable, Sendable {
        case option(OptionDefinition.ID)
        case setting(SettingKey)
        case none
    }

    let name: String
    let place: Place
    let reach: Reach
    let form: ConfigurationForm
    /// Whether it takes several values, in a list or one alone.
    let isList: Bool
    let equivalent: Equivalent
    /// What holds where it is not written: a value, or in parentheses what it depends on.
    let fallback: String
    let summary: String

    init(
        _ name: String, _ form: ConfigurationForm, at place: Place = .top, reach: Reach = .node,
        isList: Bool = false, as equivalent: Equivalent = .none, default fallback: String,
        _ summary: String
    ) {
        self.name = name
        self.place = place
        self.reach = reach
        self.form = form
        self.isList = isList
        self.equivalent = equivalent
        self.fallback = fallback
        self.summary = summary
    }

    /// Whether it stands below `web:`; its name then begins with that and a dot.
    var isOfWeb: Bool { name.hasPrefix(Self.webPrefix) }

    /// The name where it stands.
    var ownName: String { isOfWeb ? String(name.dropFirst(Self.webPrefix.count)) : name }

    /// How it is written.
    var example: String {
        isOfWeb ? "web: {\(ownName): \(placeholder)}" : "\(name): \(placeholder)"
    }

    /// The word on its own; nil for a description such as `(the host name)`.
    var fallbackValue: String? { fallback.hasPrefix("(") ? nil : fallback }

    /// Without the parentheses.
    var plainFallback: String {
        fallback.hasPrefix("(") ? String(fallback.dropFirst().dropLast()) : fallback
    }

    /// The value, for help texts: `[HOST:PORT, ...]`.
    var placeholder: String { isList ? "[\(form.placeholder), ...]" : form.placeholder }

    static let top = all.filter { $0.place != .peer }
    static let peer = all.filter { $0.place != .top }

    /// The mapping with the keys of the web server.
    static let webName = "web"
    static let webPrefix = "web."

    /// The mapping from the names of peers to what is said of them.
    static let peersName = "peers"
}

extension ConfigurationKey {
    /// Whether a node that carries the forwards of many peers cannot heed the value for one of them.
    var isOfNode: Bool { ["path", "hold", "congestion", "via"].contains(name) }
}
