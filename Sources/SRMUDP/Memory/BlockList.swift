/// Up to eight blocks that hold a run of a stream's bytes, lent to whoever reads or writes them.
///
/// The run begins anywhere in the first block and ends anywhere in the last; between them blocks
/// are full. One system call moves all of it, and the list itself takes no memory from the heap.
package struct BlockList: ~Copyable {
    /// So many blocks at most: 128 KiB, beyond which larger calls save nothing more.
    package static let capacity = 8

    private var blocks = InlineArray<8, Block?>(repeating: nil)
    /// Where the run begins in the first block.
    private let start: Int
    /// How many blocks there are.
    package private(set) var count = 0
    /// How many bytes the run has.
    package private(set) var byteCount = 0

    /// An empty list whose run will begin at that position of its first block.
    package init(start: Int) {
        precondition(start >= 0 && start < BlockPool.blockSize, "a position outside the block")
        self.start = start
    }

    var isFull: Bool { count == Self.capacity }

    /// How many bytes the next block can add.
    package var space: Int { count == 0 ? BlockPool.blockSize - start : BlockPool.blockSize }

    /// Adds `byteCount` (above 0) bytes in another block; the list is not full, but the block
    /// before is.
    package mutating func append(_ block: Block, byteCount: Int) {
        precondition(byteCount > 0 && byteCount <= space, "more bytes than the block has")
        precondition(
            start + self.byteCount == count * BlockPool.blockSize || count == 0,
            "a gap in the run")
        blocks[count] = block
        count += 1
        self.byteCount += byteCount
    }

    /// The block of that index.
    subscript(index: Int) -> Block {
        guard index < count, let block = blocks[index] else {
            preconditionFailure("no such block")
        }
        return block
    }

    /// The part of the block of that index that belongs to the run.
    func range(_ index: Int) -> Range<Int> {
        let lower = index == 0 ? start : 0
        let upper = start + byteCount - index * BlockPool.blockSize
        return lower..<min(upper, BlockPool.blockSize)
    }

    /// The byte at `offset` of the run.
    package func byte(at offset: Int) -> UInt8 {
        let place = start + offset
        return self[place >> Int(BlockPool.blockShift)]
            .storage[place & (BlockPool.blockSize - 1)]
    }

    /// Stores a byte at `offset` of the run.
    package func store(_ byte: UInt8, at offset: Int) {
        let place = start + offset
        self[place >> Int(BlockPool.blockShift)]
            .storage[place & (BlockPool.blockSize - 1)] = byte
    }

    /// Copies the first `count` bytes of the run to `offset` of `storage`.
    package func copy(_ count: Int, to storage: inout ByteStorage, at offset: Int) {
        precondition(count <= byteCount, "more bytes than the run has")
        var copied = 0
        var index = 0
        while copied < count {
            let part = range(index).prefix(count - copied)
            self[index].withBytes(part) { storage.copy(from: $0, to: offset + copied) }
            copied += part.count
            index += 1
        }
    }

    /// Stores `bytes`, which fit, at the beginning of the run.
    package func store(_ bytes: borrowing RawSpan) {
        precondition(bytes.byteCount <= byteCount, "more bytes than the run has room for")
        var stored = 0
        var index = 0
        while stored < bytes.byteCount {
            let part = range(index).prefix(bytes.byteCount - stored)
            self[index].storage.copy(
                from: bytes.extracting(stored..<stored + part.count), to: part.lowerBound)
            stored += part.count
            index += 1
        }
    }

    /// A copy of the first `count` bytes of the run.
    package func array(count: Int) -> [UInt8] { (0..<count).map { byte(at: $0) } }
}
