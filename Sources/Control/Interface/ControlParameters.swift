/// The parameters of a call, read one by one.
///
/// Call `expect` with the names of all that the method knows, then the readers. An optional
/// parameter that is `null` counts as left out. Text never contains U+0000, which paths and names
/// cannot have.
package struct ControlParameters: Equatable {
    package let value: JSONValue
    /// What the names of members are shown with, such as `forwards[0].`.
    private let prefix: String

    /// - Parameter value: an object; anything else has no members.
    package init(_ value: JSONValue) { self.init(value, prefix: "") }

    private init(_ value: JSONValue, prefix: String) {
        self.value = value
        self.prefix = prefix
    }

    /// Refuses members that are not in `names`.
    package func expect(_ names: [String]) throws(ControlError) {
        for member in value.members ?? [] where !names.contains(member.name) {
            let near = nearest(to: member.name, among: names)
            throw .invalidParameters(
                "'\(prefix)\(member.name)' is not known", hint: near.map { "did you mean '\($0)'?" }
            )
        }
    }

    package func has(_ name: String) -> Bool { member(name) != nil }

    // MARK: Readers

    package func string(_ name: String) throws(ControlError) -> String {
        try required(name, try optionalString(name))
    }

    package func optionalString(_ name: String) throws(ControlError) -> String? {
        guard let member = member(name) else { return nil }
        return try text(member, name)
    }

    package func integer(
        _ name: String, in range: ClosedRange<Int64>
    ) throws(ControlError) -> Int64 {
        try required(name, try optionalInteger(name, in: range))
    }

    package func optionalInteger(
        _ name: String, in range: ClosedRange<Int64>
    ) throws(ControlError) -> Int64? {
        guard let member = member(name) else { return nil }
        guard let number = member.integerValue, range.contains(number) else {
            throw mistake(
                name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// False if it was left out.
    package func flag(_ name: String) throws(ControlError) -> Bool {
        guard let member = member(name) else { return false }
        guard let flag = member.boolValue else { throw mistake(name, "true or false") }
        return flag
    }

    package func strings(_ name: String) throws(ControlError) -> [String] {
        try required(name, try optionalStrings(name))
    }

    package func optionalStrings(_ name: String) throws(ControlError) -> [String]? {
        guard let member = member(name) else { return nil }
        guard let values = member.arrayValue else { throw mistake(name, "an array of text") }
        var strings: [String] = []
        for (index, value) in values.enumerated() {
            strings.append(try text(value, "\(name)[\(index)]"))
        }
        return strings
    }

    /// The objects of an array, each to be read like this.
    package func objects(_ name: String) throws(ControlError) -> [ControlParameters] {
        let member = try required(name, member(name))
        guard let values = member.arrayValue, values.allSatisfy({ $0.members != nil }) else {
            throw mistake(name, "an array of objects")
        }
        return values.enumerated().map { index, value in
            ControlParameters(value, prefix: "\(prefix)\(name)[\(index)].")
        }
    }

    /// The members of an object whose values are text, in their order; empty if it was left out.
    package func textMembers(
        _ name: String
    ) throws(ControlError) -> [(name: String, value: String)] {
        guard let member = member(name) else { return [] }
        guard let members = member.members else { throw mistake(name, "an object of text") }
        var texts: [(name: String, value: String)] = []
        for member in members {
            texts.append((member.name, try text(member.value, "\(name).\(member.name)")))
        }
        return texts
    }

    /// The members of an object whose values are arrays of text, in their order; empty if it was
    /// left out.
    package func stringListMembers(
        _ name: String
    ) throws(ControlError) -> [(name: String, value: [String])] {
        guard let member = member(name) else { return [] }
        guard let members = member.members else {
            throw mistake(name, "an object of arrays of text")
        }
        let inner = ControlParameters(member, prefix: "\(prefix)\(name).")
        var lists: [(name: String, value: [String])] = []
        for member in members {
            lists.append((member.name, try inner.strings(member.name)))
        }
        return lists
    }

    // MARK: Parts

    /// Nil if it was left out.
    private func member(_ name: String) -> JSONValue? {
        guard let member = value[name], !member.isNull else { return nil }
        return member
    }

    private func required<Value>(
        _ name: String, _ value: Value?
    ) throws(ControlError) -> Value {
        guard let value else { throw .invalidParameters("'\(prefix)\(name)' is missing") }
        return value
    }

    private func text(_ value: JSONValue, _ name: String) throws(ControlError) -> String {
        guard let text = value.stringValue else { throw mistake(name, "text") }
        guard !text.utf8.contains(0) else { throw mistake(name, "text without U+0000") }
        return text
    }

    private func mistake(_ name: String, _ wanted: String) -> ControlError {
        .invalidParameters("'\(prefix)\(name)' must be \(wanted)")
    }
}
