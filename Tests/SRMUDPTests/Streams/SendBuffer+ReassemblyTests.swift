import TestSupport
import Testing

@testable import SRMUDP

@Suite("Buffers of a stream") struct StreamBufferTests {
    private let size = BlockPool.blockSize

    @Test("bytes appended in any portions are copied out in any portions")
    func portions() {
        let random = SeededRandomSource(seed: 3)
        let pool = BlockPool()
        var buffer = SendBuffer(pool: pool)
        let bytes = pattern(200_000)
        var end = 0
        while end < bytes.count {
            let count = min(bytes.count - end, Int(random.next(below: 40_000)))
            buffer.append(bytes.span.bytes.extracting(end..<end + count))
            end += count
        }

        var writer = ByteWriter(capacity: bytes.count)
        while buffer.unsentCount > 0 {
            let count = min(buffer.unsentCount, Int(1 + random.next(below: 20_000)))
            buffer.copy(buffer.takeUnsent(count), into: &writer)
        }

        let copied = writer.array()
        #expect(copied == bytes)
    }

    @Test("a block goes back as soon as its last byte is acknowledged")
    func blocks() {
        let pool = BlockPool()
        var buffer = SendBuffer(pool: pool)
        let bytes = pattern(3 * BlockPool.blockSize)
        buffer.append(bytes.span.bytes)
        _ = buffer.takeUnsent(bytes.count)
        let size = UInt64(BlockPool.blockSize)

        var counts = [pool.countInUse]
        for range in [size..<2 * size, 0..<size, 2 * size..<2 * size + 1, 2 * size..<3 * size] {
            buffer.acknowledge(range)
            counts.append(pool.countInUse)
        }

        #expect(counts == [3, 3, 1, 1, 0])
    }

    @Test("a lender that writes nothing leaves nothing behind")
    func emptyLoan() {
        let pool = BlockPool()
        var buffer = SendBuffer(pool: pool)

        let none = buffer.withFreeBlocks(upTo: 100) { $0.byteCount - 100 }
        let countAfterNone = pool.countInUse
        let some = buffer.withFreeBlocks(upTo: 100) { blocks in
            for offset in 0..<4 { blocks.store(UInt8(offset), at: offset) }
            return 4
        }

        #expect(none == 0 && countAfterNone == 0)
        #expect(some == 4 && buffer.unsentCount == 4)
    }

    @Test("blocks that were lent and not filled go back to the pool")
    func partlyUsedLoan() {
        let pool = BlockPool()
        var buffer = SendBuffer(pool: pool)
        buffer.append(pattern(1000).span.bytes)
        var lent: [Int] = []

        for used in [size - 1000, size + 5, size - 5, 0, 8 * size] {
            _ = buffer.withFreeBlocks(upTo: 8 * size + 100) { blocks in
                lent.append(blocks.byteCount)
                return min(used, blocks.byteCount)
            }
            #expect(pool.countInUse == (Int(buffer.end) + size - 1) / size)
        }

        // The first loan begins behind the bytes there are; each ends with the eighth block.
        #expect(lent == [8 * size - 1000, 8 * size, 8 * size - 5, 8 * size, 8 * size])
        #expect(buffer.end == UInt64(11 * size))
    }

    @Test("a loan goes on in the next block where the first has too little room")
    func loanAcrossBlocks() {
        let pool = BlockPool()
        var buffer = SendBuffer(pool: pool)
        buffer.append(pattern(1000).span.bytes)
        var lent: [Int] = []

        for limit in [100, size, 2 * size] {
            _ = buffer.withFreeBlocks(upTo: limit) { blocks in
                lent.append(blocks.byteCount)
                return 0
            }
        }

        #expect(lent == [100, size, 2 * size])
        #expect(pool.countInUse == 1)
    }

    @Test("several blocks are lent to the reader at once, from where it stopped")
    func readableBlocks() throws {
        let bytes = pattern(10 * size)
        var buffer = ReassemblyBuffer(pool: BlockPool())
        try buffer.insert(bytes.span.bytes, at: 0)
        var result: [UInt8] = []
        var counts: [Int] = []

        for taken in [10, 3 * size, Int.max, Int.max, Int.max] {
            let count = buffer.withReadableBlocks { blocks in
                counts.append(blocks.byteCount)
                result += blocks.array(count: min(taken, blocks.byteCount))
                return min(taken, blocks.byteCount)
            }
            buffer.consume(count)
        }

        #expect(counts == [8 * size, 8 * size - 10, 7 * size - 10, 0, 0])
        #expect(result == bytes)
    }

    @Test("bytes are put in order, whatever order they arrive in")
    func reassembly() throws {
        let random = SeededRandomSource(seed: 11)
        let pool = BlockPool()
        var buffer = ReassemblyBuffer(pool: pool)
        let bytes = pattern(150_000)
        var result: [UInt8] = []
        while result.count < bytes.count {
            let lower = Int(random.next(below: UInt64(bytes.count)))
            let near = random.next(below: 2) == 0 ? lower : min(lower, result.count)
            let count = min(bytes.count - near, Int(random.next(below: 30_000)))
            try buffer.insert(bytes.span.bytes.extracting(near..<near + count), at: UInt64(near))
            if random.next(below: 3) == 0, buffer.readableCount > 0 {
                let part = buffer.withReadableBytes { $0.withUnsafeBytes { [UInt8]($0) } }
                let taken = part.prefix(Int(random.next(below: UInt64(part.count))) + 1)
                result += taken
                buffer.consume(taken.count)
            }
        }

        #expect(result == bytes)
        #expect(pool.countInUse == 0)
    }

    @Test("crumbs without end are an error")
    func crumbs() {
        var buffer = ReassemblyBuffer(pool: BlockPool())
        let crumb: [UInt8] = [7]
        var thrown: StreamError?

        for index in 0...ReassemblyBuffer.maximumGapCount {
            do throws(StreamError) {
                try buffer.insert(crumb.span.bytes, at: UInt64(index * 2 + 1))
            } catch {
                thrown = error
            }
        }

        #expect(thrown == .fragmentation)
    }

    @Test("blocks are used again, and given back after a quiet time")
    func pool() {
        let pool = BlockPool(maximumFreeCount: 4)
        let blocks = (0..<6).map { _ in pool.take() }

        for block in blocks { pool.give(block) }
        #expect(pool.countInUse == 0 && pool.freeCount == 4)
        pool.trim()
        pool.give(pool.take())
        #expect(pool.freeCount == 4)
        pool.trim()
        #expect(pool.freeCount == 1)
        pool.trim()
        #expect(pool.freeCount == 0)
    }

    @Test("a slot stands in a queue once, and queues keep their order")
    func slots() {
        var queue = SlotQueue()
        for slot in [5, 2, 5, 9] as [UInt32] { queue.append(slot) }

        queue.moveFirstToEnd()
        let first = queue.removeFirst()
        queue.append(2)
        var rest: [UInt32] = []
        while !queue.isEmpty { rest.append(queue.removeFirst()) }

        #expect(first == 2 && rest == [9, 5, 2])
    }
}
