import SRMUDP

/// Names a call: chosen at random by the caller, the same on both sides.
package struct CallID: Hashable, Sendable {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }
}

/// Names a mailbox towards one party. Chosen at random by the server; each party has its own.
package struct MailboxID: Hashable, Sendable {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }
}

/// The number at the beginning of a code, by which a joiner finds the issuer's mailbox.
package struct Nameplate: Hashable, Sendable {
    package let number: UInt32

    package init(_ number: UInt32) { self.number = number }
}

extension Nameplate: CustomStringConvertible {
    package var description: String { "\(number)" }
}

/// Permits two nodes, and only them, to be joined by the relay: 32 random bytes, good for one use.
package struct RelayToken: Hashable, Sendable {
    /// Bytes in a token.
    package static let length = 32

    package let bytes: [UInt8]

    /// Nil unless there are 32 bytes that are not all zero, which on the wire means "no token".
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length, bytes.contains(where: { $0 != 0 }) else { return nil }
        self.bytes = bytes
    }

    /// Under what the token may be looked up and logged: the bytes themselves would tell, by the
    /// time that comparing takes, how much of a guess is right.
    package var digest: [UInt8] { SHA256.digest([UInt8]("p2pfwd relay token".utf8), bytes) }

    /// The first eight bytes, by which a refusal names the request.
    package var reference: UInt64 { bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }

    package static func == (left: RelayToken, right: RelayToken) -> Bool {
        constantTimeEqual(left.bytes, right.bytes)
    }
}

extension RelayToken: CustomStringConvertible, CustomReflectable {
    /// Eight hexadecimal digits of the digest: enough to follow a token through a log.
    package var description: String { hexadecimal(digest.prefix(4)) }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
