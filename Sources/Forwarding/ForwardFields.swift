/// The fields of a forward specification, split as ssh splits them.
///
/// First each `${NAME}` is replaced by the environment's value, and blanks at the start are
/// dropped. Then:
///
/// - A field that begins with `[` runs literally to the next `]`, which ends the field.
/// - Elsewhere `\` takes the next character literally, and `:` ends the field.
/// - A field with a `/` in it (in brackets too, but not behind `\`) is a socket path.
/// - One `:` behind the last field is allowed; more than four fields are not.
struct ForwardFields {
    struct Field: Equatable {
        var text: String
        var isPath: Bool
    }

    private(set) var fields: [Field] = []

    /// - Throws: the reason, as the part of a sentence.
    init(_ text: String, variables: (String) -> String?) throws(ForwardSpecificationError.Reason) {
        var rest = try Self.expand(text, variables)[...]
        rest = rest.drop { $0 == " " || $0 == "\t" }
        while !rest.isEmpty {
            guard fields.count < 4 else { throw .tooManyFields }
            fields.append(
                rest.first == "[" ? try Self.bracketed(&rest) : try Self.escaped(&rest))
        }
    }

    private static func expand(
        _ text: String, _ variables: (String) -> String?
    ) throws(ForwardSpecificationError.Reason) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.first {
            guard character == "$", rest.dropFirst().first == "{" else {
                result.append(character)
                rest = rest.dropFirst()
                continue
            }
            guard let end = rest.firstIndex(of: "}") else { throw .unfinishedVariable }
            let name = String(rest[..<end].dropFirst(2))
            guard let value = variables(name) else { throw .unknownVariable(name) }
            result += value
            rest = rest[rest.index(after: end)...]
        }
        return result
    }

    private static func bracketed(
        _ rest: inout Substring
    ) throws(ForwardSpecificationError.Reason) -> Field {
        guard let end = rest.firstIndex(of: "]") else { throw .unfinishedBracket }
        let text = String(rest[..<end].dropFirst())
        rest = rest[rest.index(after: end)...]
        guard rest.isEmpty || rest.first == ":" else { throw .unfinishedBracket }
        rest = rest.dropFirst()
        return Field(text: text, isPath: text.contains("/"))
    }

    private static func escaped(
        _ rest: inout Substring
    ) throws(ForwardSpecificationError.Reason) -> Field {
        var field = Field(text: "", isPath: false)
        while let character = rest.popFirst() {
            if character == ":" { break }
            if character == "\\" {
                guard let next = rest.popFirst() else { throw .unfinishedEscape }
                field.text.append(next)
            } else {
                field.text.append(character)
                if character == "/" { field.isPath = true }
            }
        }
        return field
    }
}
