/// A data packet whose tag was right; its frames stand in the clear in the datagram's storage.
struct OpenedPacket {
    let number: UInt64
    /// Where the frames are.
    let frames: Range<Int>
    /// The length of the datagram.
    let bytes: Int
    /// Its number is above those of all packets before it.
    var isNewest = false
    /// The peer waits for an ACK of it.
    var isACKEliciting = false

    /// Finds the packet's number, asks the replay window, and opens the packet in place; nil if it
    /// came before or was not sealed by the peer.
    ///
    /// `sent` is our own next packet number, in case the peer has renewed its keys, and `retention`
    /// how long the older ones are kept then.
    init?(
        _ storage: inout ByteStorage, _ range: Range<Int>, header: PacketHeader,
        keys: inout KeyRatchet, replayWindow: borrowing ReplayWindow, sent: UInt64,
        retention: Interval, now: Instant
    ) {
        number = PacketHeader.expand(header.truncatedPacketNumber, expected: replayWindow.next)
        bytes = range.count
        let start = range.lowerBound + PacketHeader.length
        frames = start..<range.upperBound - PacketHeader.tagLength
        guard replayWindow.accepts(number),
            keys.open(
                &storage, header: range.lowerBound..<start, sealed: start..<range.upperBound,
                phase: header.keyPhase, packetNumber: number, nextPacketNumber: sent,
                retention: retention, now: now)
        else { return nil }
    }
}
