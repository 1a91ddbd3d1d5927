internal import CZlib
import SRMUDP

/// A stream of raw deflate (RFC 1951) that compresses, in zlib.
final class DeflateStream {
    /// The windows that zlib can write for: of all that there are, it leaves out the smallest.
    static let windowBits = 9...15
    /// How much memory zlib takes for speed: 8 is what it takes by itself. With the largest window
    /// a stream has 256 KiB.
    private static let memoryLevel: Int32 = 8

    private let stream = ZlibStream()

    /// - Parameters:
    ///   - level: 1 (fast) to 9 (small).
    ///   - windowBits: how far back repetitions are looked for, as a power of two of bytes.
    init(level: Int, windowBits: Int) {
        precondition(Self.windowBits.contains(windowBits), "zlib does not write for this window")
        // A negative number of bits stands for a stream without header and checksum.
        let status = deflateInit2_(
            stream.handle, Int32(level), Z_DEFLATED, Int32(-windowBits), Self.memoryLevel,
            Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "no memory")
    }

    deinit { deflateEnd(stream.handle) }

    /// Forgets all that was compressed.
    func reset() { deflateReset(stream.handle) }

    /// Compresses `input` to the beginning of `range`, and flushes: what comes out can be expanded
    /// to all that went in, and ends with an empty block (RFC 7692 section 7.2.1).
    ///
    /// When the room was filled, there may be more: then it is called again with the rest of the
    /// input, even if that is empty.
    func compress(
        _ input: borrowing RawSpan, into storage: inout ByteStorage, _ range: Range<Int>
    ) -> ZlibStream.Progress {
        let (progress, status) = stream.run(input, into: &storage, range) {
            deflate($0, Z_SYNC_FLUSH)
        }
        // The latter when there was nothing left to do.
        precondition(status == Z_OK || status == Z_BUF_ERROR, "memory takes everything")
        return progress
    }
}
