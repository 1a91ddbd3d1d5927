/// All streams of a connection, with their limits, as they go on in another process.
struct StreamSetSnapshot: Equatable {
    var parity: StreamParity
    var openedCount: UInt64
    var peerStreamLimit: UInt64
    var peerOpenedCount: UInt64
    /// Streams of the peer below `peerOpenedCount` of which nothing has come yet.
    var unseen: RangeSet
    var peerClosedCount: UInt64
    var streamsGranted: UInt64
    var dataLimit: UInt64
    var dataSent: UInt64
    var initialStreamLimit: UInt64
    var creditReserve: UInt64
    var window: ReceiveWindowSnapshot
    var streams: [StreamSnapshot]
}

extension StreamSetSnapshot {
    func encode(into writer: inout SnapshotWriter) {
        writer.write(parity == .odd)
        for value in [openedCount, peerStreamLimit, peerOpenedCount, peerClosedCount] {
            writer.write(value)
        }
        writer.write(unseen)
        for value in [streamsGranted, dataLimit, dataSent, initialStreamLimit, creditReserve] {
            writer.write(value)
        }
        window.encode(into: &writer)
        writer.write(streams) { $1.encode(into: &$0) }
    }

    init(_ reader: inout ByteReader) throws(WireError) {
        parity = try reader.readBool() ? .odd : .even
        openedCount = try reader.readOffset()
        peerStreamLimit = try reader.readOffset()
        peerOpenedCount = try reader.readOffset()
        peerClosedCount = try reader.readOffset()
        unseen = try reader.readRanges(within: 0..<peerOpenedCount, limit: .max)
        streamsGranted = try reader.readOffset()
        dataLimit = try reader.readOffset()
        dataSent = try reader.readOffset()
        initialStreamLimit = try reader.readOffset()
        creditReserve = try reader.readOffset()
        window = try ReceiveWindowSnapshot(&reader)
        streams = []
        for _ in 0..<(try reader.readCount(ofSize: StreamSnapshot.leastLength)) {
            streams.append(try StreamSnapshot(&reader))
        }
        guard haveLimits, haveStreams else { throw .invalidValue }
    }

    private var haveLimits: Bool {
        openedCount <= peerStreamLimit && peerOpenedCount <= streamsGranted
            && peerClosedCount <= peerOpenedCount && streamsGranted <= StreamID.largest.index + 1
            && dataSent <= dataLimit && creditReserve <= 1 << 20
    }

    /// Whether each stream was opened, once, and no more is unread than the connection knows of.
    private var haveStreams: Bool {
        var seen: Set<StreamID> = []
        var held: UInt64 = 0
        for stream in streams {
            let index = stream.id.index
            let isKnown =
                stream.id.parity == parity
                ? index < openedCount : index < peerOpenedCount && !unseen.contains(index)
            guard isKnown, seen.insert(stream.id).inserted else { return false }
            // No sum overflows: both are below 2^62, and the loop ends above it.
            held += stream.receive.window.held
            guard held <= window.held else { return false }
        }
        return true
    }
}
