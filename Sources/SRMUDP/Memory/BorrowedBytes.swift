/// Bytes of a stream that are part of a packet without having been copied into it: sealing reads
/// them where they are, and writes what it makes of them to their place in the packet.
///
/// To copy and then to seal touches each byte twice. For packets of Ethernet's size the copy costs no
/// more than sealing in parts does; for those of 65,000 bytes, which the loopback interface carries,
/// the loan makes both together a tenth faster.
struct BorrowedBytes {
    let block: Block
    /// Where they are in the block.
    let range: Range<Int>
    /// Where they begin in the packet's storage.
    let position: Int

    var end: Int { position + range.count }
}

/// The borrowed bytes of one packet, in their order.
struct BorrowedList: ~Copyable {
    /// A packet of 65,000 bytes touches five blocks of one stream.
    private static let capacity = 6

    private var items = InlineArray<6, BorrowedBytes?>(repeating: nil)
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count == Self.capacity }

    subscript(index: Int) -> BorrowedBytes {
        guard index < count, let item = items[index] else { preconditionFailure("no such loan") }
        return item
    }

    mutating func append(_ item: BorrowedBytes) {
        items[count] = item
        count += 1
    }

    mutating func removeAll() {
        for index in 0..<count { items[index] = nil }
        count = 0
    }
}
