/// A NAT reduced to what tests need: one public UDP port per inner port, changed by `rebind`.
///
/// It keeps no table: the public port is the inner one plus an offset. Before the first rebinding
/// the offset is zero and nothing is rewritten.
struct PortTranslation {
    private var offset: UInt16 = 0

    /// From now on every inner port has another public port; the old ones lead nowhere.
    mutating func rebind() { offset &+= 1009 }

    func outbound(_ packet: UnsafeMutableRawBufferPointer) {
        rewrite(packet, portAt: 0, by: offset)
    }

    func inbound(_ packet: UnsafeMutableRawBufferPointer) {
        rewrite(packet, portAt: 2, by: 0 &- offset)
    }

    private func rewrite(
        _ packet: UnsafeMutableRawBufferPointer, portAt place: Int, by difference: UInt16
    ) {
        guard offset != 0, let udp = InternetPacket.udpOffset(packet) else { return }
        let before = InternetPacket.word(packet, at: udp + place)
        let after = before &+ difference
        InternetPacket.store(after, in: packet, at: udp + place)
        InternetPacket.adjustChecksum(packet, at: udp + 6, from: before, to: after)
    }
}
