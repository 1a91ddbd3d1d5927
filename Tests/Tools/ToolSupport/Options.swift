/// A command line that a tool cannot serve.
package struct UsageError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// The options of a tool: `--name value`, `--name=value` and bare `--flag`.
///
/// Each option is taken by name; what nobody took is an error (`finish`).
package struct Options {
    private var values: [String: String] = [:]

    /// - Throws: `UsageError` for a word that is not an option, and for an option given twice.
    package init(_ arguments: [String], flags: Set<String> = []) throws(UsageError) {
        var index = 0
        while index < arguments.count {
            let word = arguments[index]
            index += 1
            guard word.hasPrefix("--") else { throw UsageError("unexpected word \(word)") }
            var name = String(word.dropFirst(2))
            var value = ""
            if let equals = name.firstIndex(of: "=") {
                value = String(name[name.index(after: equals)...])
                name = String(name[..<equals])
            } else if !flags.contains(name) {
                guard index < arguments.count else { throw UsageError("--\(name) needs a value") }
                value = arguments[index]
                index += 1
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw UsageError("--\(name) is given twice")
            }
        }
    }

    package mutating func flag(_ name: String) -> Bool { values.removeValue(forKey: name) != nil }

    package mutating func string(_ name: String) -> String? { values.removeValue(forKey: name) }

    /// - Throws: `UsageError` when the option is missing.
    package mutating func required(_ name: String) throws(UsageError) -> String {
        guard let value = string(name) else { throw UsageError("--\(name) is missing") }
        return value
    }

    /// - Throws: `UsageError` when the value is no number.
    package mutating func number(_ name: String, default standard: Double) throws(UsageError)
        -> Double
    {
        guard let text = string(name) else { return standard }
        guard let value = Double(text) else { throw UsageError("--\(name): \(text) is no number") }
        return value
    }

    /// - Throws: `UsageError` when the value is no whole number.
    package mutating func integer(_ name: String, default standard: Int) throws(UsageError) -> Int {
        guard let text = string(name) else { return standard }
        guard let value = Int(text) else {
            throw UsageError("--\(name): \(text) is no whole number")
        }
        return value
    }

    /// Takes every option that is left.
    package mutating func takeAll() -> [(name: String, value: String)] {
        defer { values = [:] }
        return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// - Throws: `UsageError` when an option is left that nobody asked for.
    package func finish() throws(UsageError) {
        if let name = values.keys.min() { throw UsageError("unknown option --\(name)") }
    }
}
