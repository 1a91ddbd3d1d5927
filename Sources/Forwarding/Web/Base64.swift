/// Bytes as text with padding (RFC 4648 section 4), as HTTP fields carry them.
package enum Base64 {
    private static let alphabet = [UInt8](
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    /// What each byte stands for; -1 for those outside of the alphabet.
    private static let values: [Int8] = {
        var values = [Int8](repeating: -1, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = Int8(value) }
        return values
    }()
    private static let padding = UInt8(ascii: "=")

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Adds the text to bytes that are one already.
    package static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        let alphabet = alphabet
        text.reserveCapacity(text.count + (bytes.count + 2) / 3 * 4)
        var start = 0
        while start + 2 < bytes.count {
            let value = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
            text.append(alphabet[value >> 18])
            text.append(alphabet[value >> 12 & 63])
            text.append(alphabet[value >> 6 & 63])
            text.append(alphabet[value & 63])
            start += 3
        }
        switch bytes.count - start {
        case 1:
            let value = Int(bytes[start])
            text += [alphabet[value >> 2], alphabet[value << 4 & 63], padding, padding]
        case 2:
            let value = Int(bytes[start]) << 8 | Int(bytes[start + 1])
            text += [
                alphabet[value >> 10], alphabet[value >> 4 & 63], alphabet[value << 2 & 63],
                padding,
            ]
        default: break
        }
    }

    /// Strict: only the alphabet, whole groups, and zeros in the bits that mean nothing.
    package static func decode(_ text: String) -> [UInt8]? {
        let characters = [UInt8](text.utf8)
        let values = values
        guard characters.count % 4 == 0 else { return nil }
        let paddingCount = characters.reversed().prefix(2).prefix { $0 == padding }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 4 * 3)
        var buffer = 0
        var bits = 0
        for character in characters.dropLast(paddingCount) {
            let value = Int(values[Int(character)])
            guard value >= 0 else { return nil }
            buffer = (buffer << 6 | value) & 0xffff
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
        }
        return buffer & (1 << bits - 1) == 0 ? bytes : nil
    }
}
