import Forwarding

/// Gives a YAML tree the meaning of a configuration file, and finds what is wrong with it.
struct ConfigurationChecker {
    private(set) var top = ConfigurationSection()
    private(set) var peers: [ConfigurationFile.PeerSection] = []
    private(set) var warnings: [String] = []

    /// How many values a list may have.
    private static let listLimit = 1_024

    private let path: String
    private let surroundings: Surroundings

    init(path: String, surroundings: Surroundings) {
        self.path = path
        self.surroundings = surroundings
    }

    /// - Parameter root: the value of the document.
    mutating func take(_ root: YAMLNode) throws(ConfigurationError) {
        guard case .mapping(let entries) = root.content else {
            throw ConfigurationError(
                root.place, "\(root.kind) stands where keys with values belong",
                hint: "write KEY: VALUE")
        }
        for entry in entries {
            if entry.key == ConfigurationKey.peersName {
                try takePeers(entry.value)
            } else if entry.key == ConfigurationKey.webName {
                try takeWeb(entry.value)
            } else if entry.key.hasPrefix(ConfigurationKey.webPrefix) {
                throw ConfigurationError(
                    entry.place, entry.key, "unknown key",
                    hint: "keys of the web server stand below web:, without that in their names")
            } else {
                let value = try value(of: entry, among: ConfigurationKey.top, below: "")
                top.append(value)
            }
        }
        try checkTogether()
        try checkWebTogether()
    }

    // MARK: One section

    private mutating func value(
        of entry: YAMLNode.Entry, among keys: [ConfigurationKey], below prefix: String
    ) throws(ConfigurationError) -> ConfigurationSection.Value {
        let name = prefix + entry.key
        guard let key = keys.first(where: { $0.name == entry.key }) else {
            throw unknown(entry, of: keys, below: prefix)
        }
        var items: [ConfigurationSection.Value.Item] = []
        for node in try nodes(entry.value, of: key, named: name) {
            items.append(try item(node, of: key, named: name))
        }
        if key.form == .destination {
            let origin = "\(path):\(entry.place): \(name)"
            do throws(ConfigurationForm.Complaint) {
                try key.form.checkDestinations(items.map(\.text)) {
                    warnings.append("\(origin): \($0)")
                }
            } catch {
                throw ConfigurationError(entry.value.place, name, error.why, hint: error.hint)
            }
        }
        return .init(key: key, place: entry.place, items: items)
    }

    private func nodes(
        _ value: YAMLNode, of key: ConfigurationKey, named name: String
    ) throws(ConfigurationError) -> [YAMLNode] {
        let hint = "write \(key.example)"
        guard !value.isEmpty else {
            throw ConfigurationError(value.place, name, "it has no value", hint: hint)
        }
        switch value.content {
        case .scalar: return [value]
        case .list(let items) where key.isList:
            guard items.count <= Self.listLimit else {
                throw ConfigurationError(
                    value.place, name, "more than \(Self.listLimit) values")
            }
            return items
        case .list, .mapping:
            let wanted = key.isList ? "a list" : "one value"
            throw ConfigurationError(
                value.place, name, "\(value.kind) stands where \(wanted) belongs", hint: hint)
        }
    }

    private func item(
        _ node: YAMLNode, of key: ConfigurationKey, named name: String
    ) throws(ConfigurationError) -> ConfigurationSection.Value.Item {
        let hint = "write \(key.example)"
        guard !node.isEmpty else {
            throw ConfigurationError(node.place, name, "a value is empty", hint: hint)
        }
        guard case .scalar(let text, let isPlain) = node.content else {
            throw ConfigurationError(
                node.place, name, "\(node.kind) stands where one value belongs",
                hint: key.form == .forward
                    ? "write forwards: [\"-L 8080:localhost:80\"]"
                    : "\(hint); text with a colon and a blank needs quotes")
        }
        guard !text.isEmpty else {
            throw ConfigurationError(node.place, name, "a value is empty", hint: hint)
        }
        do throws(ConfigurationForm.Complaint) {
            let checked = try key.form.checked(text, isPlain: isPlain)
            return .init(text: key.form == .file ? whole(checked) : checked, place: node.place)
        } catch {
            throw ConfigurationError(node.place, name, error.why, hint: error.hint ?? hint)
        }
    }

    /// The path: `~/` is the user's home, and what is not absolute is beside the file itself.
    private func whole(_ text: String) -> String {
        if text.hasPrefix("~/"), let home = surroundings.variable("HOME") {
            return home + text.dropFirst()
        }
        guard !text.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return text }
        return path[...slash] + text
    }

    private func unknown(
        _ entry: YAMLNode.Entry, of keys: [ConfigurationKey], below prefix: String
    ) -> ConfigurationError {
        let sections = [ConfigurationKey.peersName, ConfigurationKey.webName]
        let names = keys.map(\.name) + (prefix.isEmpty ? sections : [])
        let near = nearest(to: entry.key, among: names)
        var hint = near.map { "did you mean '\($0)'?" }
        if near == nil, ConfigurationKey.all.contains(where: { $0.name == entry.key }) {
            hint =
                prefix.isEmpty
                ? "it stands below the name of a peer: peers: {homebox: {\(entry.key): ...}}"
                : "it stands at the top of the file"
        }
        return ConfigurationError(
            entry.place, prefix + entry.key, "unknown key",
            hint: hint ?? "p2pfwd help configuration")
    }

    // MARK: The web server

    private mutating func takeWeb(_ value: YAMLNode) throws(ConfigurationError) {
        let name = ConfigurationKey.webName
        guard case .mapping(let entries) = value.content else {
            throw ConfigurationError(
                value.place, name,
                "\(value.isEmpty ? "nothing" : value.kind) stands where keys with values belong",
                hint: "write web: {listen: 17017}")
        }
        for entry in entries {
            let whole = YAMLNode.Entry(
                key: ConfigurationKey.webPrefix + entry.key, place: entry.place,
                value: entry.value)
            top.append(try self.value(of: whole, among: ConfigurationKey.web, below: ""))
        }
    }

    // MARK: Peers

    private mutating func takePeers(_ value: YAMLNode) throws(ConfigurationError) {
        let name = ConfigurationKey.peersName
        guard case .mapping(let entries) = value.content else {
            throw ConfigurationError(
                value.place, name,
                "\(value.isEmpty ? "nothing" : value.kind) stands where "
                    + "the names of peers belong",
                hint: "write peers: {homebox: {forwards: [\"-L 8080:localhost:80\"]}}")
        }
        guard entries.count <= ConfigurationFile.peerLimit else {
            throw ConfigurationError(
                value.place, name, "more than \(ConfigurationFile.peerLimit) peers")
        }
        for entry in entries { try takePeer(entry) }
    }

    private mutating func takePeer(_ entry: YAMLNode.Entry) throws(ConfigurationError) {
        let prefix = "\(ConfigurationKey.peersName).\(entry.key)"
        guard Peer.isValid(name: entry.key) else {
            throw ConfigurationError(
                entry.place, prefix,
                PeerError.badName(name: entry.key.escapedForMessage).description)
        }
        guard case .mapping(let entries) = entry.value.content else {
            throw ConfigurationError(
                entry.value.place, prefix,
                "\(entry.value.isEmpty ? "nothing" : entry.value.kind) stands where keys with "
                    + "values belong")
        }
        var section = ConfigurationSection()
        for entry in entries {
            section.append(
                try value(of: entry, among: ConfigurationKey.peer, below: prefix + "."))
        }
        peers.append(
            .init(
                name: entry.key, place: entry.place, section: section,
                forwards: try forwards(of: entry.key, section, below: prefix)))
    }

    private func forwards(
        of peer: String, _ section: ConfigurationSection, below prefix: String
    ) throws(ConfigurationError) -> [ConfigurationFile.PeerSection.Forward] {
        var forwards: [ConfigurationFile.PeerSection.Forward] = []
        for item in section.value("forwards")?.items ?? [] {
            let letters = item.text.prefix(2)
            let kinds: [Substring: ForwardSpecification.Kind] = [
                "-L": .local, "-R": .remote, "-D": .dynamic,
            ]
            guard let kind = kinds[letters] else {
                throw ConfigurationError(
                    item.place, prefix + ".forwards",
                    "'\(item.text.escapedForMessage)' begins with none of -L, -R and -D",
                    hint: "write forwards: [\"-L 8080:localhost:80\"]")
            }
            let text = String(item.text.dropFirst(2).drop { $0 == " " })
            let parser = ForwardParser(
                variables: surroundings.variable, services: surroundings.service,
                tokens: { [surroundings] in surroundings.token($0, peer: peer) })
            do throws(ForwardSpecificationError) {
                _ = try parser.parse(kind, text)
            } catch {
                throw ConfigurationError(
                    item.place, prefix + ".forwards", error.description,
                    hint: "write \(error.grammar)")
            }
            forwards.append(.init(kind: kind, text: text, place: item.place))
        }
        return forwards
    }

    // MARK: All together

    private func checkWebTogether() throws(ConfigurationError) {
        let certificate = top.value("web.tls-cert")
        let key = top.value("web.tls-key")
        if let lonely = certificate ?? key, certificate == nil || key == nil {
            throw ConfigurationError(
                lonely.place, lonely.key.name, "a certificate and its key belong together",
                hint: "write both tls-cert and tls-key below web:")
        }
        if let authority = top.value("web.client-ca"), certificate == nil {
            throw ConfigurationError(
                authority.place, authority.key.name, "certificates of clients need TLS",
                hint: "write tls-cert and tls-key below web:, too")
        }
        if let methods = top.value("web.client-methods"), top.value("web.client-ca") == nil {
            throw ConfigurationError(
                methods.place, methods.key.name, "nobody is asked for a certificate",
                hint: "write client-ca below web:, too")
        }
    }

    private func checkTogether() throws(ConfigurationError) {
        if top.isSet("ask"), let command = top.value("ask-command") {
            throw ConfigurationError(
                command.place, command.key.name,
                "a person ('ask') and a program cannot both be "
                    + "asked")
        }
        for peer in peers {
            let vias = peer.section.value("via")
            if let vias, Set(vias.texts + [peer.name]).count != vias.items.count + 1 {
                throw ConfigurationError(
                    vias.place, "peers.\(peer.name).via", "a peer stands twice on the way")
            }
            if let vias, vias.items.count > ForwardOptions.viaLimit {
                throw ConfigurationError(
                    vias.place, "peers.\(peer.name).via",
                    "more than \(ForwardOptions.viaLimit) peers on the way")
            }
            if peer.autostarts, let value = peer.section.values.first(where: { $0.key.isOfNode }) {
                throw ConfigurationError(
                    value.place, "peers.\(peer.name).\(value.key.name)",
                    "it does not go with autostart: a node has one for all its peers",
                    hint: "write it at the top, or start the forwards with p2pfwd \(peer.name)")
            }
            if peer.autostarts, peer.forwards.isEmpty {
                throw ConfigurationError(
                    peer.place, "peers.\(peer.name).autostart", "there are no forwards to start",
                    hint: "write forwards: [\"-L 8080:localhost:80\"]")
            }
        }
    }
}
