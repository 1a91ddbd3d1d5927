/// What the bytes of a configuration file must be before YAML is looked for in them: UTF-8 without
/// byte order mark, with line feeds alone at the ends of lines, and no control characters besides.
enum YAMLText {
    /// - Throws: the place of the first character that must not be there.
    static func check(_ bytes: [UInt8]) throws(ConfigurationError) {
        var place = TextPlace(line: 1, column: 1)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(
                firstInvalid(in: bytes), "this is not valid UTF-8", hint: "save the file as UTF-8")
        }
        for scalar in text.unicodeScalars {
            if let complaint = complaint(about: scalar) {
                throw ConfigurationError(place, complaint.why, hint: complaint.hint)
            }
            if scalar == "\n" {
                place = TextPlace(line: place.line + 1, column: 1)
            } else {
                place.column += 1
            }
        }
    }

    /// Whether the character may stand in a file; that it is written as an escape changes nothing.
    static func permits(_ scalar: Unicode.Scalar) -> Bool { complaint(about: scalar) == nil }

    private static func complaint(
        about scalar: Unicode.Scalar
    ) -> (why: String, hint: String?)? {
        switch scalar.value {
        case 0x09, 0x0a, 0x20...0x7e: nil
        case 0x0d:
            ("a carriage return ends the line", "save the file with UNIX line ends")
        case 0xfeff: ("there is a byte order mark", "save the file as UTF-8 without one")
        case 0...0x1f, 0x7f...0x9f, 0x2028, 0x2029, 0xfff0...0xffff:
            ("there is a control character (\(hexadecimal(scalar)))", nil)
        default: nil
        }
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The place behind the longest beginning that is valid.
    private static func firstInvalid(in bytes: [UInt8]) -> TextPlace {
        var place = TextPlace(line: 1, column: 1)
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            if scalar == "\n" {
                place = TextPlace(line: place.line + 1, column: 1)
            } else {
                place.column += 1
            }
        }
        return place
    }
}
