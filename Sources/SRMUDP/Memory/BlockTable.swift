/// The blocks of one stream direction, found by number: stream offset / block size.
///
/// Numbers move upwards only, within a window that flow control bounds, so a ring of references is
/// enough. A block exists only where bytes are.
struct BlockTable: ~Copyable {
    private let pool: BlockPool
    private var slots: [Block?] = []
    /// The smallest number that may be held, and one more than the largest that is.
    private var first: UInt64 = 0
    private var end: UInt64 = 0
    private(set) var count = 0

    /// A ring of up to so many slots is kept by an idle stream.
    private static let smallCapacity = 16

    init(pool: BlockPool) { self.pool = pool }

    deinit {
        for case .some(let block) in slots { pool.give(block) }
    }

    /// The block of that number, which must exist.
    subscript(number: UInt64) -> Block {
        guard number >= first, number < end,
            let block = slots[Int(truncatingIfNeeded: number) & (slots.count - 1)]
        else { preconditionFailure("the stream holds no byte there") }
        return block
    }

    /// The block of that number, which is new if there was none; `number` was not released.
    mutating func obtain(_ number: UInt64) -> Block {
        precondition(number >= first, "the block was released")
        if number - first >= UInt64(slots.count) { grow(toHold: number) }
        let slot = Int(truncatingIfNeeded: number) & (slots.count - 1)
        if let block = slots[slot] { return block }
        let block = pool.take()
        slots[slot] = block
        count += 1
        end = max(end, number + 1)
        return block
    }

    /// Returns all blocks below `number` to the pool.
    mutating func release(below number: UInt64) {
        let last = min(number, end)
        while first < last {
            giveBack(first)
            first += 1
        }
        first = max(first, number)
        end = max(end, first)
        if count == 0, slots.count > Self.smallCapacity { slots = [] }
    }

    /// Returns all blocks above `number` to the pool; they may be obtained again.
    mutating func release(above number: UInt64) {
        while end > first, end - 1 > number {
            giveBack(end - 1)
            end -= 1
        }
    }

    /// Returns all blocks to the pool; the next one to be obtained has at least number `next`.
    mutating func releaseAll(next: UInt64) {
        let bound = max(next, first)
        release(below: max(end, bound))
        first = bound
        end = bound
    }

    private mutating func giveBack(_ number: UInt64) {
        let slot = Int(truncatingIfNeeded: number) & (slots.count - 1)
        guard let block = slots[slot] else { return }
        slots[slot] = nil
        count -= 1
        pool.give(block)
    }

    private mutating func grow(toHold number: UInt64) {
        var capacity = max(4, slots.count)
        while number - first >= UInt64(capacity) { capacity *= 2 }
        var larger = [Block?](repeating: nil, count: capacity)
        for held in first..<end {
            let index = Int(truncatingIfNeeded: held)
            larger[index & (capacity - 1)] = slots[index & (slots.count - 1)]
        }
        slots = larger
    }
}
