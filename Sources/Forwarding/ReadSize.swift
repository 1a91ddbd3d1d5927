import SRMUDP

/// How many bytes a flow asks of its socket at once.
///
/// A flow in bulk needs few large reads; most flows say little, and a large read would take blocks
/// from the pool, in vain. So the size doubles when a read fills it and halves when one brings less
/// than half of it.
package struct ReadSize: Equatable, Sendable {
    package private(set) var bytes = BlockPool.blockSize

    /// Mostly less than what is free in the block that is begun, so that no other one is taken.
    package static var minimum: Int { BlockPool.blockSize / 4 }
    package static var maximum: Int { BlockList.capacity * BlockPool.blockSize }

    package init() {}

    /// A read brought `count` of the `offered` bytes that there was room for.
    package mutating func note(_ count: Int, of offered: Int) {
        if count == offered {
            bytes = min(bytes * 2, Self.maximum)
        } else if count < bytes / 2 {
            bytes = max(bytes / 2, Self.minimum)
        }
    }
}
