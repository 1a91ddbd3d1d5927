/// Writes values one after the other into a block that it owns, up to a limit.
///
/// Long runs of a stream's bytes may be borrowed instead: they take their place and are filled in
/// when the packet is sealed.
///
/// Callers ask `remaining` before they write; running over the limit is a mistake of ours and
/// stops the process. Integers are big-endian.
package struct ByteWriter: ~Copyable {
    package var storage: ByteStorage
    /// Where the next byte goes.
    package private(set) var position = 0
    /// Writing stops here; at most the size of the block.
    package private(set) var limit: Int
    /// What stands in for bytes of `storage` until `returnBorrowed`.
    private(set) var borrowed = BorrowedList()
    private let smallestLoan: Int

    /// - Parameter smallestLoan: shorter runs of blocks are copied; by default all are.
    package init(capacity: Int, smallestLoan: Int = .max) {
        storage = ByteStorage(count: capacity)
        limit = capacity
        self.smallestLoan = smallestLoan
    }

    package var remaining: Int { limit - position }

    /// Continues at `position` and stops at `limit`.
    package mutating func reset(to position: Int = 0, limit: Int? = nil) {
        let limit = limit ?? storage.count
        precondition(position >= 0 && position <= limit && limit <= storage.count)
        self.position = position
        self.limit = limit
    }

    /// The number of bytes `writeVarint` needs for `value`: 1, 2, 4 or 8.
    package static func varintLength(_ value: UInt64) -> Int {
        value < 0x40 ? 1 : value < 0x4000 ? 2 : value < 0x4000_0000 ? 4 : 8
    }

    package mutating func write(_ value: UInt8) { store(value) }
    package mutating func write(_ value: UInt16) { store(value) }
    package mutating func write(_ value: UInt32) { store(value) }
    package mutating func write(_ value: UInt64) { store(value) }

    /// A variable-length integer (RFC 9000 section 16) in its shortest form; `value` < 2^62.
    package mutating func writeVarint(_ value: UInt64) {
        precondition(value < 1 << 62, "a variable-length integer has 62 bits")
        switch Self.varintLength(value) {
        case 1: store(UInt8(value))
        case 2: store(UInt16(value) | 0x4000)
        case 4: store(UInt32(value) | 0x8000_0000)
        default: store(value | 0xc000_0000_0000_0000)
        }
    }

    package mutating func write(_ bytes: borrowing RawSpan) {
        precondition(bytes.byteCount <= remaining, "the packet is full")
        storage.copy(from: bytes, to: position)
        position += bytes.byteCount
    }

    package mutating func write(_ bytes: [UInt8]) { write(bytes.span.bytes) }

    /// Writes a part of a block, or borrows it; until it is returned the block must not change.
    mutating func write(_ block: Block, _ range: Range<Int>) {
        guard range.count >= smallestLoan, !borrowed.isFull else {
            return block.withBytes(range) { write($0) }
        }
        precondition(range.count <= remaining, "the packet is full")
        borrowed.append(BorrowedBytes(block: block, range: range, position: position))
        position += range.count
    }

    /// The packet is sealed, and what was borrowed is in it.
    mutating func returnBorrowed() {
        if !borrowed.isEmpty { borrowed.removeAll() }
    }

    /// Leaves `count` bytes as they are and continues behind them.
    package mutating func advance(_ count: Int) {
        precondition(count >= 0 && count <= remaining, "the packet is full")
        position += count
    }

    package mutating func writeZeros(_ count: Int) {
        precondition(count >= 0 && count <= remaining, "the packet is full")
        storage.fill(position..<position + count, with: 0)
        position += count
    }

    /// What has been written so far.
    package func array() -> [UInt8] { storage.array(0..<position) }

    private mutating func store<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        precondition(MemoryLayout<Value>.size <= remaining, "the packet is full")
        storage.store(value, at: position)
        position += MemoryLayout<Value>.size
    }
}
