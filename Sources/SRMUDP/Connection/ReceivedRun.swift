/// Data packets that came together in one message and name the same connection ID.
struct ReceivedRun {
    /// Those that were opened.
    var packets: [OpenedPacket] = []
    /// How many were replayed or not sealed by the peer.
    private(set) var refusedCount = 0
    /// Where the first datagram begins that does not belong to the run.
    private(set) var end: Int
    private let limit: Int
    private let segmentSize: Int
    private let first: PacketHeader

    /// - Parameters:
    ///   - range: where datagrams of `segmentSize` bytes stand; the last one may be shorter.
    ///   - first: the header of the one at the beginning.
    init(_ range: Range<Int>, segmentSize: Int, first: PacketHeader) {
        end = range.lowerBound
        limit = range.upperBound
        self.segmentSize = segmentSize
        self.first = first
    }

    /// Opens the packets in place, one after the other.
    mutating func open(
        _ storage: inout ByteStorage, keys: inout KeyRatchet, replayWindow: inout ReplayWindow,
        sent: UInt64, retention: Interval, now: Instant
    ) {
        packets.reserveCapacity((limit - end + segmentSize - 1) / segmentSize)
        var header = first
        while true {
            let range = end..<min(end + segmentSize, limit)
            let opened = OpenedPacket(
                &storage, range, header: header, keys: &keys, replayWindow: replayWindow,
                sent: sent, retention: retention, now: now)
            if var packet = opened {
                packet.isNewest = replayWindow.insert(packet.number)
                packets.append(packet)
            } else {
                refusedCount += 1
            }
            end = range.upperBound
            guard end < limit,
                let next = PacketHeader(storage, at: end..<min(end + segmentSize, limit)),
                next.destination == first.destination
            else { return }
            header = next
        }
    }

    /// Leaves the first packet out, for want of keys.
    mutating func skipFirst() {
        refusedCount += 1
        end = min(end + segmentSize, limit)
    }
}
