/// What travels over a key link: a text or bytes, whole.
package struct KeyLinkMessage: Equatable {
    package enum Kind: UInt8, Sendable {
        /// UTF-8.
        case text = 0
        case binary = 1
    }

    /// The most bytes that a message may have.
    package static let longest = 16 << 20

    package let kind: Kind
    package let bytes: [UInt8]

    package init(_ kind: Kind, _ bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }
}
