/// A queue of slot numbers, each at most once: a list linked through an array by slot.
///
/// Every operation takes the same short time, whatever the number of streams, and the memory is
/// four bytes per slot.
struct SlotQueue: ~Copyable {
    private static let absent = UInt32.max
    private static let last = UInt32.max - 1

    /// The slot behind each slot.
    private var next: [UInt32] = []
    private var head = SlotQueue.last
    private var tail = SlotQueue.last

    var isEmpty: Bool { head == Self.last }
    var first: UInt32? { head == Self.last ? nil : head }

    func contains(_ slot: UInt32) -> Bool {
        Int(slot) < next.count && next[Int(slot)] != Self.absent
    }

    /// Adds the slot at the end, unless it is in the queue already.
    mutating func append(_ slot: UInt32) {
        if contains(slot) { return }
        while next.count <= Int(slot) { next.append(Self.absent) }
        next[Int(slot)] = Self.last
        if head == Self.last { head = slot } else { next[Int(tail)] = slot }
        tail = slot
    }

    /// Removes the first slot, which there must be.
    @discardableResult
    mutating func removeFirst() -> UInt32 {
        let slot = head
        precondition(slot != Self.last, "the queue is empty")
        head = next[Int(slot)]
        next[Int(slot)] = Self.absent
        return slot
    }

    mutating func moveFirstToEnd() { append(removeFirst()) }
}
