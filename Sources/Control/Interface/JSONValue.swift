/// A JSON value (RFC 8259). Members of an object keep their order.
package enum JSONValue: Sendable {
    package typealias Member = (name: String, value: JSONValue)

    case null
    case bool(Bool)
    case number(Int64)
    /// A number with a fraction or an exponent. What is not finite is written as `null`.
    case decimal(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// The value on one line, without white space between its parts.
    package var text: String {
        switch self {
        case .null: return "null"
        case .bool(let bool): return bool ? "true" : "false"
        case .number(let number): return "\(number)"
        case .decimal(let decimal): return decimal.isFinite ? "\(decimal)" : "null"
        case .string(let string): return Self.quoted(string)
        case .array(let values): return "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            let texts = members.map { "\(Self.quoted($0.name)):\($0.value.text)" }
            return "{" + texts.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

/// Looking into a value: each of these is nil if the value is of another kind.
extension JSONValue {
    /// The member `name` of an object.
    package subscript(name: String) -> JSONValue? {
        members?.first { $0.name == name }?.value
    }

    package var stringValue: String? {
        guard case .string(let string) = self else { return nil }
        return string
    }

    package var integerValue: Int64? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    /// A number of either kind.
    package var decimalValue: Double? {
        switch self {
        case .number(let number): Double(number)
        case .decimal(let decimal): decimal
        case .null, .bool, .string, .array, .object: nil
        }
    }

    package var boolValue: Bool? {
        guard case .bool(let bool) = self else { return nil }
        return bool
    }

    package var arrayValue: [JSONValue]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    package var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    package var isNull: Bool {
        guard case .null = self else { return false }
        return true
    }
}

extension JSONValue: Equatable {
    /// Whether both are written alike: members count in their order.
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.decimal(let left), .decimal(let right)): left == right
        case (.string(let left), .string(let right)): left == right
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0 == $1 }
        case (.null, _), (.bool, _), (.number, _), (.decimal, _), (.string, _), (.array, _),
            (.object, _):
            false
        }
    }
}
