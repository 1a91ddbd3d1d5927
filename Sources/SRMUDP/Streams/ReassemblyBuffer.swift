/// Puts the bytes of a stream, which arrive in any order, back in order.
///
/// Bytes are copied once, into the place in the block where the application will find them, and
/// lent from there. Memory is held only for blocks that contain unread bytes, so it is bounded by
/// the flow-control window (and one block more).
struct ReassemblyBuffer: ~Copyable {
    private var blocks: BlockTable
    /// How many bytes the application has consumed.
    private(set) var consumed: UInt64 = 0
    /// Everything before this offset has arrived.
    private(set) var contiguousEnd: UInt64 = 0
    /// What arrived ahead of a gap.
    private var ahead = RangeSet()
    /// Every lost packet makes a gap, so there may be thousands in a large window. A peer that cuts
    /// its bytes into crumbs makes more, to have us move long lists about.
    static let maximumGapCount = 16_384

    init(pool: BlockPool) { blocks = BlockTable(pool: pool) }

    /// How many bytes can be read now.
    var readableCount: Int { Int(contiguousEnd - consumed) }
    var blockCount: Int { blocks.count }

    /// Stores `bytes` at `offset`; what had arrived before stays as it was.
    ///
    /// - Parameter offset: `offset + bytes.byteCount` is at most 2^62 and within the window.
    /// - Throws: `changedData` if bytes that still wait to be read arrive again with other content;
    ///   `fragmentation` if there are more gaps than loss explains.
    mutating func insert(_ bytes: RawSpan, at offset: UInt64) throws(StreamError) {
        let end = offset + UInt64(bytes.byteCount)
        if offset == contiguousEnd, ahead.isEmpty {
            store(bytes, from: offset, range: offset..<end)
            contiguousEnd = end
            return
        }
        var position = min(max(offset, consumed), end)
        let old = position..<max(position, min(end, contiguousEnd))
        guard matches(bytes, from: offset, range: old) else { throw .changedData }
        position = old.upperBound
        while position < end {
            let gap = ahead.firstGap(in: position..<end) ?? end..<end
            guard matches(bytes, from: offset, range: position..<gap.lowerBound) else {
                throw .changedData
            }
            store(bytes, from: offset, range: gap)
            position = gap.upperBound
        }
        if end > contiguousEnd { try extend(to: max(offset, contiguousEnd)..<end) }
    }

    /// Lends the next bytes: up to the end of a block, so perhaps not all that can be read.
    func withReadableBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let (block, range) = readablePart else { return try body(RawSpan()) }
        return try block.withBytes(range, body)
    }

    /// Lends the next bytes, as many as a list of blocks holds; none if there are none.
    func withReadableBlocks<Result>(_ body: (borrowing BlockList) -> Result) -> Result {
        var list = BlockList(start: Int(consumed & UInt64(BlockPool.blockSize - 1)))
        var number = consumed >> BlockPool.blockShift
        while !list.isFull, list.byteCount < readableCount {
            let count = min(list.space, readableCount - list.byteCount)
            list.append(blocks[number], byteCount: count)
            number += 1
        }
        return body(list)
    }

    /// Releases the first `count` of the readable bytes.
    mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= readableCount, "more bytes than can be read")
        consumed += UInt64(count)
        let number = consumed >> BlockPool.blockShift
        if consumed == contiguousEnd, ahead.isEmpty {
            ahead.removeAll()
            blocks.releaseAll(next: number)
        } else {
            blocks.release(below: number)
        }
    }

    /// Forgets all bytes: nobody will read them.
    mutating func discard() {
        consumed = contiguousEnd
        ahead.removeAll()
        blocks.releaseAll(next: consumed >> BlockPool.blockShift)
    }

    private var readablePart: (Block, Range<Int>)? {
        if readableCount == 0 { return nil }
        let position = Int(consumed & UInt64(BlockPool.blockSize - 1))
        let count = min(readableCount, BlockPool.blockSize - position)
        return (blocks[consumed >> BlockPool.blockShift], position..<position + count)
    }

    private mutating func extend(to range: Range<UInt64>) throws(StreamError) {
        ahead.insert(range)
        guard ahead.count <= Self.maximumGapCount else { throw .fragmentation }
        guard let first = ahead.first, first.lowerBound <= contiguousEnd else { return }
        contiguousEnd = first.upperBound
        ahead.removeAll(below: contiguousEnd)
    }

    /// Copies the part `range` of `bytes`, which begin at the stream offset `origin`.
    private mutating func store(_ bytes: RawSpan, from origin: UInt64, range: Range<UInt64>) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let part = Self.part(of: range, at: offset)
            let source = Int(offset - origin)
            let block = blocks.obtain(offset >> BlockPool.blockShift)
            block.storage.copy(
                from: bytes.extracting(source..<source + part.count), to: part.lowerBound)
            offset += UInt64(part.count)
        }
    }

    /// Whether the part `range` of `bytes` is what is stored already.
    private func matches(_ bytes: RawSpan, from origin: UInt64, range: Range<UInt64>) -> Bool {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let part = Self.part(of: range, at: offset)
            let source = Int(offset - origin)
            let block = blocks[offset >> BlockPool.blockShift]
            let given = bytes.extracting(source..<source + part.count)
            guard block.withBytes(part, { given.hasSameBytes(as: $0) }) else { return false }
            offset += UInt64(part.count)
        }
        return true
    }

    /// The part of the block at `offset` that lies within `range`.
    private static func part(of range: Range<UInt64>, at offset: UInt64) -> Range<Int> {
        let position = Int(offset & UInt64(BlockPool.blockSize - 1))
        let count = min(UInt64(BlockPool.blockSize - position), range.upperBound - offset)
        return position..<position + Int(count)
    }
}

extension ReassemblyBuffer {
    var snapshot: ReassemblySnapshot {
        ReassemblySnapshot(
            consumed: consumed, bytes: bytes(consumed..<contiguousEnd), ahead: ahead,
            aheadBytes: ahead.ranges.flatMap { bytes($0) })
    }

    init(restoring snapshot: ReassemblySnapshot, pool: BlockPool) {
        self.init(pool: pool)
        consumed = snapshot.consumed
        contiguousEnd = consumed + UInt64(snapshot.bytes.count)
        blocks.releaseAll(next: consumed >> BlockPool.blockShift)
        store(snapshot.bytes.span.bytes, from: consumed, range: consumed..<contiguousEnd)
        ahead = snapshot.ahead
        var position = 0
        for range in ahead.ranges {
            let count = Int(range.upperBound - range.lowerBound)
            let part = snapshot.aheadBytes.span.bytes.extracting(position..<position + count)
            store(part, from: range.lowerBound, range: range)
            position += count
        }
    }

    /// Bytes that are stored.
    private func bytes(_ range: Range<UInt64>) -> [UInt8] {
        var writer = ByteWriter(capacity: Int(range.upperBound - range.lowerBound))
        var offset = range.lowerBound
        while offset < range.upperBound {
            let part = Self.part(of: range, at: offset)
            blocks[offset >> BlockPool.blockShift].withBytes(part) { writer.write($0) }
            offset += UInt64(part.count)
        }
        return writer.array()
    }
}

extension RawSpan {
    /// Compares eight bytes at a time.
    fileprivate func hasSameBytes(as other: borrowing RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        var offset = 0
        while offset + 8 <= byteCount {
            let left = unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let right = other.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if left != right { return false }
            offset += 8
        }
        while offset < byteCount {
            let left = unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
            if left != other.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self) {
                return false
            }
            offset += 1
        }
        return true
    }
}
