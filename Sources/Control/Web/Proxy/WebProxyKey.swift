import SRMUDP

/// What a client gives as `encryption_key`: all that the two ends of a link know of each other.
///
/// It is never shown, not even where it is refused.
package struct WebProxyKey {
    /// For the link.
    package let linkKey: KeyLinkKey
    private let secret: SecretBytes

    /// - Throws: for what a `KeyLinkKey` cannot be.
    package init(_ text: String) throws(WebProxyRefusal) {
        do throws(KeyLinkKeyError) {
            linkKey = try KeyLinkKey(text: [UInt8](text.utf8))
        } catch {
            throw .parameters("'encryption_key': \(error)")
        }
        secret = SecretBytes([UInt8](text.utf8))
    }
}

extension WebProxyKey: Equatable {
    package static func == (left: WebProxyKey, right: WebProxyKey) -> Bool {
        left.secret == right.secret
    }
}

extension WebProxyKey: CustomStringConvertible {
    package var description: String { "<redacted>" }
}
