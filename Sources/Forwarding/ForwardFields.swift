/// The fields of a forward specification, split as ssh splits them.
///
/// First each `${NAME}` is replaced by the environment's value, and blanks at the start are
/// dropped. Then:
///
/// - A field that begins with `[` runs literally to the next `]`, which ends the field.
/// - Elsewhere `\` takes the next character literally, and `:` ends the field.
/// - A field with a `/` in it (in brackets too, but not behind `\`) is a socket path.
/// - One `:` behind the last field is allowed; more than four fields are not.
///
/// Beyond ssh, `udp/` in front or `/udp` behind the last port says what is carried. A path that
/// begins like that is written `./udp/`; one that ends so is no port, and stays a path.
struct ForwardFields {
    struct Field: Equatable {
        var text: String
        var isPath: Bool
    }

    private(set) var fields: [Field] = []
    private(set) var transport = ForwardSpecification.Transport.tcp

    /// - Parameter isPort: tells a port, a range of ports or the name of a service.
    /// - Throws: the reason, as the part of a sentence.
    init(
        _ text: String, variables: (String) -> String?, isPort: (String) -> Bool
    ) throws(ForwardSpecificationError.Reason) {
        var rest = try Self.expand(text, variables)[...]
        rest = rest.drop { $0 == " " || $0 == "\t" }
        transport = try Self.takeTransport(&rest, isPort)
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

    private static func takeTransport(
        _ rest: inout Substring, _ isPort: (String) -> Bool
    ) throws(ForwardSpecificationError.Reason) -> ForwardSpecification.Transport {
        var found: [ForwardSpecification.Transport] = []
        for transport in ForwardSpecification.Transport.allCases {
            let prefix = "\(transport)/"
            let suffix = "/\(transport)"
            if rest.hasPrefix(prefix) {
                rest = rest.dropFirst(prefix.count)
                found.append(transport)
            }
            if rest.hasSuffix(suffix) {
                let text = rest.dropLast(suffix.count)
                let last = text.split(separator: ":", omittingEmptySubsequences: false).last
                guard isPort(String(last ?? "")) else { continue }
                rest = text
                found.append(transport)
            }
        }
        guard Set(found).count <= 1 else { throw .contradictingProtocols }
        return found.first ?? .tcp
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
