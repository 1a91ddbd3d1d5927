import SRMUDP

/// What a client gives as `encryption_key`: all that the two ends of a link know of each other.
///
/// It is never shown, not even where it is refused.
struct WebProxyKey: Equatable {
    /// Bytes of UTF-8.
    static let limit = 1024

    private let secret: SecretBytes

    /// - Throws: for fewer than eight characters, or more than `limit` bytes.
    init(_ text: String) throws(WebProxyRefusal) {
        guard text.count >= SharedKey.minimumLength else {
            throw .parameters(
                "'encryption_key' has fewer than \(SharedKey.minimumLength) characters")
        }
        guard text.utf8.count <= Self.limit else {
            throw .parameters("'encryption_key' has more than \(Self.limit) bytes")
        }
        secret = SecretBytes([UInt8](text.utf8))
    }

    /// The text, for who makes the link.
    var text: String { String(decoding: secret.exposed, as: UTF8.self) }
}

extension WebProxyKey: CustomStringConvertible {
    var description: String { "<redacted>" }
}
