import SRMUDP

/// What the two ends of a key link share, and all that they know of each other.
///
/// Written either as `key:` and 32 random bytes in base64url (43 characters), or as a password of
/// at least 8 characters, from which a key is stretched (`SharedKey.derive`).
package struct KeyLinkKey {
    enum Content {
        case raw(SecretBytes)
        /// Checked, so that a key can be derived from it.
        case password(SecretBytes)
    }

    /// The longest text, in bytes.
    package static let longestText = 1_024
    private static let rawPrefix = "key:"

    let content: Content

    /// - Parameter text: as it was typed or received, without white space or a line's end around it.
    package init(text: [UInt8]) throws(KeyLinkKeyError) {
        guard !text.isEmpty else { throw .empty }
        guard text.count <= Self.longestText else { throw .tooLong }
        guard let string = String(validating: text, as: UTF8.self) else { throw .notUTF8 }
        if string.utf8.starts(with: Self.rawPrefix.utf8) {
            guard var key = TextCoding.base64URL.decode(string.dropFirst(Self.rawPrefix.count)),
                key.count == PublicKey.length
            else { throw .malformed }
            content = .raw(SecretBytes(taking: &key))
        } else {
            guard string.count >= SharedKey.minimumLength else { throw .tooShort }
            content = .password(SecretBytes(text))
        }
    }

    /// - Parameter key: 32 bytes.
    package init?(raw key: SecretBytes) {
        guard key.count == PublicKey.length else { return nil }
        content = .raw(key)
    }
}

extension KeyLinkKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What is wrong with the text of a key; it is never part of the message.
package enum KeyLinkKeyError: Error, Equatable {
    case empty
    case tooShort
    case tooLong
    case notUTF8
    /// It begins with `key:`, but 43 characters of base64url do not follow.
    case malformed
}

extension KeyLinkKeyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "the key is empty"
        case .tooShort: "a password has at least \(SharedKey.minimumLength) characters"
        case .tooLong: "a key has at most \(KeyLinkKey.longestText) bytes"
        case .notUTF8: "the key is not UTF-8"
        case .malformed: "behind 'key:' there are not 43 characters of base64url, 32 bytes"
        }
    }
}
