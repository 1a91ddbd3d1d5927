/// One setting with where it was written.
struct Setting: Equatable {
    let key: SettingKey
    /// At least one; words and flags are as `SettingKey.form` spells them.
    let words: [String]
    /// For messages: `-o Hold`, or `~/config:12 Hold`.
    let origin: String

    var value: String { words.joined(separator: " ") }

    /// - Throws: that the key is not known or not possible here, or the value is not one of it.
    init(_ name: String, _ words: [String], at place: String) throws(CommandError) {
        guard let key = SettingKey(key: name) else { throw Self.unknown(name, at: place) }
        self.key = key
        origin = "\(place) \(key.rawValue)"
        guard let first = words.first, !words.contains("") else {
            throw .usage(
                origin, "it has no value", hint: "write \(key.rawValue)=\(key.values)")
        }
        guard !key.takesWords else {
            self.words = words
            return
        }
        guard words.count == 1 else {
            throw .usage(origin, "'\(words[1].escapedForMessage)' is one word too many")
        }
        guard let checked = key.checked(first) else {
            let shown = first.escapedForMessage
            if let reason = key.refusal(of: first.lowercased()) {
                throw .usage(origin, "'\(shown)' is not possible: \(reason)")
            }
            throw .usage(
                origin, "'\(shown)' is no value of it", hint: "write one of: \(key.values)")
        }
        self.words = [checked]
    }

    private static func unknown(_ name: String, at place: String) -> CommandError {
        let shown = name.escapedForMessage
        if let reason = RefusedSetting.reason(for: name) {
            return .usage("\(place) \(shown)", "it has no meaning here: \(reason)")
        }
        let near = nearest(to: name, among: SettingKey.allCases.map(\.rawValue))
        return .usage(
            place, "unknown key '\(shown)'",
            hint: near.map { "did you mean '\($0)'?" } ?? "p2pfwd --help")
    }
}

extension SettingKey {
    /// The value in its usual spelling; nil if it is none.
    fileprivate func checked(_ value: String) -> String? {
        let lower = value.lowercased()
        switch form {
        case .flag:
            return ["yes", "true", "on"].contains(lower)
                ? "yes" : ["no", "false", "off"].contains(lower) ? "no" : nil
        case .words(let words): return words.first { $0.lowercased() == lower }
        case .number(let range):
            return Int(value).flatMap { range.contains($0) ? "\($0)" : nil }
        case .duration(let takesSeconds):
            // ssh's "no interval" is 0.
            if self == .serverAliveInterval, value == "0" { return value }
            return Lifetime(value, defaultUnit: takesSeconds ? 1 : nil).map { _ in value }
        case .mask:
            return UInt16(value, radix: 8).flatMap { $0 <= 0o777 ? octal(UInt32($0)) : nil }
        case .text: return value
        }
    }
}

/// The settings of one command in the order in which they count: the command line before the
/// configuration file, each from its beginning.
struct SettingList: Equatable {
    private(set) var settings: [Setting] = []

    /// - Parameter options: the values of `-o`: `Key=value` or `Key value`.
    init(options: [String]) throws(CommandError) {
        for text in options {
            guard let line = try SettingLine(text, at: "-o") else {
                throw .usage("option '-o'", "it sets nothing", hint: "write -o KEY=VALUE")
            }
            settings.append(try Setting(line.key, line.words, at: "-o"))
        }
    }

    mutating func append(_ others: [Setting]) { settings += others }

    /// The value that counts.
    func first(_ key: SettingKey) -> Setting? { settings.first { $0.key == key } }

    func all(_ key: SettingKey) -> [Setting] { settings.filter { $0.key == key } }

    func flag(_ key: SettingKey) -> Bool? { first(key).map { $0.value == "yes" } }

    /// The value as a length of time; nil where it is not set, and for an interval of 0.
    func lifetime(_ key: SettingKey) -> Lifetime? {
        first(key).flatMap { Lifetime($0.value, defaultUnit: 1) }
    }
}
