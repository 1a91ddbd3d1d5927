/// How a relay's datagrams are laid out.
///
///     RELAYED   F7 | channel 8 | a datagram of n bytes
///     STRAY     F7 | channel 8
///
/// A side of a channel sends RELAYED under the ID that the server gave to it, and gets it under the
/// same ID: the server writes the receiver's in the place of the sender's, and touches nothing
/// behind. With STRAY the server says that the ID is right, but that it knows this side at another
/// address; once the side's connection with the server has spoken from here, datagrams flow again.
package enum RelayFormat {
    /// What comes before the datagram.
    package static let headerLength = 9
    static let channelOffset = 1

    /// The channel of the datagram in `range`, whose kind was looked at before; nil if it is
    /// shorter than a header.
    static func channel(
        _ storage: borrowing ByteStorage, _ range: Range<Int>
    ) -> RelayChannelID? {
        guard range.count >= headerLength else { return nil }
        return RelayChannelID(
            storage.load(at: range.lowerBound + channelOffset, as: UInt64.self))
    }

    static func stray(_ channel: RelayChannelID) -> [UInt8] {
        [DatagramKind.relayed] + channel.bytes
    }
}

/// What one side of a channel calls it: eight random bytes, known to this side and the server only.
package struct RelayChannelID: Hashable, Sendable, BitwiseCopyable {
    /// The length of `bytes`.
    package static let length = 8

    /// The bytes as a big-endian number.
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }

    /// Nil unless there are eight.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        number = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    package var bytes: [UInt8] {
        (0..<Self.length).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
    }
}

extension RelayChannelID: CustomStringConvertible {
    /// The first four hexadecimal digits: who knows all of it may try to use the channel.
    package var description: String { hexadecimal(bytes.prefix(2)) }
}
