import Glibc

/// Memory for packets: slots of equal size, lent and returned by number.
///
/// The last slot returned is lent first, so that a short queue stays within the cache and memory
/// that no queue ever needed is never touched.
final class PacketPool {
    let slotBytes: Int
    private let base: UnsafeMutableRawPointer
    private var free: [Int32]

    init(slots: Int, slotBytes: Int) {
        self.slotBytes = slotBytes
        // Pages of calloc come into being when they are touched.
        guard let memory = calloc(slots, slotBytes) else { fatalError("no memory for packets") }
        base = memory
        free = (0..<Int32(slots)).reversed()
    }

    deinit { Glibc.free(base) }

    func take() -> Int32? { free.popLast() }

    func giveBack(_ slot: Int32) { free.append(slot) }

    func bytes(_ slot: Int32) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base + Int(slot) * slotBytes, count: slotBytes)
    }
}
