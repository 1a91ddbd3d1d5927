/// The head of a data packet, 13 bytes, sent in the clear and authenticated:
///
///     0     kind and key phase: 0x80 or 0x81
///     1-8   destination connection ID
///     9-12  packet number, its low 32 bits
///
/// Behind it stand the sealed frames and a tag of 16 bytes.
struct PacketHeader {
    static let length = 13
    static let tagLength = 16
    /// Header and tag around no frames at all.
    static let overhead = length + tagLength

    var keyPhase: UInt8
    var destination: ConnectionID
    var truncatedPacketNumber: UInt32

    /// Reads the header of the datagram at `range`; nil if it is too short or of another kind.
    init?(_ storage: borrowing ByteStorage, at range: Range<Int>) {
        guard range.count >= Self.overhead else { return nil }
        let kind = storage[range.lowerBound]
        guard kind & 0xfe == DatagramKind.data else { return nil }
        keyPhase = kind & 1
        destination = ConnectionID(
            rawValue: storage.load(at: range.lowerBound + 1, as: UInt64.self))
        truncatedPacketNumber = storage.load(at: range.lowerBound + 9, as: UInt32.self)
    }

    static func write(
        into writer: inout ByteWriter, keyPhase: UInt8, destination: ConnectionID,
        packetNumber: UInt64
    ) {
        writer.write(DatagramKind.data | keyPhase)
        writer.write(destination.rawValue)
        writer.write(UInt32(truncatingIfNeeded: packetNumber))
    }

    /// The full number nearest to `expected` whose low 32 bits are `truncated` (RFC 9000 A.3).
    static func expand(_ truncated: UInt32, expected: UInt64) -> UInt64 {
        let window: UInt64 = 1 << 32
        let candidate = (expected & ~(window - 1)) | UInt64(truncated)
        if candidate + window / 2 <= expected, candidate < (1 << 62) - window {
            return candidate + window
        }
        if candidate > expected + window / 2, candidate >= window {
            return candidate - window
        }
        return candidate
    }
}

/// The first byte of a datagram tells what it is; all kinds share one UDP socket.
package enum DatagramKind {
    /// A data packet; bit 0 is the key phase.
    static let data: UInt8 = 0x80
    static let initiation: UInt8 = 0xf1
    static let response: UInt8 = 0xf2
    static let cookie: UInt8 = 0xf3
    /// Asks a server which address it sees; a server's answer.
    package static let probe: UInt8 = 0xf4
    package static let probeAnswer: UInt8 = 0xf5
    static let version: UInt8 = 0xf6
    /// A datagram within a relay's channel.
    package static let relayed: UInt8 = 0xf7
    /// Asks a server for its static key; a server's answer.
    package static let keyRequest: UInt8 = 0xf8
    package static let keyAnswer: UInt8 = 0xf9
}
