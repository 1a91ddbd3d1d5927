import ToolSupport

/// One direction of the emulated link: decides each packet's fate and keeps it until it is due.
///
/// A packet waits for the line (rate and queue limit), then travels (delay), then is due. Due times
/// of ordinary packets never decrease, so they stand in a ring; those held back by reordering stand
/// in a short sorted list beside it.
final class Link {
    /// A packet on its way.
    struct Entry {
        var slot: Int32
        var length: Int32
        /// Which client of the UDP mode it belongs to; zero in TUN mode.
        var client: Int32
        var due: Int64
    }

    var impairments: Impairments
    private(set) var statistics = LinkStatistics()
    private let pool: PacketPool
    private let editor: any PacketEditor
    private var generator: SeededGenerator
    private var ring: [Entry]
    private var head = 0
    private var tail = 0
    /// Sorted so that the first one due is the last.
    private var heldBack: [Entry] = []
    private var lineFreeAt: Int64 = 0
    private var lastDue: Int64 = 0
    private var burstLeft = 0
    private var blackoutUntil: Int64 = 0

    /// `slots` bounds the packets on their way.
    init(
        impairments: Impairments, slots: Int, slotBytes: Int, editor: any PacketEditor, seed: UInt64
    ) {
        self.impairments = impairments
        self.editor = editor
        var ringSize = 1
        while ringSize < slots { ringSize *= 2 }
        pool = PacketPool(slots: slots, slotBytes: slotBytes)
        ring = Array(repeating: Entry(slot: 0, length: 0, client: 0, due: 0), count: ringSize)
        generator = SeededGenerator(seed: seed)
    }

    var nextDue: Int64 {
        let first = head == tail ? Int64.max : ring[head & (ring.count - 1)].due
        return min(first, heldBack.last?.due ?? .max)
    }

    /// Everything is lost until then.
    func blackOut(until instant: Int64) { blackoutUntil = instant }

    /// Lends memory for a packet to come, or nil when too many are on their way.
    func lend() -> Int32? { pool.take() }

    func bytes(_ slot: Int32) -> UnsafeMutableRawBufferPointer { pool.bytes(slot) }

    func giveBack(_ slot: Int32) { pool.giveBack(slot) }

    /// Counts a packet that was read and thrown away because `lend` gave none.
    func countOverflow() { statistics.overflow += 1 }

    func countDelivery(_ entry: Entry, succeeded: Bool) {
        if succeeded {
            statistics.delivered += 1
            statistics.deliveredBytes += Int(entry.length)
        } else {
            statistics.sendErrors += 1
        }
    }

    /// Takes a packet into the link; its slot belongs to the link from here on.
    func offer(slot: Int32, length: Int, client: Int32, now: Int64) {
        statistics.received += 1
        statistics.receivedBytes += length
        guard survives(length: length, now: now) else { return pool.giveBack(slot) }
        let length = damage(slot: slot, length: length)
        guard enqueue(slot: slot, length: length, client: client, now: now) else {
            return pool.giveBack(slot)
        }
        if generator.chance(impairments.duplicate), let copy = pool.take() {
            pool.bytes(copy).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: pool.bytes(slot)[..<length]))
            if enqueue(slot: copy, length: length, client: client, now: now) {
                statistics.duplicated += 1
            } else {
                pool.giveBack(copy)
            }
        }
    }

    /// The next packet that is due, or nil; give its slot back when it is sent.
    func takeDue(now: Int64) -> Entry? {
        if let first = heldBack.last, first.due <= now {
            heldBack.removeLast()
            return first
        }
        guard head != tail else { return nil }
        let entry = ring[head & (ring.count - 1)]
        guard entry.due <= now else { return nil }
        head += 1
        return entry
    }

    private func survives(length: Int, now: Int64) -> Bool {
        if now < blackoutUntil {
            statistics.blackedOut += 1
            return false
        }
        if length + editor.headerBytesOutside > impairments.mtu {
            statistics.tooLong += 1
            return false
        }
        if burstLeft > 0 {
            burstLeft -= 1
        } else if generator.chance(impairments.burstLoss) {
            burstLeft = impairments.burstLength - 1
        } else if !generator.chance(impairments.loss) {
            return true
        }
        statistics.lost += 1
        return false
    }

    private func damage(slot: Int32, length: Int) -> Int {
        var length = length
        if generator.chance(impairments.truncate) {
            let packet = UnsafeMutableRawBufferPointer(rebasing: pool.bytes(slot)[..<length])
            length = editor.truncate(packet, &generator)
            statistics.truncated += 1
        }
        if generator.chance(impairments.corrupt) {
            let packet = UnsafeMutableRawBufferPointer(rebasing: pool.bytes(slot)[..<length])
            editor.corrupt(packet, &generator)
            statistics.corrupted += 1
        }
        return length
    }

    private func enqueue(slot: Int32, length: Int, client: Int32, now: Int64) -> Bool {
        var leaves = now
        if impairments.rate > 0 {
            let waiting = max(lineFreeAt - now, 0)
            let waitingBytes = Int(Double(waiting) * impairments.rate / 8)
            if waiting > impairments.queueNanoseconds || waitingBytes > impairments.queueBytes {
                statistics.queueDrops += 1
                return false
            }
            statistics.greatestQueueNanoseconds = max(statistics.greatestQueueNanoseconds, waiting)
            let bits = Double((length + editor.headerBytesOutside) * 8)
            lineFreeAt = now + waiting + Int64(bits / impairments.rate)
            leaves = lineFreeAt
        }
        var entry = Entry(
            slot: slot, length: Int32(length), client: client,
            due: leaves + impairments.delayNanoseconds)
        if impairments.jitterNanoseconds > 0 {
            entry.due += Int64(generator.below(Int(impairments.jitterNanoseconds)))
        }
        if generator.chance(impairments.reorder) {
            entry.due += impairments.reorderDelayNanoseconds
            statistics.reordered += 1
            let place = heldBack.firstIndex { $0.due <= entry.due } ?? heldBack.endIndex
            heldBack.insert(entry, at: place)
            return true
        }
        entry.due = max(entry.due, lastDue)
        lastDue = entry.due
        ring[tail & (ring.count - 1)] = entry
        tail += 1
        return true
    }
}
