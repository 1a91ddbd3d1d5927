import SRMUDP

/// What holds for the node, or for one peer, with where each value comes from.
struct EffectiveValues {
    struct Value: Equatable {
        let key: ConfigurationKey
        /// Empty where nothing is written and there is no value that stands for that.
        let texts: [String]
        /// `default`, or `FILE:LINE:COLUMN`.
        let origin: String
    }

    let values: [Value]

    private let file: ConfigurationFile?
    private let settings: [Setting]

    /// - Parameters:
    ///   - peer: nil for what holds without any.
    ///   - settings: what the file `config` of the home, in the form of ssh_config, says of the
    ///     peer; it comes before p2pfwd.yaml.
    init(file: ConfigurationFile?, peer: String?, settings: [Setting]) {
        self.file = file
        self.settings = settings
        let section = peer.flatMap { file?.peer($0)?.section }
        let keys = peer == nil ? ConfigurationKey.top : ConfigurationKey.peer
        values = keys.map { key in
            Self.ofForwards(key, file, peer, settings) ?? Self.ofSetting(key, settings)
                ?? Self.written(key, section, file)
                ?? Self.written(key, key.place == .peer ? nil : file?.top, file)
                ?? Value(
                    key: key, texts: key.fallbackValue.map { [$0] } ?? [], origin: "default")
        }
    }

    private static func written(
        _ key: ConfigurationKey, _ section: ConfigurationSection?, _ file: ConfigurationFile?
    ) -> Value? {
        guard let value = section?.value(key.name), let file else { return nil }
        return Value(key: key, texts: value.texts, origin: file.origin(value.place))
    }

    private static func ofSetting(_ key: ConfigurationKey, _ settings: [Setting]) -> Value? {
        guard case .setting(let settingKey) = key.equivalent,
            let setting = settings.first(where: { $0.key == settingKey })
        else { return nil }
        let texts: [String]
        switch key.form {
        case .flag: texts = [setting.value == "yes" ? "true" : "false"]
        case .duration:
            texts = [Lifetime(setting.value, defaultUnit: 1)?.description ?? setting.value]
        case .peerName:
            texts =
                setting.value == "none" ? [] : setting.value.split(separator: ",").map(String.init)
        case .words, .number, .rate, .listenAddress, .localAddress, .server, .proxy, .destination,
            .listenRule, .name, .forward, .mask, .file, .webAddress, .webHost, .webOrigin, .method:
            texts = setting.words
        }
        return Value(key: key, texts: texts, origin: setting.origin)
    }

    /// Forwards of both files add up.
    private static func ofForwards(
        _ key: ConfigurationKey, _ file: ConfigurationFile?, _ peer: String?,
        _ settings: [Setting]
    ) -> Value? {
        guard key.form == .forward else { return nil }
        let found = settings.filter { $0.key.forwardKind != nil }
        let ofFile = peer.flatMap { file?.peer($0) }?.section.value(key.name)
        let texts = found.compactMap { setting in
            setting.key.forwardKind.map { "\($0.letter) \(setting.words.joined(separator: ":"))" }
        }
        let origins =
            (found.first.map { [$0.origin] } ?? [])
            + (ofFile.flatMap { value in file.map { [$0.origin(value.place)] } } ?? [])
        guard !origins.isEmpty else { return nil }
        return Value(
            key: key, texts: texts + (ofFile?.texts ?? []),
            origin: origins.joined(separator: ", "))
    }
}

extension EffectiveValues {
    /// As a configuration file in which each line says where it comes from.
    ///
    /// What a node has once for all its peers stands at the top where the peer's forwards begin with
    /// the node: in the peer's own section it would not go with that.
    func text(for peer: String?) -> String {
        let autostarts = values.contains { $0.key.name == "autostart" && $0.texts == ["true"] }
        let isAtTop = { (value: Value) in
            peer == nil || autostarts && value.key.isOfNode && value.key.place != .peer
        }
        let web = values.filter(\.key.isOfWeb)
        let top = values.filter { isAtTop($0) && !$0.key.isOfWeb }
            .map { (text: $0.line, origin: $0.origin) }
        let own = values.filter { !isAtTop($0) }.map { (text: "    " + $0.line, origin: $0.origin) }
        let below = web.map { (text: "  " + $0.line, origin: $0.origin) }
        let width = (top + below + own).map(\.text.count).filter { $0 <= 40 }.max() ?? 0
        let lines = { (part: [(text: String, origin: String)]) in
            part.map { "\($0.text.padded(to: width))  # \($0.origin)" }
        }
        let head = peer.map { ["peers:", "  \($0):"] } ?? []
        // A mapping with nothing but comments in it would have no value.
        let isWebEmpty = web.allSatisfy(\.texts.isEmpty)
        let webHead = web.isEmpty ? [] : [(isWebEmpty ? "# " : "") + "\(ConfigurationKey.webName):"]
        return (lines(top) + webHead + lines(below) + head + lines(own)).joined(separator: "\n")
    }

    func json(for peer: String?) -> JSONValue {
        .object([
            ("file", file.map { .string($0.path) } ?? .null),
            ("peer", peer.map { .string($0) } ?? .null),
            (
                "values",
                .array(
                    values.map { value in
                        .object([
                            ("key", .string(value.key.name)), ("value", value.json),
                            ("origin", .string(value.origin)),
                        ])
                    })
            ),
        ])
    }
}

extension ConfigurationFile {
    package var peerNames: [String] { peers.map(\.name) }

    /// What `p2pfwd config show` prints where there is no other file.
    package func shown(for peer: String?) -> String {
        EffectiveValues(file: self, peer: peer, settings: []).text(for: peer)
    }

    /// The values that hold, of all keys in their order.
    package func values(for peer: String?) -> [[String]] {
        EffectiveValues(file: self, peer: peer, settings: []).values.map(\.texts)
    }
}

extension EffectiveValues.Value {
    /// `key: value`, or a comment where there is no value.
    fileprivate var line: String {
        guard !texts.isEmpty else {
            return origin == "default" ? "# \(key.ownName): \(key.fallback)" : "\(key.ownName): []"
        }
        let quoted = texts.map { YAMLScalar.written($0, isText: key.form.isText) }
        return key.isList
            ? "\(key.ownName): [\(quoted.joined(separator: ", "))]"
            : "\(key.ownName): \(quoted[0])"
    }

    fileprivate var json: JSONValue {
        if key.isList { return .array(texts.map { .string($0) }) }
        guard let text = texts.first else { return .null }
        switch key.form {
        case .flag: return .bool(text == "true")
        case .number: return Int64(text).map { .number($0) } ?? .string(text)
        case .words, .duration, .rate, .listenAddress, .localAddress, .server, .proxy,
            .destination, .listenRule, .peerName, .name, .forward, .mask, .file, .webAddress,
            .webHost, .webOrigin, .method:
            return .string(text)
        }
    }
}

extension ConfigurationForm {
    /// Whether a value must not be taken for a number or a truth value.
    fileprivate var isText: Bool {
        switch self {
        case .flag, .number: false
        case .words, .duration, .rate, .listenAddress, .localAddress, .server, .proxy,
            .destination, .listenRule, .peerName, .name, .forward, .mask, .file, .webAddress,
            .webHost, .webOrigin, .method:
            true
        }
    }
}

/// How a text is written in YAML.
enum YAMLScalar {
    /// - Parameter isText: whether quotes are needed where it would be read as something else.
    static func written(_ text: String, isText: Bool = true) -> String {
        let isSafe = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            case _: "./_+:-".utf8.contains(byte)
            }
        }
        let first = text.first.map { $0.isLetter || $0.isNumber || $0 == "/" } ?? false
        let special = ["true", "false", "yes", "no", "null", "on", "off"]
        let isSpecial = isText && special.contains(text.lowercased())
        if isSafe, first, text.last != ":", !isSpecial { return text }
        return "\"" + text.map { "\"\\".contains($0) ? "\\\($0)" : String($0) }.joined() + "\""
    }
}
