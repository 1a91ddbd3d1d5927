/// The header fields of an HTTP message in their order; names are the same in any case (RFC 9110
/// section 5).
package struct HTTPFields: Equatable, Sendable {
    package struct Field: Equatable, Sendable {
        package let name: String
        package let value: String
    }

    package private(set) var all: [Field] = []

    package init() {}

    package init(_ fields: KeyValuePairs<String, String>) {
        for (name, value) in fields { append(name, value) }
    }

    /// Adds a field. Whatever of `value` a field cannot carry (control characters) is left out, so
    /// that no text can end the line and begin another.
    package mutating func append(_ name: String, _ value: String) {
        precondition(HTTPCharacters.isToken(name.utf8), "a field needs a name")
        let isClean = value.utf8.allSatisfy(HTTPCharacters.isFieldByte)
        let text =
            isClean
            ? value
            : String(decoding: value.utf8.filter(HTTPCharacters.isFieldByte), as: UTF8.self)
        all.append(Field(name: name, value: text))
    }

    /// The fields with one of this name and `value` in the place of all those of this name.
    package func replacing(_ name: String, with value: String) -> HTTPFields {
        var fields = self
        fields.all.removeAll { Self.isSame($0.name, name) }
        fields.append(name, value)
        return fields
    }

    /// Adds those of `others` whose names are not there yet.
    package mutating func complete(with others: HTTPFields) {
        for field in others.all where self[field.name] == nil { append(field.name, field.value) }
    }

    /// The value of the first field of this name.
    package subscript(name: String) -> String? {
        all.first { Self.isSame($0.name, name) }?.value
    }

    /// The values of all fields of this name.
    package func values(_ name: String) -> [String] {
        all.filter { Self.isSame($0.name, name) }.map(\.value)
    }

    /// The elements of all lists of this name (RFC 9110 section 5.6.1), without empty ones.
    package func elements(_ name: String) -> [String] {
        values(name).flatMap { value in
            value.utf8.split(separator: UInt8(ascii: ",")).map { HTTPCharacters.trimmed($0) }
                .filter { !$0.isEmpty }.map { String(Substring($0)) }
        }
    }

    /// Whether a list of this name has `token`, in any case.
    package func hasToken(_ token: String, in name: String) -> Bool {
        elements(name).contains { Self.isSame($0, token) }
    }

    /// Checks what says where the body ends (RFC 9112 section 6).
    ///
    /// - Returns: its length, 0 if there is none, nil if it is sent in chunks.
    package func bodyLength(minorVersion: Int) throws(HTTPHeadError) -> Int? {
        let lengths = values("Content-Length")
        let isCoded = !values("Transfer-Encoding").isEmpty
        if isCoded {
            guard lengths.isEmpty else { throw .contentLengthAndTransferEncoding }
            guard minorVersion > 0 else { throw .transferEncodingInHTTP10 }
            return nil
        }
        guard let text = lengths.first else { return 0 }
        // Longer numbers than this one would need no check but a larger disk.
        guard lengths.count == 1, (1...15).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text)
        else { throw .malformedContentLength }
        return length
    }

    /// The lines, each with its end, and the empty one behind them.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        for field in all { bytes += "\(field.name): \(field.value)\r\n".utf8 }
        return bytes + [0x0d, 0x0a]
    }

    static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { HTTPCharacters.areSame($0, $1) }
    }
}

/// The classes of characters of HTTP (RFC 9110 section 5.6).
enum HTTPCharacters {
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    static func isToken(_ text: some Collection<UInt8>) -> Bool {
        !text.isEmpty && text.allSatisfy(isTokenByte)
    }

    /// What a field's value may have: all but control characters, and of those the tab.
    static func isFieldByte(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7f || byte == 0x09
    }

    /// Letters in any case.
    static func areSame(_ left: UInt8, _ right: UInt8) -> Bool { lowered(left) == lowered(right) }

    /// The bytes without blanks around them. Characters would not do: a blank and a combining mark
    /// behind it are one character.
    static func trimmed<Bytes: BidirectionalCollection<UInt8>>(
        _ bytes: Bytes
    ) -> Bytes.SubSequence {
        guard let first = bytes.firstIndex(where: { !isBlank($0) }),
            let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return bytes[bytes.endIndex...] }
        return bytes[first...last]
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
