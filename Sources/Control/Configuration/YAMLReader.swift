internal import CYAML

/// Reads one YAML document into a tree, with the part of YAML that a configuration needs: mappings
/// with text as keys, lists, and text in all its styles.
///
/// Refused with their place are anchors, aliases, tags, merge keys, keys that stand twice, and a
/// second document. So nothing grows beyond what the text has, and every value stands where it is
/// written. Depth and number of values are bounded.
package final class YAMLReader {
    /// How deep lists and mappings may be in each other.
    package static let depthLimit = 32
    /// How many values, and keys, a text may have.
    package static let valueLimit = 65_536

    private let reader: UnsafeMutablePointer<cyaml_reader>
    private var event: cyaml_event
    private var valueCount = 0

    /// - Returns: nil for a text without any value.
    package static func read(_ bytes: [UInt8]) throws(ConfigurationError) -> YAMLNode? {
        try YAMLText.check(bytes)
        guard let reader = YAMLReader(bytes) else {
            throw ConfigurationError(TextPlace(line: 1, column: 1), "there is no memory to read it")
        }
        return try reader.document()
    }

    private init?(_ bytes: [UInt8]) {
        guard let reader = cyaml_open(bytes, bytes.count) else { return nil }
        self.reader = reader
        event = cyaml_next(reader)
    }

    deinit { cyaml_close(reader) }

    private var place: TextPlace {
        TextPlace(line: Int(event.line) + 1, column: Int(event.column) + 1)
    }

    private func advance() throws(ConfigurationError) {
        event = cyaml_next(reader)
        guard event.kind != CYAML_FAILURE else { throw failure }
    }

    private var failure: ConfigurationError {
        let problem = event.problem.map { String(cString: $0) } ?? "there is no memory to read it"
        return ConfigurationError(
            place, "this is no YAML: \(problem)",
            hint: "text with one of [ ] { } * & ! # % : \" ' in it may need quotes")
    }

    private func document() throws(ConfigurationError) -> YAMLNode? {
        guard event.kind != CYAML_FAILURE else { throw failure }
        try advance()
        guard event.kind == CYAML_DOCUMENT else { return nil }
        try advance()
        let root = try value(depth: 0)
        guard event.kind == CYAML_DOCUMENT_END else { throw unexpected }
        try advance()
        guard event.kind == CYAML_END else {
            throw ConfigurationError(
                place, "a second document begins", hint: "there is one in a file: remove the ---")
        }
        return root.isEmpty ? nil : root
    }

    /// libyaml gives its events in an order that makes this impossible.
    private var unexpected: ConfigurationError { ConfigurationError(place, "nothing fits here") }

    /// The value that the last event begins; the event behind it is the last one then.
    private func value(depth: Int) throws(ConfigurationError) -> YAMLNode {
        let start = place
        try checkValue(depth: depth)
        switch event.kind {
        case CYAML_SCALAR:
            let isPlain = event.is_plain
            let text = scalar()
            guard text.unicodeScalars.allSatisfy({ $0 != "\n" && YAMLText.permits($0) }) else {
                throw ConfigurationError(start, "a value is one line without control characters")
            }
            try advance()
            return YAMLNode(place: start, content: .scalar(text, isPlain: isPlain))
        case CYAML_SEQUENCE:
            try advance()
            var items: [YAMLNode] = []
            while event.kind != CYAML_SEQUENCE_END { items.append(try value(depth: depth + 1)) }
            try advance()
            return YAMLNode(place: start, content: .list(items))
        case CYAML_MAPPING:
            try advance()
            let entries = try entries(depth: depth + 1)
            try advance()
            return YAMLNode(place: start, content: .mapping(entries))
        default: throw unexpected
        }
    }

    private func checkValue(depth: Int) throws(ConfigurationError) {
        valueCount += 1
        guard valueCount <= Self.valueLimit else {
            throw ConfigurationError(place, "more than \(Self.valueLimit) values")
        }
        guard depth < Self.depthLimit || event.kind == CYAML_SCALAR else {
            throw ConfigurationError(place, "more than \(Self.depthLimit) levels in each other")
        }
        guard event.kind != CYAML_ALIAS else {
            throw ConfigurationError(
                place, "aliases are not read", hint: "text that begins with * needs quotes: '*:80'")
        }
        guard !event.has_anchor else {
            throw ConfigurationError(
                place, "anchors are not read", hint: "text that begins with & needs quotes")
        }
        guard !event.has_tag else {
            throw ConfigurationError(
                place, "tags are not read", hint: "text that begins with ! needs quotes")
        }
    }

    private func entries(depth: Int) throws(ConfigurationError) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var places: [String: TextPlace] = [:]
        while event.kind != CYAML_MAPPING_END {
            let start = place
            let isPlain = event.is_plain
            let key = try value(depth: depth)
            guard case .scalar(let name, _) = key.content, !key.isEmpty else {
                throw ConfigurationError(start, "\(key.isEmpty ? "nothing" : key.kind) as a key")
            }
            guard name != "<<" || !isPlain else {
                throw ConfigurationError(start, name, "merge keys are not read")
            }
            if let first = places.updateValue(start, forKey: name) {
                throw ConfigurationError(
                    start, name, "it stands twice, the first time in line \(first.line)")
            }
            entries.append(.init(key: name, place: start, value: try value(depth: depth)))
        }
        return entries
    }

    private func scalar() -> String {
        var bytes = [UInt8](repeating: 0, count: event.length)
        cyaml_copy(reader, &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
