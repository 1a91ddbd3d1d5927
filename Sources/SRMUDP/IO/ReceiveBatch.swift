internal import CSystem

/// Memory for the datagrams of one `UDPSocket.receive` call.
///
/// One block holds a slot of 65,536 bytes for each message; a message is a datagram or, with
/// coalescing, a run of datagrams of equal size from one source. The bytes may be changed in
/// place, which is how packets are opened.
package struct ReceiveBatch: ~Copyable {
    package var storage: ByteStorage
    /// How many messages the last call brought.
    package private(set) var count = 0
    let slotSize = 65_536
    package let slotCount: Int
    private var entries: [csystem_received]

    /// Room for `slotCount` messages, 1 to 64.
    package init(slotCount: Int = 8) {
        precondition(slotCount >= 1 && slotCount <= Int(CSYSTEM_BATCH_MAXIMUM))
        self.slotCount = slotCount
        // The kernel writes what is read. A slot that is never used costs no memory.
        storage = ByteStorage(uncleared: slotCount * slotSize)
        entries = Array(repeating: csystem_received(), count: slotCount)
    }

    /// The message at `index` in 0..<`count`.
    package subscript(index: Int) -> ReceivedDatagrams {
        precondition(index >= 0 && index < count, "no message of that number")
        let entry = entries[index]
        let start = index * slotSize
        // A cut-off datagram is of no use; it cannot happen with slots above the largest one.
        let length = entry.is_truncated ? 0 : min(Int(entry.length), slotSize)
        return ReceivedDatagrams(
            range: start..<start + length,
            segmentSize: Int(entry.segment_size),
            source: SocketAddress(entry.source),
            destination: entry.has_destination ? SocketAddress(entry.destination).ip : nil,
            interface: entry.destination.scope,
            ecn: entry.ecn)
    }

    mutating func fill(_ body: (UnsafeMutableRawPointer, inout [csystem_received]) -> Int32)
        -> Int32
    {
        let result = storage.withUnsafeMutableBytes(0..<storage.count) { memory in
            // The block has at least one slot and therefore an address.
            body(memory.baseAddress!, &entries)
        }
        count = max(0, Int(result))
        return result
    }
}

/// One message: a datagram, or several of equal size (the last may be shorter).
package struct ReceivedDatagrams {
    /// Where the bytes are in the batch's storage.
    package let range: Range<Int>
    /// The size of each datagram but the last; of a single one its length, which may be 0.
    package let segmentSize: Int
    package let source: SocketAddress
    /// The local address it was sent to, if the socket was asked to report that.
    package let destination: IPAddress?
    /// The index of the interface it came in by, likewise; otherwise 0.
    package let interface: UInt32
    /// The two ECN bits of the IP header (RFC 3168 section 5).
    package let ecn: UInt8

    package init(
        range: Range<Int>, segmentSize: Int, source: SocketAddress, destination: IPAddress? = nil,
        interface: UInt32 = 0, ecn: UInt8 = 0
    ) {
        self.range = range
        self.segmentSize = segmentSize
        self.source = source
        self.destination = destination
        self.interface = interface
        self.ecn = ecn
    }

    /// The datagrams from the one at `start` on whose first byte is the same.
    func run(from start: Int, in storage: borrowing ByteStorage) -> ReceivedDatagrams {
        let kind = storage[start]
        let step = max(segmentSize, 1)
        var end = start
        while end < range.upperBound, storage[end] == kind {
            end = min(end + step, range.upperBound)
        }
        return ReceivedDatagrams(
            range: start..<end, segmentSize: min(segmentSize, end - start), source: source,
            destination: destination, interface: interface, ecn: ecn)
    }
}
