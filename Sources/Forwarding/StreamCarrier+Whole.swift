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
