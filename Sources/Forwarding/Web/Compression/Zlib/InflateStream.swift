internal import CZlib
import SRMUDP

/// A stream of raw deflate (RFC 1951) that expands, in zlib.
final class InflateStream {
    enum Outcome: Equatable {
        /// More input or more room is needed.
        case partial
        /// A last block has ended. What follows is taken for further blocks of the same stream.
        case last
        /// The input is no deflate; only `reset` helps.
        case malformed
    }

    /// Whether the input so far ended with a whole block, and the block with a whole byte.
    private(set) var isBetweenBlocks = false
    private let stream = ZlibStream()

    /// - Parameter windowBits: 8...15; how far back the compressor looked for repetitions, as a
    ///   power of two of bytes.
    init(windowBits: Int) {
        let status = inflateInit2_(
            stream.handle, Int32(-windowBits), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "no memory")
    }

    deinit { inflateEnd(stream.handle) }

    /// Forgets all that was expanded.
    func reset() { inflateReset(stream.handle) }

    /// Expands `input` to the beginning of `range`, which is not empty.
    ///
    /// When the room was filled, there may be more: then it is called again with the rest of the
    /// input, even if that is empty.
    func expand(
        _ input: borrowing RawSpan, into storage: inout ByteStorage, _ range: Range<Int>
    ) -> (ZlibStream.Progress, Outcome) {
        let (progress, status) = stream.run(input, into: &storage, range) {
            inflate($0, Z_SYNC_FLUSH)
        }
        return (progress, outcome(of: status))
    }

    private func outcome(of status: Int32) -> Outcome {
        switch status {
        case Z_OK, Z_BUF_ERROR:
            // The number of bits that are not used yet, and 128 more behind a block.
            isBetweenBlocks = stream.handle.pointee.data_type == 128
            return .partial
        case Z_STREAM_END:
            // The window stays: blocks behind the last one may refer to what came before it.
            inflateResetKeep(stream.handle)
            isBetweenBlocks = true
            return .last
        case Z_DATA_ERROR: return .malformed
        default: preconditionFailure("no memory")
        }
    }
}
