import SRMUDP

/// A node's name for itself: its static public key, as text with a checksum.
///
/// `p2p1` and 58 characters of lower-case base32: 32 bytes of key, then the first 4 bytes of
/// SHA-256("p2pfwd node ID" ‖ key).
package struct NodeID: Hashable, Sendable {
    package static let prefix = "p2p1"

    package let publicKey: PublicKey

    package init(_ publicKey: PublicKey) { self.publicKey = publicKey }

    /// Reads the text form; upper case is taken too.
    package init?(_ text: some StringProtocol) {
        let text = text.lowercased()
        guard text.hasPrefix(Self.prefix),
            let bytes = TextCoding.base32.decode(text.dropFirst(Self.prefix.count)),
            bytes.count == PublicKey.length + 4, let key = PublicKey(bytes[..<PublicKey.length]),
            Self.checksum(key) == bytes[PublicKey.length...]
        else { return nil }
        publicKey = key
    }

    private static func checksum(_ key: PublicKey) -> ArraySlice<UInt8> {
        SHA256.digest([UInt8]("p2pfwd node ID".utf8), key.bytes)[..<4]
    }
}

extension NodeID: CustomStringConvertible {
    package var description: String {
        Self.prefix + TextCoding.base32.encode(publicKey.bytes + Self.checksum(publicKey))
    }
}
