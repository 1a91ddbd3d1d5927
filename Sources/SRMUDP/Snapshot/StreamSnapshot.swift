/// A stream as it goes on in another process: both halves with all bytes that are still needed.
///
/// What was in flight counts as lost, and every limit is told again.
struct StreamSnapshot: Equatable {
    let id: StreamID
    var send: SendStreamSnapshot
    var receive: ReceiveStreamSnapshot
    /// The code of our STOP_SENDING.
    var stopCode: UInt64
}

struct SendStreamSnapshot: Equatable {
    var state: SendStream.State
    var buffer: SendBufferSnapshot
    /// What the peer lets us send.
    var limit: UInt64
    var backlogLimit: Int
}

/// The bytes from the first that is not acknowledged to the last that was written.
struct SendBufferSnapshot: Equatable {
    var start: UInt64
    var sent: UInt64
    /// Acknowledged, within `start`..<`sent`, not adjoining `start`.
    var acknowledged: RangeSet
    var bytes: [UInt8]
}

struct ReceiveStreamSnapshot: Equatable {
    var state: ReceiveStream.State
    var buffer: ReassemblySnapshot
    var window: ReceiveWindowSnapshot
}

/// The bytes that the application has not taken yet.
struct ReassemblySnapshot: Equatable {
    var consumed: UInt64
    /// From `consumed` on, without a gap.
    var bytes: [UInt8]
    /// What arrived ahead of a gap, and the bytes of these ranges one behind the other.
    var ahead: RangeSet
    var aheadBytes: [UInt8]

    /// The end of what has arrived.
    var end: UInt64 { ahead.last?.upperBound ?? consumed + UInt64(bytes.count) }
}

struct ReceiveWindowSnapshot: Equatable {
    var size: UInt64
    var limit: UInt64
    var received: UInt64
    var consumed: UInt64
}

// MARK: Coding

extension StreamSnapshot {
    /// The least number of bytes that one takes.
    static let leastLength = 8 + 49 + 81 + 8

    func encode(into writer: inout SnapshotWriter) {
        writer.write(id.value)
        send.encode(into: &writer)
        receive.encode(into: &writer)
        writer.write(stopCode)
    }

    init(_ reader: inout ByteReader) throws(WireError) {
        id = StreamID(try reader.readOffset())
        send = try SendStreamSnapshot(&reader)
        receive = try ReceiveStreamSnapshot(&reader)
        stopCode = try reader.readOffset()
    }
}

extension SendStreamSnapshot {
    /// A kind, and a code that only a reset has.
    private var coded: (kind: UInt8, code: UInt64) {
        switch state {
        case .sending: (0, 0)
        // A FIN in flight counts as lost, like everything.
        case .finishing(.waiting), .finishing(.inFlight): (1, 0)
        case .finishing(.acknowledged): (2, 0)
        case .finished: (3, 0)
        case .resetting(let code): (4, code)
        case .wasReset: (5, 0)
        }
    }

    private static func state(_ kind: UInt8, _ code: UInt64) -> SendStream.State? {
        switch kind {
        case 0: .sending
        case 1: .finishing(.waiting)
        case 2: .finishing(.acknowledged)
        case 3: .finished
        case 4: .resetting(code: code)
        case 5: .wasReset
        default: nil
        }
    }

    func encode(into writer: inout SnapshotWriter) {
        let (kind, code) = coded
        writer.write(kind)
        writer.write(code)
        writer.write(buffer.start)
        writer.write(buffer.sent)
        writer.write(buffer.acknowledged)
        writer.write(buffer.bytes)
        writer.write(limit)
        writer.write(UInt64(backlogLimit))
    }

    init(_ reader: inout ByteReader) throws(WireError) {
        guard let state = Self.state(try reader.readUInt8(), try reader.readOffset()) else {
            throw .invalidValue
        }
        self.state = state
        let (start, sent) = (try reader.readOffset(), try reader.readOffset())
        guard start <= sent else { throw .invalidValue }
        let acknowledged = try reader.readRanges(
            within: min(start + 1, sent)..<sent, limit: ReassemblyBuffer.maximumGapCount)
        let bytes = try reader.readSizedArray()
        let end = start + UInt64(bytes.count)
        guard end >= sent, end < 1 << 62 else { throw .invalidValue }
        buffer = SendBufferSnapshot(
            start: start, sent: sent, acknowledged: acknowledged, bytes: bytes)
        limit = try reader.readOffset()
        let backlogLimit = try reader.readOffset()
        guard backlogLimit <= 1 << 40 else { throw .invalidValue }
        self.backlogLimit = Int(backlogLimit)
        guard isConsistent else { throw .invalidValue }
    }

    /// Whether the state and the bytes can belong together.
    private var isConsistent: Bool {
        switch state {
        case .sending, .finishing: true
        case .finished, .resetting, .wasReset: buffer.bytes.isEmpty && buffer.start == buffer.sent
        }
    }
}

extension ReceiveStreamSnapshot {
    /// Memory is held for the range of what is unread; no window is so large.
    private static let longestUnread: UInt64 = 1 << 28

    /// A kind, and a size where one is known.
    private var coded: (kind: UInt8, size: UInt64) {
        switch state {
        case .receiving: (0, 0)
        case .sizeKnown(let size): (1, size)
        case .finished(let size): (2, size)
        case .wasReset(let size): (3, size)
        case .discarding: (4, 0)
        case .discarded(let size): (5, size)
        }
    }

    private static func state(_ kind: UInt8, _ size: UInt64) -> ReceiveStream.State? {
        switch kind {
        case 0: .receiving
        case 1: .sizeKnown(size)
        case 2: .finished(size: size)
        case 3: .wasReset(size: size)
        case 4: .discarding
        case 5: .discarded(size: size)
        default: nil
        }
    }

    func encode(into writer: inout SnapshotWriter) {
        let (kind, size) = coded
        writer.write(kind)
        writer.write(size)
        writer.write(buffer.consumed)
        writer.write(buffer.bytes)
        writer.write(buffer.ahead)
        writer.write(buffer.aheadBytes)
        window.encode(into: &writer)
    }

    init(_ reader: inout ByteReader) throws(WireError) {
        guard let state = Self.state(try reader.readUInt8(), try reader.readOffset()) else {
            throw .invalidValue
        }
        self.state = state
        let consumed = try reader.readOffset()
        let bytes = try reader.readSizedArray()
        let contiguousEnd = consumed + UInt64(bytes.count)
        guard contiguousEnd < 1 << 62 else { throw .invalidValue }
        let ahead = try reader.readRanges(
            within: contiguousEnd + 1..<1 << 62 + 1, limit: ReassemblyBuffer.maximumGapCount)
        let aheadBytes = try reader.readSizedArray()
        guard UInt64(aheadBytes.count) == ahead.total else { throw .invalidValue }
        buffer = ReassemblySnapshot(
            consumed: consumed, bytes: bytes, ahead: ahead, aheadBytes: aheadBytes)
        window = try ReceiveWindowSnapshot(&reader)
        guard buffer.end <= window.received, buffer.end - consumed <= Self.longestUnread,
            isConsistent
        else { throw .invalidValue }
    }

    /// Whether the state, the bytes and the window can belong together.
    private var isConsistent: Bool {
        let unread = UInt64(buffer.bytes.count + buffer.aheadBytes.count)
        switch state {
        case .receiving: return unread <= window.held && buffer.consumed == window.consumed
        case .sizeKnown(let size):
            return unread <= window.held && buffer.consumed == window.consumed
                && window.received <= size && buffer.consumed < size
        case .finished(let size), .wasReset(let size), .discarded(let size):
            return unread == 0 && window.received <= size
        case .discarding: return unread == 0
        }
    }
}

extension ReceiveWindowSnapshot {
    var held: UInt64 { received - consumed }

    func encode(into writer: inout SnapshotWriter) {
        for value in [size, limit, received, consumed] { writer.write(value) }
    }

    init(_ reader: inout ByteReader) throws(WireError) {
        size = try reader.readOffset()
        limit = try reader.readOffset()
        received = try reader.readOffset()
        consumed = try reader.readOffset()
        guard consumed <= received, received <= limit, size <= 1 << 40 else {
            throw .invalidValue
        }
    }
}
