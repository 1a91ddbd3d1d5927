/// The eight bytes that say to which connection, and to which of its key generations, a packet
/// goes.
///
/// Chosen at random by the receiver of the packets. On the wire big-endian.
package struct ConnectionID: Hashable, Sendable, BitwiseCopyable {
    /// Bytes on the wire.
    package static let length = 8

    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static func random(from random: any RandomSource) -> ConnectionID {
        ConnectionID(rawValue: random.next())
    }
}

extension ConnectionID: CustomStringConvertible {
    /// The first four hexadecimal digits, as in `conn 3f2a`.
    package var description: String {
        let digits = String(rawValue >> 48, radix: 16)
        return "conn " + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
