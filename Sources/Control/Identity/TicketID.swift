import SRMUDP

/// Names one issued ticket; 16 random bytes. It travels inside the handshake, encrypted.
package struct TicketID: Hashable, Sendable {
    package static let length = 16

    package let bytes: [UInt8]

    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = bytes
    }

    package static func random(from random: any RandomSource) -> TicketID {
        // As many bytes as asked for.
        TicketID(random.bytes(count: length))!
    }

    /// As it stands in files: base64url.
    init?(text: String) {
        guard let bytes = TextCoding.base64URL.decode(text) else { return nil }
        self.init(bytes)
    }

    var text: String { TextCoding.base64URL.encode(bytes) }
}

extension TicketID: CustomStringConvertible {
    /// The first eight base32 characters, enough to tell tickets apart in a log.
    package var description: String { String(TextCoding.base32.encode(bytes).prefix(8)) }
}
