import SRMUDP

/// What follows the `OpenReply` to a LISTEN that was granted: where the listeners are.
///
///     offset  size  field
///     0       1     count
///     1       18 n  addresses, as `SocketAddress.encoded`
///
/// For a UNIX socket the count is 0. Nothing follows; the stream stays open for as long as the
/// listeners are.
package struct ListenAnswer: Equatable, Sendable {
    package let addresses: [SocketAddress]

    /// More than 255 addresses, which no machine listens at for one forward, are left out.
    package init(addresses: [SocketAddress]) { self.addresses = Array(addresses.prefix(255)) }

    package var encoded: [UInt8] {
        [UInt8(addresses.count)] + addresses.flatMap(\.encoded)
    }
}

/// Reads a `ListenAnswer` byte by byte, so that it may arrive in any pieces.
package struct ListenAnswerParser {
    private var bytes: [UInt8] = []

    package init() {}

    /// Takes the next byte.
    /// - Returns: the answer with its last byte, nil before that.
    package mutating func receive(_ byte: UInt8) -> ListenAnswer? {
        bytes.append(byte)
        let length = SocketAddress.encodedLength
        guard bytes.count == 1 + Int(bytes[0]) * length else { return nil }
        let addresses = stride(from: 1, to: bytes.count, by: length).compactMap { start in
            SocketAddress(encoded: Array(bytes[start..<start + length]))
        }
        return ListenAnswer(addresses: addresses)
    }
}
