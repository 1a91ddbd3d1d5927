/// A JSON value as text (RFC 8259), for printing on one line; members keep their order.
package struct JSONText: Equatable, Sendable {
    package let text: String

    private init(_ text: String) { self.text = text }

    package static let null = JSONText("null")

    package static func bool(_ bool: Bool) -> JSONText { JSONText(bool ? "true" : "false") }

    package static func number(_ number: Int64) -> JSONText { JSONText("\(number)") }

    package static func string(_ string: String) -> JSONText { JSONText(quoted(string)) }

    package static func array(_ values: [JSONText]) -> JSONText {
        JSONText("[" + values.map(\.text).joined(separator: ",") + "]")
    }

    package static func object(_ members: [(name: String, value: JSONText)]) -> JSONText {
        let texts = members.map { "\(quoted($0.name)):\($0.value.text)" }
        return JSONText("{" + texts.joined(separator: ",") + "}")
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
