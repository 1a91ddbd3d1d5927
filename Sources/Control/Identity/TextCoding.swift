/// Bytes as text without padding: base32 (RFC 4648 section 6, in lower case) for what people read
/// out, base64url (section 5) for what they paste.
///
/// Decoding is strict: only the alphabet, and unused bits at the end must be zero, so that no two
/// texts mean the same bytes.
enum TextCoding {
    case base32
    case base64URL

    private var alphabet: [UInt8] {
        switch self {
        case .base32: [UInt8]("abcdefghijklmnopqrstuvwxyz234567".utf8)
        case .base64URL:
            [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        }
    }

    private var bitsPerCharacter: Int {
        switch self {
        case .base32: 5
        case .base64URL: 6
        }
    }

    func encode(_ bytes: [UInt8]) -> String {
        let alphabet = alphabet
        var text = ""
        var buffer = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | Int(byte)
            bits += 8
            while bits >= bitsPerCharacter {
                bits -= bitsPerCharacter
                text.unicodeScalars.append(Unicode.Scalar(alphabet[buffer >> bits]))
                buffer &= 1 << bits - 1
            }
        }
        if bits > 0 {
            let last = alphabet[buffer << (bitsPerCharacter - bits)]
            text.unicodeScalars.append(Unicode.Scalar(last))
        }
        return text
    }

    func decode(_ text: some StringProtocol) -> [UInt8]? {
        var values = [Int8](repeating: -1, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = Int8(value) }
        var bytes: [UInt8] = []
        var buffer = 0
        var bits = 0
        for character in text.utf8 {
            let value = Int(values[Int(character)])
            guard value >= 0 else { return nil }
            buffer = buffer << bitsPerCharacter | value
            bits += bitsPerCharacter
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            buffer &= 1 << bits - 1
        }
        // Fewer bits than a character left over, all zero: otherwise the text was cut or altered.
        return bits < bitsPerCharacter && buffer == 0 ? bytes : nil
    }
}
