import ToolSupport

/// Damages packets so that the damage reaches the program under test.
///
/// A flipped bit in a UDP datagram would fail the UDP checksum, and the kernel would turn it into
/// plain loss; so the checksum is made to fit again.
protocol PacketEditor {
    /// Bytes of IP and UDP headers that the packets as seen here do not contain.
    var headerBytesOutside: Int { get }

    /// Flips one bit of the payload.
    func corrupt(_ packet: UnsafeMutableRawBufferPointer, _ generator: inout SeededGenerator)

    /// Cuts the end of the payload off and returns the new length of the packet.
    func truncate(_ packet: UnsafeMutableRawBufferPointer, _ generator: inout SeededGenerator)
        -> Int
}

/// Edits bare UDP payloads (UDP mode).
struct DatagramEditor: PacketEditor {
    let headerBytesOutside = 28

    func corrupt(_ packet: UnsafeMutableRawBufferPointer, _ generator: inout SeededGenerator) {
        guard !packet.isEmpty else { return }
        packet[generator.below(packet.count)] ^= 1 << UInt8(generator.below(8))
    }

    func truncate(_ packet: UnsafeMutableRawBufferPointer, _ generator: inout SeededGenerator)
        -> Int
    {
        generator.below(packet.count)
    }
}

/// Edits whole IP packets (TUN mode).
///
/// Only UDP is damaged invisibly; other protocols lose their packet to the kernel's checksum test.
struct InternetPacketEditor: PacketEditor {
    let headerBytesOutside = 0

    func corrupt(_ packet: UnsafeMutableRawBufferPointer, _ generator: inout SeededGenerator) {
        guard let udp = InternetPacket.udpOffset(packet), packet.count > udp + 8 else {
            if packet.count > 40 { packet[packet.count - 1] ^= 1 }
            return
        }
        let offset = udp + 8 + generator.below(packet.count - udp - 8)
        let byte = packet[offset] ^ (1 << UInt8(generator.below(8)))
        // The checksum covers words counted from the start of the UDP header, which is even.
        let word = offset & ~1
        let isLast = word + 1 >= packet.count
        let before = InternetPacket.word(packet, at: word, isLast: isLast)
        packet[offset] = byte
        let after = InternetPacket.word(packet, at: word, isLast: isLast)
        InternetPacket.adjustChecksum(packet, at: udp + 6, from: before, to: after)
    }

    func truncate(_ packet: UnsafeMutableRawBufferPointer, _ generator: inout SeededGenerator)
        -> Int
    {
        // An IPv6 datagram must have a checksum, so that only IPv4 ones are cut.
        guard packet[0] >> 4 == 4, let udp = InternetPacket.udpOffset(packet) else {
            return packet.count
        }
        let length = udp + 8 + generator.below(packet.count - udp - 8)
        let oldLength = InternetPacket.word(packet, at: 2)
        InternetPacket.store(UInt16(length), in: packet, at: 2)
        InternetPacket.adjustChecksum(packet, at: 10, from: oldLength, to: UInt16(length))
        InternetPacket.store(UInt16(length - udp), in: packet, at: udp + 4)
        InternetPacket.store(0, in: packet, at: udp + 6)
        return length
    }
}

/// Fields of IPv4, IPv6 and UDP headers.
enum InternetPacket {
    /// Where the UDP header begins, or nil when this is no whole UDP packet.
    static func udpOffset(_ packet: UnsafeMutableRawBufferPointer) -> Int? {
        guard packet.count >= 28 else { return nil }
        switch packet[0] >> 4 {
        case 4:
            let offset = Int(packet[0] & 15) * 4
            let isFragment = word(packet, at: 6) & 0x3fff != 0
            let isUDP = packet[9] == 17 && !isFragment && packet.count >= offset + 8
            return isUDP ? offset : nil
        case 6: return packet[6] == 17 && packet.count >= 48 ? 40 : nil
        default: return nil
        }
    }

    /// The big-endian word at `offset`; the last byte of an odd length counts as a high byte.
    static func word(
        _ packet: UnsafeMutableRawBufferPointer, at offset: Int, isLast: Bool = false
    ) -> UInt16 {
        UInt16(packet[offset]) << 8 | (isLast ? 0 : UInt16(packet[offset + 1]))
    }

    static func store(
        _ value: UInt16, in packet: UnsafeMutableRawBufferPointer, at offset: Int
    ) {
        packet[offset] = UInt8(value >> 8)
        packet[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    /// Updates an Internet checksum for one changed word (RFC 1624, equation 3); a UDP checksum of
    /// zero means "none" and stays.
    static func adjustChecksum(
        _ packet: UnsafeMutableRawBufferPointer, at offset: Int, from before: UInt16,
        to after: UInt16
    ) {
        let checksum = word(packet, at: offset)
        guard checksum != 0 else { return }
        var sum = UInt32(~checksum) + UInt32(~before) + UInt32(after)
        sum = (sum & 0xffff) + (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16)
        let adjusted = ~UInt16(truncatingIfNeeded: sum)
        store(adjusted == 0 ? 0xffff : adjusted, in: packet, at: offset)
    }
}
