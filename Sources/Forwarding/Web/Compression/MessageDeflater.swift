import SRMUDP

/// Compresses messages (RFC 7692 section 7.2.1).
struct MessageDeflater {
    /// The end of a flushed stream, which no message carries: an empty block without compression.
    static let tail: [UInt8] = [0x00, 0x00, 0xff, 0xff]
    /// What room is given to zlib at a time; more than the six bytes below which it would flush
    /// twice.
    private static let portion = 16_384

    let stream: DeflateStream
    let keepsContext: Bool

    /// Compresses `payload` into `queue`, which is empty.
    ///
    /// - Returns: how many of the bytes in `queue` are the compressed message; nil if it is better
    ///   sent as it is, because it did not become shorter, or because it became so short that an
    ///   expander with limits such as ours would take it for an attack.
    func compress(_ payload: borrowing RawSpan, into queue: inout ByteQueue) -> Int? {
        var offset = 0
        var isFull = true
        while isFull, queue.count < payload.byteCount + Self.tail.count {
            queue.reserve(Self.portion)
            let room = queue.free
            let progress = stream.compress(
                payload.extracting(offset..<payload.byteCount), into: &queue.storage, room)
            offset += progress.consumed
            queue.commit(progress.produced)
            isFull = progress.produced == room.count
        }
        let count = queue.count - Self.tail.count
        let isWorthwhile =
            count < payload.byteCount
            && payload.byteCount <= MessageInflater.plausibleLength(compressedLength: count)
        // A compressor may always forget (section 7.1.1), and has to where the other end would not
        // see what it remembers.
        if !keepsContext || !isWorthwhile { stream.reset() }
        return isWorthwhile ? count : nil
    }
}
