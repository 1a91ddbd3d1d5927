/// Bytes of a stream from the application's write to the peer's acknowledgement.
///
/// Offsets count from the beginning of the stream:
///
///     0 ...... start ............. sent ............. end
///     (acked)  (in flight, acked   (waiting for       (the next write
///              in parts, or lost)  their first time)  goes here)
///
/// Memory is held for `start`..<`end` only, in blocks of the pool.
struct SendBuffer: ~Copyable {
    private var blocks: BlockTable
    private(set) var start: UInt64 = 0
    private(set) var sent: UInt64 = 0
    private(set) var end: UInt64 = 0
    /// Acknowledged, but not adjoining `start`.
    private var acknowledged = RangeSet()
    /// To be sent again.
    private(set) var lost = RangeSet()

    init(pool: BlockPool) { blocks = BlockTable(pool: pool) }

    var unsentCount: Int { Int(end - sent) }
    /// All bytes that were appended have been acknowledged.
    var isEmpty: Bool { start == end }
    var blockCount: Int { blocks.count }

    /// Copies `bytes` to the end.
    mutating func append(_ bytes: borrowing RawSpan) {
        var done = 0
        while done < bytes.byteCount {
            let (number, position) = Self.place(of: end)
            let count = min(BlockPool.blockSize - position, bytes.byteCount - done)
            let block = blocks.obtain(number)
            block.storage.copy(from: bytes.extracting(done..<done + count), to: position)
            done += count
            end += UInt64(count)
        }
    }

    /// Lends free memory behind the end.
    ///
    /// - Parameters:
    ///   - limit: the most bytes to be lent, of which a list of blocks may hold fewer; > 0.
    ///   - body: writes from the start of the run and returns the number of bytes written, which
    ///     become the stream's next bytes.
    /// - Returns: what `body` returned.
    mutating func withFreeBlocks(
        upTo limit: Int, _ body: (borrowing BlockList) -> Int
    ) -> Int {
        let (number, position) = Self.place(of: end)
        let list = freeBlocks(from: number, position, upTo: limit)
        let count = body(list)
        precondition(count >= 0 && count <= list.byteCount, "more bytes than were lent")
        end += UInt64(count)
        if isEmpty {
            releaseIfIdle()
        } else if list.count > 1 {
            blocks.release(above: Self.place(of: end - 1).number)
        }
        return count
    }

    private mutating func freeBlocks(
        from number: UInt64, _ position: Int, upTo limit: Int
    ) -> BlockList {
        var list = BlockList(start: position)
        var next = number
        while !list.isFull, list.byteCount < limit {
            let count = min(list.space, limit - list.byteCount)
            list.append(blocks.obtain(next), byteCount: count)
            next += 1
        }
        return list
    }

    /// Writes, or lends, a range of bytes that are neither acknowledged nor yet to come.
    func copy(_ range: Range<UInt64>, into writer: inout ByteWriter) {
        precondition(range.lowerBound >= start && range.upperBound <= end, "bytes not held")
        var offset = range.lowerBound
        while offset < range.upperBound {
            let (number, position) = Self.place(of: offset)
            let count = min(BlockPool.blockSize - position, Int(range.upperBound - offset))
            writer.write(blocks[number], position..<position + count)
            offset += UInt64(count)
        }
    }

    /// Takes up to `count` bytes that were lost, to be sent again at once.
    mutating func takeLost(upTo count: Int) -> Range<UInt64>? {
        lost.removeFirst(upTo: UInt64(count))
    }

    /// Takes the next `count` bytes to be sent for the first time; so many there must be.
    mutating func takeUnsent(_ count: Int) -> Range<UInt64> {
        precondition(count >= 0 && count <= unsentCount, "bytes not held")
        let range = sent..<sent + UInt64(count)
        sent = range.upperBound
        return range
    }

    /// The peer has `range`, which was sent.
    mutating func acknowledge(_ range: Range<UInt64>) {
        let range = max(range.lowerBound, start)..<max(range.upperBound, start)
        if range.isEmpty { return }
        if !lost.isEmpty { lost.remove(range) }
        if range.lowerBound > start {
            acknowledged.insert(range)
            return
        }
        start = range.upperBound
        if !acknowledged.isEmpty { joinAcknowledged() }
        blocks.release(below: Self.place(of: start).number)
        releaseIfIdle()
    }

    /// The packet with `range` was lost; what no other packet brought is to be sent again.
    mutating func lose(_ range: Range<UInt64>) {
        var rest = max(range.lowerBound, start)..<max(range.upperBound, start)
        while let gap = acknowledged.firstGap(in: rest) {
            lost.insert(gap)
            rest = gap.upperBound..<rest.upperBound
        }
    }

    /// Forgets all bytes: the stream is reset. `sent` stays, it is the final size.
    mutating func discard() {
        start = sent
        end = sent
        releaseIfIdle()
    }

    private mutating func joinAcknowledged() {
        // `start` may have moved into or beyond ranges acknowledged before.
        while let first = acknowledged.first, first.lowerBound <= start {
            start = max(start, first.upperBound)
            acknowledged.removeAll(below: first.upperBound)
        }
    }

    private mutating func releaseIfIdle() {
        // The block with the free space goes as well: many streams are idle, few are busy.
        if !isEmpty { return }
        blocks.releaseAll(next: Self.place(of: end).number)
        acknowledged.removeAll()
        lost.removeAll()
    }

    private static func place(of offset: UInt64) -> (number: UInt64, position: Int) {
        (offset >> BlockPool.blockShift, Int(offset & UInt64(BlockPool.blockSize - 1)))
    }
}

extension SendBuffer {
    var snapshot: SendBufferSnapshot {
        var writer = ByteWriter(capacity: Int(end - start))
        copy(start..<end, into: &writer)
        return SendBufferSnapshot(
            start: start, sent: sent, acknowledged: acknowledged, bytes: writer.array())
    }

    /// A buffer in which all is lost that was in flight when the snapshot was taken.
    init(restoring snapshot: SendBufferSnapshot, pool: BlockPool) {
        self.init(pool: pool)
        start = snapshot.start
        end = snapshot.start
        blocks.releaseAll(next: Self.place(of: start).number)
        append(snapshot.bytes.span.bytes)
        sent = snapshot.sent
        acknowledged = snapshot.acknowledged
        lose(start..<sent)
    }
}
