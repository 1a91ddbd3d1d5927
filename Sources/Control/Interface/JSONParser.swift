/// Reads one JSON value, strictly as RFC 8259 has it, from the whole of some bytes.
///
/// Beyond the grammar these are refused: nesting deeper than 32, a name that occurs twice in an
/// object, half surrogate pairs, and numbers that do not fit.
package struct JSONParser {
    package static let depthLimit = 32

    private let bytes: [UInt8]
    private var offset = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.offset == bytes.count else { throw parser.error(.trailingBytes) }
        return value
    }

    package static func parse(_ text: String) throws(JSONError) -> JSONValue {
        try parse([UInt8](text.utf8))
    }

    // MARK: Values

    /// - Parameter depth: how many arrays and objects are around the value.
    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        skipSpace()
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        default: throw error(.unexpectedByte)
        }
    }

    private mutating func word(
        _ word: StaticString, _ value: JSONValue
    ) throws(JSONError) -> JSONValue {
        for byte in word.description.utf8 { try expect(byte) }
        return value
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= Self.depthLimit else { throw error(.tooDeep) }
        var values: [JSONValue] = []
        offset += 1
        if try skipsEmpty(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            values.append(try value(depth: depth))
        } while try continues(before: UInt8(ascii: "]"))
        return .array(values)
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= Self.depthLimit else { throw error(.tooDeep) }
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        offset += 1
        if try skipsEmpty(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            skipSpace()
            let start = offset
            guard try peek() == UInt8(ascii: "\"") else { throw error(.unexpectedByte) }
            let name = try string()
            guard names.insert(name).inserted else {
                throw JSONError(offset: start, .duplicateName)
            }
            skipSpace()
            try expect(UInt8(ascii: ":"))
            members.append((name, try value(depth: depth)))
        } while try continues(before: UInt8(ascii: "}"))
        return .object(members)
    }

    /// Whether an array or object is over before it has begun.
    private mutating func skipsEmpty(_ end: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        guard try peek() == end else { return false }
        offset += 1
        return true
    }

    /// Whether a comma follows, and not the end of an array or object.
    private mutating func continues(before end: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        let byte = try peek()
        guard byte == end || byte == UInt8(ascii: ",") else { throw error(.unexpectedByte) }
        offset += 1
        return byte != end
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = offset
        if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        // A zero in front stands alone.
        if try peek() == UInt8(ascii: "0") { offset += 1 } else { try skipDigits() }
        var isInteger = true
        if next == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            try skipDigits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isInteger = false
            offset += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { offset += 1 }
            try skipDigits()
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isInteger, let number = Int64(text) { return .number(number) }
        if !isInteger, let decimal = Double(text), decimal.isFinite { return .decimal(decimal) }
        throw JSONError(offset: start, .numberTooLarge)
    }

    /// Skips digits, of which there is one at least.
    private mutating func skipDigits() throws(JSONError) {
        guard Self.isDigit(try peek()) else { throw error(.unexpectedByte) }
        while let next, Self.isDigit(next) { offset += 1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        let start = offset
        offset += 1
        var content: [UInt8] = []
        while true {
            let byte = try peek()
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                guard let string = String(validating: content, as: UTF8.self) else {
                    throw JSONError(offset: start, .invalidUTF8)
                }
                return string
            case UInt8(ascii: "\\"): content += String(try escape()).utf8
            case 0..<0x20: throw error(.controlCharacter)
            default:
                content.append(byte)
                offset += 1
            }
        }
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        let start = offset
        offset += 1
        let byte = try peek()
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try codePoint(start)
        default: throw JSONError(offset: start, .unknownEscape)
        }
    }

    /// What follows `\u`, which began at `start`: four digits, or two times four of a pair.
    private mutating func codePoint(_ start: Int) throws(JSONError) -> Unicode.Scalar {
        let first = try codeUnit()
        // Every code unit but a surrogate is a scalar of its own.
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xdc00, next == UInt8(ascii: "\\") else {
            throw JSONError(offset: start, .loneSurrogate)
        }
        offset += 1
        guard next == UInt8(ascii: "u") else { throw JSONError(offset: start, .loneSurrogate) }
        offset += 1
        let second = try codeUnit()
        guard (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(
                0x1_0000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00))
        else { throw JSONError(offset: start, .loneSurrogate) }
        return scalar
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(try peek())).hexDigitValue else {
                throw error(.unknownEscape)
            }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }

    // MARK: Bytes

    /// The byte at `offset`; nil at the end.
    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private func peek() throws(JSONError) -> UInt8 {
        guard let next else { throw error(.unexpectedEnd) }
        return next
    }

    private mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard try peek() == byte else { throw error(.unexpectedByte) }
        offset += 1
    }

    private mutating func skipSpace() {
        while let next, next == 0x20 || next == 0x0a || next == 0x0d || next == 0x09 {
            offset += 1
        }
    }

    private func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(offset: offset, reason)
    }
}
