import SRMUDP

/// Checks UTF-8 that arrives in pieces, and knows at the first wrong byte (RFC 3629 section 4).
struct UTF8Validator {
    /// Continuation bytes that must still come.
    private var missing = 0
    /// What the next continuation byte may be; the first of a character has narrower bounds, which
    /// exclude overlong forms, surrogates and what lies beyond U+10FFFF.
    private var continuation: ClosedRange<UInt8> = 0x80...0xbf

    /// Whether what was fed ends with a whole character.
    var isComplete: Bool { missing == 0 }

    /// Whether the bytes of `range` may follow those fed before.
    mutating func accepts(_ storage: borrowing ByteStorage, _ range: Range<Int>) -> Bool {
        var offset = range.lowerBound
        while offset < range.upperBound {
            if missing == 0 {
                // Most text is ASCII.
                offset += storage.countASCII(offset..<range.upperBound)
                guard offset < range.upperBound else { return true }
            }
            guard accepts(storage[offset]) else { return false }
            offset += 1
        }
        return true
    }

    /// Whether `bytes` are UTF-8 and end with a whole character.
    static func isValid(_ bytes: some Sequence<UInt8>) -> Bool {
        var validator = UTF8Validator()
        return bytes.allSatisfy { validator.accepts($0) } && validator.isComplete
    }

    private mutating func accepts(_ byte: UInt8) -> Bool {
        if missing > 0 {
            guard continuation.contains(byte) else { return false }
            missing -= 1
            continuation = 0x80...0xbf
            return true
        }
        switch byte {
        case 0..<0x80: return true
        case 0xc2...0xdf: missing = 1
        case 0xe0: begin(2, 0xa0...0xbf)
        case 0xed: begin(2, 0x80...0x9f)
        case 0xe1...0xef: missing = 2
        case 0xf0: begin(3, 0x90...0xbf)
        case 0xf1...0xf3: missing = 3
        case 0xf4: begin(3, 0x80...0x8f)
        default: return false
        }
        return true
    }

    private mutating func begin(_ count: Int, _ next: ClosedRange<UInt8>) {
        missing = count
        continuation = next
    }
}
