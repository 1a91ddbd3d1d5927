import SRMUDP

// For users of streams that deal in whole messages rather than in bytes.
extension StreamCarrier {
    /// Appends all of `bytes` (at most 64 KiB), or nothing where there is no room for them.
    /// - Returns: whether they were taken.
    func writeWhole(_ stream: StreamID, _ bytes: [UInt8]) -> Bool {
        guard writableBytes(stream) >= bytes.count else { return false }
        let count = withFreeSpace(stream, upTo: bytes.count) { blocks in
            guard blocks.byteCount == bytes.count else { return 0 }
            blocks.store(bytes.span.bytes)
            return bytes.count
        }
        return count == bytes.count
    }

    /// Takes all that has arrived; what a peer can have sent ahead is bounded by its credit.
    func readAll(_ stream: StreamID) -> (bytes: [UInt8], status: StreamReadStatus) {
        var bytes: [UInt8] = []
        let status = withReadable(stream) { blocks in
            var piece = ByteStorage(uncleared: blocks.byteCount)
            blocks.copy(blocks.byteCount, to: &piece, at: 0)
            bytes += piece.array(0..<piece.count)
            return blocks.byteCount
        }
        return (bytes, status)
    }
}

/// Reads the reply at the beginning of a stream that we opened.
struct OpenReplyReader {
    private var parser = OpenReplyParser()

    /// Takes what has arrived.
    /// - Returns: the reply, or one that says what came in its place; nil as long as it is not
    ///   complete.
    mutating func read(_ stream: StreamID, of carrier: any StreamCarrier) -> OpenReply? {
        var reply: OpenReply?
        var isInvalid = false
        var parser = parser
        let status = carrier.withReadable(stream) { blocks in
            for offset in 0..<blocks.byteCount {
                do {
                    reply = try parser.receive(blocks.byte(at: offset))
                } catch {
                    isInvalid = true
                }
                if reply != nil || isInvalid { return offset + 1 }
            }
            return blocks.byteCount
        }
        self.parser = parser
        if let reply { return reply }
        if case .reset = status {
            return OpenReply(
                .generalFailure, detail: "the far side gave up without a reply")
        }
        guard isInvalid || status == .finished else { return nil }
        return OpenReply(.generalFailure, detail: "the far side sent an unreadable reply")
    }
}
