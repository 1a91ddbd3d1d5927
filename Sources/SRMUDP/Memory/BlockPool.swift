/// One piece of stream memory of `BlockPool.blockSize` bytes.
///
/// Buffers refer to their blocks by number (stream offset / block size), so a block is an object.
package final class Block {
    // Streams read only what they stored, and most of them store a few bytes. Seen by this module
    // alone, so that accesses are checked when it is compiled and not for each packet.
    var storage = ByteStorage(uncleared: BlockPool.blockSize)

    package init() {}

    /// Lends a part of the block.
    func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.withBytes(range, body)
    }
}

extension ByteStorage {
    // A span cannot be taken straight from a property of an object: the access to the property
    // would end before the span does. Here the access lasts for the whole call.
    fileprivate func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(bytes(range))
    }
}

/// Recycles the memory that holds stream data, for all streams of one event loop.
///
/// A stream takes a block when bytes arrive and returns it when the last of them has gone, so an
/// idle stream holds none, and the blocks of busy streams stay warm in the processor's cache (the
/// block returned last is given out first). Free blocks beyond `maximumFreeCount` go back to the
/// system at once; `trim` returns those that a quiet time has shown to be too many.
package final class BlockPool {
    /// Bytes per block; a power of two.
    package static let blockSize = 16_384
    static let blockShift: UInt64 = 14

    private var free: [Block] = []
    private let maximumFreeCount: Int
    /// The fewest free blocks there were since the last `trim`: so many were not needed.
    private var unneededCount = 0
    /// How many blocks are in buffers now.
    package var countInUse: Int { takenCount }
    private var takenCount = 0
    /// How many blocks were given back to the system since `takeReleasedCount`.
    private var releasedCount = 0

    /// - Parameter maximumFreeCount: how many free blocks are kept; 1024 are 16 MiB.
    package init(maximumFreeCount: Int = 1024) { self.maximumFreeCount = maximumFreeCount }

    package var freeCount: Int { free.count }

    /// A block with arbitrary content.
    package func take() -> Block {
        takenCount += 1
        guard let block = free.popLast() else { return Block() }
        unneededCount = min(unneededCount, free.count)
        return block
    }

    package func give(_ block: consuming Block) {
        takenCount -= 1
        if free.count < maximumFreeCount { free.append(block) } else { releasedCount += 1 }
    }

    /// Gives the memory back that nobody needed since the last call; to be called now and then
    /// (once in a few seconds) and when a connection becomes idle.
    package func trim() {
        let surplus = min(unneededCount, free.count)
        free.removeLast(surplus)
        releasedCount += surplus
        if free.isEmpty { free = [] }
        unneededCount = free.count
    }

    /// How many blocks went since the last call.
    package func takeReleasedCount() -> Int {
        defer { releasedCount = 0 }
        return releasedCount
    }
}
