import SRMUDP

/// Bytes on their way into or out of a connection, in one block that grows when it must.
///
///     | kept | gap | waiting | free |
///
/// Bytes are appended to `free` (`reserve`, then `commit`, or `append`), looked at in `waiting`, and
/// leave it through `skip`, or through `keep`, which puts them behind those kept before: that is how
/// a message in several fragments becomes whole in its place. A message in one fragment is kept
/// without being moved.
package struct ByteQueue: ~Copyable {
    package var storage: ByteStorage
    /// Where the bytes are that `keep` put aside.
    package private(set) var kept = 0..<0
    /// Where the bytes are that nobody has taken yet.
    package private(set) var waiting = 0..<0

    package init(capacity: Int = 0) { storage = ByteStorage(count: capacity) }

    package var count: Int { waiting.count }
    package var isEmpty: Bool { waiting.isEmpty }

    /// What waits, to be looked at.
    package var bytes: RawSpan {
        @_lifetime(borrow self)
        get { storage.bytes(waiting) }
    }

    /// The waiting byte at `offset`.
    package subscript(offset: Int) -> UInt8 { storage[waiting.lowerBound + offset] }

    // MARK: Putting in

    /// Makes room for `count` bytes at least; `free` is where they go.
    package mutating func reserve(_ count: Int) {
        guard storage.count - waiting.upperBound < count else { return }
        let needed = kept.count + waiting.count + count
        if needed <= storage.count {
            storage.move(kept, to: 0)
            storage.move(waiting, to: kept.count)
        } else {
            var larger = ByteStorage(count: max(needed, storage.count * 2))
            larger.copy(from: storage.bytes(kept), to: 0)
            larger.copy(from: storage.bytes(waiting), to: kept.count)
            storage = larger
        }
        waiting = kept.count..<kept.count + waiting.count
        kept = 0..<kept.count
    }

    /// Where the next bytes go.
    package var free: Range<Int> { waiting.upperBound..<storage.count }

    /// Takes in the first `count` bytes of `free`, which somebody has written there.
    package mutating func commit(_ count: Int) {
        precondition(count >= 0 && count <= free.count, "more than there is room for")
        waiting = waiting.lowerBound..<waiting.upperBound + count
    }

    package mutating func append(_ bytes: borrowing RawSpan) {
        reserve(bytes.byteCount)
        storage.copy(from: bytes, to: waiting.upperBound)
        commit(bytes.byteCount)
    }

    package mutating func append(_ bytes: [UInt8]) { append(bytes.span.bytes) }

    /// Appends the last `count` bytes of a number, big-endian; there is room for them.
    mutating func put(_ number: UInt64, bytes count: Int) {
        for index in 0..<count {
            storage[waiting.upperBound + index] = UInt8(
                truncatingIfNeeded: number >> (8 * UInt64(count - 1 - index)))
        }
        commit(count)
    }

    // MARK: Taking out

    /// Drops the first `count` waiting bytes.
    package mutating func skip(_ count: Int) {
        precondition(count >= 0 && count <= waiting.count, "more than there is")
        waiting = waiting.lowerBound + count..<waiting.upperBound
        if waiting.isEmpty, kept.isEmpty {
            kept = 0..<0
            waiting = 0..<0
        }
    }

    /// Puts the first `count` waiting bytes behind those kept before.
    package mutating func keep(_ count: Int) {
        precondition(count >= 0 && count <= waiting.count, "more than there is")
        let taken = waiting.lowerBound..<waiting.lowerBound + count
        if kept.isEmpty {
            kept = taken
        } else {
            if kept.upperBound < taken.lowerBound { storage.move(taken, to: kept.upperBound) }
            kept = kept.lowerBound..<kept.upperBound + count
        }
        waiting = taken.upperBound..<waiting.upperBound
    }

    /// Drops what was kept.
    package mutating func dropKept() {
        kept = waiting.lowerBound..<waiting.lowerBound
        skip(0)
    }

    /// Puts bytes of another block in the place of those kept before.
    mutating func replaceKept(with source: borrowing ByteStorage, _ range: Range<Int>) {
        dropKept()
        let (keptEnd, end) = (range.count, range.count + waiting.count)
        if keptEnd > waiting.lowerBound {
            if end <= storage.count {
                storage.move(waiting, to: keptEnd)
            } else {
                var larger = ByteStorage(count: end)
                larger.copy(from: storage.bytes(waiting), to: keptEnd)
                storage = larger
            }
            waiting = keptEnd..<end
        }
        storage.copy(from: source.bytes(range), to: 0)
        kept = 0..<keptEnd
    }

    /// The first `count` waiting bytes, which are dropped.
    package mutating func take(_ count: Int) -> [UInt8] {
        precondition(count >= 0 && count <= waiting.count, "more than there is")
        let bytes = storage.array(waiting.lowerBound..<waiting.lowerBound + count)
        skip(count)
        return bytes
    }

    /// Everything, kept or waiting, which the queue does not have any more.
    package mutating func takeAll() -> ByteQueue { exchange(&self, with: ByteQueue()) }

    /// Gives the memory back if nothing is in it.
    package mutating func releaseMemory() {
        guard waiting.isEmpty, kept.isEmpty, storage.count > 0 else { return }
        storage = ByteStorage(count: 0)
        kept = 0..<0
        waiting = 0..<0
    }
}
