/// A place in a text file, as editors count it: both from 1, columns in characters.
package struct TextPlace: Hashable, Sendable {
    package var line: Int
    package var column: Int
}

extension TextPlace: CustomStringConvertible {
    package var description: String { "\(line):\(column)" }
}

/// A value of a YAML text, with the place where it begins.
package struct YAMLNode: Equatable, Sendable {
    package indirect enum Content: Equatable, Sendable {
        /// `isPlain`: without quotes, so that it may also be a number or a truth value.
        case scalar(String, isPlain: Bool)
        case list([YAMLNode])
        case mapping([Entry])
    }

    /// A key and its value; no key stands twice in a mapping.
    package struct Entry: Equatable, Sendable {
        package let key: String
        package let place: TextPlace
        package let value: YAMLNode
    }

    package let place: TextPlace
    package let content: Content
}

extension YAMLNode {
    /// Whether nothing stands where the value would be.
    var isEmpty: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null"].contains(text.lowercased())
    }

    /// What it is, for messages.
    var kind: String {
        switch content {
        case .scalar: "one value"
        case .list: "a list"
        case .mapping: "keys with values"
        }
    }
}
