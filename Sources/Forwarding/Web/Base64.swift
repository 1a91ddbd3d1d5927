/// Bytes as text with padding (RFC 4648 section 4), as HTTP fields carry them.
package enum Base64 {
    private static let alphabet = [UInt8](
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    package static func encode(_ bytes: [UInt8]) -> String {
        let alphabet = alphabet
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var start = 0
        while start < bytes.count {
            let count = min(3, bytes.count - start)
            var value = 0
            for index in 0..<3 {
                value = value << 8 | (index < count ? Int(bytes[start + index]) : 0)
            }
            for index in 0..<4 {
                text.append(index <= count ? alphabet[value >> (18 - 6 * index) & 63] : padding)
            }
            start += count
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Strict: only the alphabet, whole groups, and zeros in the bits that mean nothing.
    package static func decode(_ text: String) -> [UInt8]? {
        let characters = [UInt8](text.utf8)
        guard characters.count % 4 == 0 else { return nil }
        let values = values
        let paddingCount = characters.suffix(2).reversed().prefix { $0 == padding }.count
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

    /// What each byte stands for; negative for those that are not in the alphabet.
    private static let values: [Int8] = {
        var values = [Int8](repeating: -1, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = Int8(value) }
        return values
    }()
}
