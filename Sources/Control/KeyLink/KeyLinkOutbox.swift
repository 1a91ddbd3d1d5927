import SRMUDP

/// The messages of one side that are to leave, and the count of those that have.
///
/// A message stays here until its last byte is in the stream: a connection that ends before cannot
/// have delivered it, so the next one begins with it. Of those that have left, the other end's
/// receipts say how many were delivered.
package struct KeyLinkOutbox {
    private struct Entry {
        let header: [UInt8]
        let bytes: [UInt8]

        var count: Int { header.count + bytes.count }
    }

    /// What a message counts for besides its bytes.
    package static let overhead = 64

    /// Those before `first` are gone.
    private var entries: [Entry?] = []
    private var first = 0
    /// How many bytes of the first frame are in the stream.
    private var position = 0
    /// What goes ahead of the next message, and the receipt that follows it.
    private var small: [UInt8] = []
    private var receipt: UInt64?
    /// Bytes of messages that are not in the stream, and `overhead` for each message.
    package private(set) var queuedCount = 0
    /// Messages of this connection whose last byte is in the stream, and ...
    package private(set) var sentCount: UInt64 = 0
    /// ... those that the other end has delivered.
    package private(set) var confirmedCount: UInt64 = 0

    package init() {}

    package var messageCount: Int { entries.count - first }
    /// Messages that left and were not confirmed.
    package var underWayCount: Int { Int(sentCount - confirmedCount) }

    package mutating func append(_ message: KeyLinkMessage) {
        let header = KeyLinkFrame.header(
            kind: message.kind.rawValue, UInt64(message.bytes.count))
        entries.append(Entry(header: header, bytes: message.bytes))
        queuedCount += message.bytes.count + Self.overhead
    }

    /// A new connection: the stream begins with the version, and the first message from its start.
    package mutating func begin() {
        _ = restart()
        small = [KeyLinkFrame.version]
    }

    /// The connection is gone.
    /// - Returns: how many messages had left without being confirmed.
    package mutating func restart() -> Int {
        let unconfirmed = underWayCount
        if first < entries.count, let entry = entries[first] {
            queuedCount += max(0, position - entry.header.count)
        }
        position = 0
        small = []
        receipt = nil
        sentCount = 0
        confirmedCount = 0
        return unconfirmed
    }

    /// Tells the other end how many of its messages were delivered, as soon as there is room between
    /// two messages.
    package mutating func addReceipt(_ count: UInt64) { receipt = count }

    package mutating func confirm(_ count: UInt64) throws(KeyLinkViolation) {
        guard count >= confirmedCount, count <= sentCount else { throw .receipt }
        confirmedCount = count
    }

    /// Offers what is to leave, piece by piece, until less is taken than was offered.
    ///
    /// - Parameter messagesToo: otherwise only what goes ahead of the next message.
    /// - Parameter take: returns how many of the bytes it took.
    package mutating func write(messagesToo: Bool, _ take: (borrowing RawSpan) -> Int) {
        while true {
            if position == 0 {
                guard writeSmall(take) else { return }
            }
            guard messagesToo, first < entries.count, let entry = entries[first] else { return }
            guard write(entry, take) else { return }
            entries[first] = nil
            first += 1
            queuedCount -= Self.overhead
            position = 0
            sentCount += 1
            trim()
        }
    }

    /// - Returns: whether nothing is left that goes ahead of the next message.
    private mutating func writeSmall(_ take: (borrowing RawSpan) -> Int) -> Bool {
        while true {
            if small.isEmpty, let count = receipt {
                small = KeyLinkFrame.header(kind: KeyLinkFrame.receiptKind, count)
                receipt = nil
            }
            guard !small.isEmpty else { return true }
            small.removeFirst(take(small.span.bytes))
            guard small.isEmpty else { return false }
        }
    }

    /// - Returns: whether all of it was taken.
    private mutating func write(_ entry: Entry, _ take: (borrowing RawSpan) -> Int) -> Bool {
        if position < entry.header.count {
            let bytes = entry.header.span.bytes
            position += take(bytes.extracting(position..<bytes.byteCount))
            guard position >= entry.header.count else { return false }
        }
        guard position < entry.count else { return true }
        let bytes = entry.bytes.span.bytes
        let count = take(bytes.extracting(position - entry.header.count..<bytes.byteCount))
        position += count
        queuedCount -= count
        return position == entry.count
    }

    private mutating func trim() {
        guard first == entries.count || first >= 1_024 else { return }
        entries.removeFirst(first)
        first = 0
    }
}
