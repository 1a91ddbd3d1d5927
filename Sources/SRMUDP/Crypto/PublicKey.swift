/// The public half of an X25519 key pair, 32 bytes; of a static pair it is a node's identity.
///
/// Ordered bytewise: where both ends of a connection are equal in all else, the smaller key
/// decides.
package struct PublicKey: Hashable, Sendable, BitwiseCopyable {
    /// Bytes in a key.
    package static let length = 32

    // Four words in the order of the bytes, so that comparing words compares bytes.
    private let words: InlineArray<4, UInt64>

    /// - Parameter bytes: 32 bytes; any other count gives nil.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        var words = InlineArray<4, UInt64>(repeating: 0)
        for (offset, byte) in bytes.enumerated() {
            words[offset / 8] = words[offset / 8] << 8 | UInt64(byte)
        }
        self.words = words
    }

    package var bytes: [UInt8] {
        (0..<Self.length).map { offset in
            UInt8(truncatingIfNeeded: words[offset / 8] >> UInt64(56 - offset % 8 * 8))
        }
    }

    package static func == (left: PublicKey, right: PublicKey) -> Bool {
        left.words.indices.allSatisfy { left.words[$0] == right.words[$0] }
    }

    package func hash(into hasher: inout Hasher) {
        for index in words.indices { hasher.combine(words[index]) }
    }
}

extension PublicKey: Comparable {
    package static func < (left: PublicKey, right: PublicKey) -> Bool {
        for index in left.words.indices where left.words[index] != right.words[index] {
            return left.words[index] < right.words[index]
        }
        return false
    }
}

extension PublicKey: CustomStringConvertible {
    /// The first eight hexadecimal digits, enough to tell keys apart in a log.
    package var description: String { hexadecimal(bytes.prefix(4)) }
}

/// Two lower-case hexadecimal digits per byte.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    return bytes.reduce(into: "") { text, byte in
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
}
