/// Reads what configuration files in ssh's form say about one peer.
///
///     Host homebox office-*
///         LocalForward 8080 localhost:80
///         ConnectTimeout 10
///     Host *
///         Include more/*.conf
///
/// A `Host` line (patterns, see `NamePatterns`) or a `Match` line (`all`, `host`, `originalhost`,
/// `localuser`) begins a block that holds for the peers that match. `Include` takes files in where
/// it stands; a name that is not absolute is below the folder of the first file. Of each setting
/// the first value counts, forwards add up. `IgnoreUnknown` takes patterns of keys to pass over.
struct ConfigurationReader {
    /// How deep files may include others.
    private static let depthLimit = 16
    /// How many files may be read in all.
    private static let fileLimit = 256

    private let peer: String
    private let surroundings: Surroundings
    private var settings: [Setting] = []
    private var fileCount = 0
    private var ignored = NamePatterns([])

    init(peer: String, surroundings: Surroundings) {
        self.peer = peer
        self.surroundings = surroundings
    }

    /// The settings of the file at `path`.
    ///
    /// - Parameter isRequired: whether it is an error that there is no such file.
    mutating func read(_ path: String, isRequired: Bool) throws(CommandError) -> [Setting] {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") + "/" : ""
        try read(path, folder: folder, depth: 0, isRequired: isRequired)
        return settings
    }

    private mutating func read(
        _ path: String, folder: String, depth: Int, isRequired: Bool
    ) throws(CommandError) {
        let bytes: [UInt8]?
        do throws(FileError) {
            bytes = try surroundings.readFile(path)
        } catch {
            throw CommandError("configuration", error.description, hint: error.hint, .usage)
        }
        guard let bytes else {
            guard isRequired else { return }
            throw CommandError("configuration", "\(path): there is no such file", .usage)
        }
        fileCount += 1
        guard fileCount <= Self.fileLimit else {
            throw CommandError(
                "configuration", "\(path): more than \(Self.fileLimit) files are included", .usage)
        }
        guard let text = String(validating: bytes, as: UTF8.self), !text.contains("\0") else {
            throw CommandError("configuration", "\(path): this is no text", .usage)
        }
        // Nothing that a file says about other peers reaches behind its end.
        var isActive = true
        // A carriage return and a line feed are one character of Swift.
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            let place = "\(path):\(index + 1)"
            guard let line = try SettingLine(String(line), at: place) else { continue }
            try take(line, &isActive, at: place, folder: folder, depth: depth)
        }
    }

    private mutating func take(
        _ line: SettingLine, _ isActive: inout Bool, at place: String, folder: String, depth: Int
    ) throws(CommandError) {
        switch line.key.lowercased() {
        case "host":
            guard !line.words.isEmpty else {
                throw CommandError("\(place) Host", "it names no peer", .usage)
            }
            isActive = NamePatterns(line.words).match(peer)
        case "match": isActive = try matches(line.words, at: place)
        case "include":
            if isActive { try include(line.words, at: place, folder: folder, depth: depth) }
        case "ignoreunknown":
            ignored = NamePatterns(
                line.words.flatMap { $0.lowercased().split(separator: ",") }
                    .map(String.init))
        case let key where SettingKey(key: key) == nil && ignored.match(key): break
        case let key where !isActive && RefusedSetting.reason(for: key) != nil: break
        case _:
            let setting = try Setting(line.key, line.words, at: place)
            if isActive { settings.append(setting) }
        }
    }

    private mutating func include(
        _ patterns: [String], at place: String, folder: String, depth: Int
    ) throws(CommandError) {
        guard depth < Self.depthLimit else {
            throw CommandError("\(place) Include", "too many files include each other", .usage)
        }
        for pattern in patterns {
            guard let expanded = surroundings.expand(pattern, peer: peer) else {
                throw CommandError(
                    "\(place) Include", "'\(pattern.escapedForMessage)' has an unknown token",
                    .usage)
            }
            var path = expanded
            if path.hasPrefix("~/") {
                path = (surroundings.variable("HOME") ?? "~") + path.dropFirst()
            }
            if !path.hasPrefix("/") { path = folder + path }
            for file in surroundings.matchingFiles(path) {
                try read(file, folder: folder, depth: depth + 1, isRequired: false)
            }
        }
    }

    /// Whether all conditions of a `Match` line hold.
    private func matches(_ words: [String], at place: String) throws(CommandError) -> Bool {
        var rest = words[...]
        var holds = true
        guard !rest.isEmpty else {
            throw CommandError("\(place) Match", "it has no condition", .usage)
        }
        while let word = rest.popFirst() {
            let name = word.lowercased()
            if name == "all" { continue }
            let subject: String
            switch name {
            case "host", "originalhost": subject = peer
            case "localuser": subject = surroundings.userName
            case _:
                throw CommandError(
                    "\(place) Match", "'\(word.escapedForMessage)' is no condition that is known",
                    hint: "write all, host, originalhost or localuser", .usage)
            }
            guard let list = rest.popFirst() else {
                throw CommandError("\(place) Match", "'\(name)' needs a pattern", .usage)
            }
            let patterns = NamePatterns(list.split(separator: ",").map(String.init))
            holds = patterns.match(subject) && holds
        }
        return holds
    }
}
