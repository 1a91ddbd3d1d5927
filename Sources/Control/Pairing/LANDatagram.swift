import SRMUDP

/// A message of the pairing exchange as a datagram on the local network.
///
///     offset  bytes
///          0      4  "p2pf"
///          4      1  version, 1
///          5      1  direction: 1 from the joiner, 2 from the issuer
///          6      8  tag of the code's number: SHA-256("p2pfwd code on a LAN" ‖ number 4), its first
///                    8 bytes
///         14      n  the message, at most 1,186 bytes
///
/// The joiner calls to the groups below, at their port; all else goes from machine to machine. Who
/// does not know the tag gets no answer, not even a refusal. An answer is not longer than what it
/// answers, by more than what a card may take.
package struct LANDatagram: Equatable {
    package enum Direction: UInt8, Sendable {
        case toIssuer = 1
        case toJoiner = 2
    }

    /// Not used by others; outside the range from which systems take ports for outgoing connections,
    /// and of that from which nodes choose theirs.
    package static let port: UInt16 = 18_266
    /// Within the organisation-local part of the administratively scoped block (RFC 2365 section 6).
    package static let groupIPv4 = SocketAddress(IPAddress(ipv4: 0xefff_7066), port: port)
    /// ff12::7032:7066, link-local and transient: nobody assigns such addresses (RFC 4291 section
    /// 2.7).
    package static let groupIPv6 = SocketAddress(
        IPAddress(high: 0xff12_0000_0000_0000, low: 0x7032_7066), port: port)
    package static let lengthLimit = headerLength + PairingMessage.lengthLimit

    private static let magic: [UInt8] = [0x70, 0x32, 0x70, 0x66]
    private static let version: UInt8 = 1
    private static let headerLength = 14
    static let tagLength = 8

    package let direction: Direction
    package let tag: [UInt8]
    package let message: [UInt8]

    package init(_ direction: Direction, tag: [UInt8], message: [UInt8]) {
        precondition(
            tag.count == Self.tagLength && message.count <= PairingMessage.lengthLimit,
            "a message fits into a datagram")
        self.direction = direction
        self.tag = tag
        self.message = message
    }

    package static func tag(of nameplate: UInt32) -> [UInt8] {
        let number = (0..<4).map { UInt8(truncatingIfNeeded: nameplate >> (24 - 8 * $0)) }
        let digest = SHA256.digest([UInt8]("p2pfwd code on a LAN".utf8), number)
        return Array(digest.prefix(tagLength))
    }

    package var encoded: [UInt8] {
        Self.magic + [Self.version, direction.rawValue] + tag + message
    }

    /// Nil for whatever is not such a datagram of this version.
    package init?(decoding bytes: [UInt8]) {
        guard bytes.count > Self.headerLength, bytes.count <= Self.lengthLimit,
            Array(bytes[..<4]) == Self.magic, bytes[4] == Self.version,
            let direction = Direction(rawValue: bytes[5])
        else { return nil }
        self.init(
            direction, tag: Array(bytes[6..<Self.headerLength]),
            message: Array(bytes[Self.headerLength...]))
    }
}
