import SRMUDP

@testable import Forwarding

/// Two carriers joined back to back in memory, each stream with a limited window.
///
/// What one side writes the other can read at once, and `events` tells each side what happened,
/// as a connection would.
final class CarrierPair {
    let window: Int
    /// The longest payload of a DATAGRAM frame.
    var datagramLimit = 1200
    /// How many DATAGRAM frames wait for the other side at most.
    var datagramQueueLimit = 256
    /// How many streams one side may have open at a time.
    var streamLimit = Int.max
    /// The sides: 0 opens even streams, 1 odd ones.
    private(set) var sides: [PairedCarrier] = []
    fileprivate var streams: [StreamID: PairedStream] = [:]
    fileprivate var events: [[StreamEvent]] = [[], []]
    fileprivate var datagrams: [[[UInt8]]] = [[], []]
    /// The most bytes that ever waited in one direction of one stream.
    fileprivate(set) var highWater = 0

    init(window: Int = 256 * 1024) {
        self.window = window
        sides = [PairedCarrier(pair: self, side: 0), PairedCarrier(pair: self, side: 1)]
    }

    var openStreams: Int { streams.count }
    /// The bytes that wait to be read, in all streams together.
    var bufferedBytes: Int {
        streams.values.reduce(0) { $0 + $1.pipes[0].count + $1.pipes[1].count }
    }

    /// Takes the next event for `side`.
    func nextEvent(_ side: Int) -> StreamEvent? {
        events[side].isEmpty ? nil : events[side].removeFirst()
    }

    /// Takes the next DATAGRAM frame for `side`.
    func nextDatagram(_ side: Int) -> [UInt8]? {
        datagrams[side].isEmpty ? nil : datagrams[side].removeFirst()
    }

    fileprivate func noteBuffered(_ count: Int) { highWater = max(highWater, count) }

    fileprivate func closeIfDone(_ id: StreamID) {
        guard let stream = streams[id] else { return }
        for side in 0..<2 where !stream.isClosed[side] {
            let outgoing = stream.pipes[side]
            let incoming = stream.pipes[1 - side]
            guard outgoing.isSendingDone, incoming.isReadingDone else { continue }
            stream.isClosed[side] = true
            events[side].append(.closed(id))
        }
        if stream.isClosed[0], stream.isClosed[1] { streams[id] = nil }
    }
}

/// One stream: `pipes[side]` carries what `side` writes.
private final class PairedStream {
    let opener: Int
    var isAnnounced = false
    var isClosed = [false, false]
    let pipes = [Pipe(), Pipe()]

    init(opener: Int) { self.opener = opener }
}

/// One direction of a stream.
private final class Pipe {
    var bytes: [UInt8] = []
    var head = 0
    var hasEnd = false
    var isEndRead = false
    var resetCode: UInt64?
    var isStopped = false
    var isSenderBlocked = false
    /// The reader has been told of bytes and has not read everything since.
    var isReaderTold = false

    var count: Int { bytes.count - head }
    var isSendingDone: Bool { hasEnd || resetCode != nil }
    var isReadingDone: Bool {
        resetCode != nil || isEndRead || (isStopped && hasEnd)
    }

    func drop() {
        bytes = []
        head = 0
    }
}

/// One side of a `CarrierPair`.
final class PairedCarrier: StreamCarrier {
    private unowned let pair: CarrierPair
    private let side: Int
    private var nextIndex: UInt64 = 0

    fileprivate init(pair: CarrierPair, side: Int) {
        self.pair = pair
        self.side = side
    }

    func openStream() -> StreamID? {
        let open = pair.streams.values.count { $0.opener == side }
        guard open < pair.streamLimit else { return nil }
        let id = StreamID(index: nextIndex, parity: side == 0 ? .even : .odd)
        nextIndex += 1
        pair.streams[id] = PairedStream(opener: side)
        return id
    }

    func writableBytes(_ stream: StreamID) -> Int {
        guard let pipe = outgoing(stream), !pipe.isSendingDone else { return 0 }
        let room = pipe.isStopped ? pair.window : max(0, pair.window - pipe.count)
        if room == 0 { pipe.isSenderBlocked = true }
        return room
    }

    @discardableResult
    func withFreeSpace(
        _ stream: StreamID, upTo limit: Int, _ body: (borrowing BlockList) -> Int
    ) -> Int {
        let room = min(writableBytes(stream), limit, 4 * BlockPool.blockSize)
        guard room > 0 else { return 0 }
        // The run begins within a block, as it does when the block before is partly full.
        let blocks = BlockList(start: 1000, byteCount: room)
        let filled = body(blocks)
        if filled > 0 { append(stream, blocks.array(count: filled)) }
        return filled
    }

    func write(_ stream: StreamID, _ bytes: [UInt8]) { append(stream, bytes) }

    func finish(_ stream: StreamID) {
        guard let pipe = outgoing(stream), !pipe.isSendingDone else { return }
        announce(stream)
        pipe.hasEnd = true
        tellReader(stream, pipe)
        pair.closeIfDone(stream)
    }

    func reset(_ stream: StreamID, code: UInt64) {
        guard let pipe = outgoing(stream), pipe.resetCode == nil, !pipe.isEndRead else { return }
        announce(stream)
        pipe.resetCode = code
        pipe.drop()
        if !pipe.isStopped { pair.events[1 - side].append(.reset(stream, code: code)) }
        pair.closeIfDone(stream)
    }

    func stopReading(_ stream: StreamID, code: UInt64) {
        guard let pipe = incoming(stream), !pipe.isReadingDone, !pipe.isStopped else { return }
        pipe.isStopped = true
        pipe.drop()
        if !pipe.isSendingDone { pair.events[1 - side].append(.stopped(stream, code: code)) }
        pair.closeIfDone(stream)
    }

    func sendDatagram(_ stream: StreamID, _ payload: ArraySlice<UInt8>) -> DatagramSending {
        guard payload.count <= pair.datagramLimit else { return .tooLong }
        guard pair.datagrams[1 - side].count < pair.datagramQueueLimit else { return .full }
        pair.datagrams[1 - side].append(DatagramFraming.frame(stream, payload))
        return .taken
    }

    func withReadable(
        _ stream: StreamID, _ body: (borrowing BlockList) -> Int
    ) -> StreamReadStatus {
        guard let pipe = incoming(stream) else { return .drained }
        if let code = pipe.resetCode { return .reset(code: code) }
        while pipe.count > 0 {
            let length = min(pipe.count, 3 * BlockPool.blockSize)
            let blocks = BlockList(start: 3, byteCount: length)
            for offset in 0..<length { blocks.store(pipe.bytes[pipe.head + offset], at: offset) }
            let taken = body(blocks)
            pipe.head += taken
            if pipe.head == pipe.bytes.count || pipe.head > 1 << 20 {
                pipe.bytes.removeFirst(pipe.head)
                pipe.head = 0
            }
            if taken > 0, pipe.isSenderBlocked {
                pipe.isSenderBlocked = false
                pair.events[1 - side].append(.writable(stream))
            }
            if taken < length { return .hasMore }
        }
        pipe.isReaderTold = false
        guard pipe.hasEnd else { return .drained }
        pipe.isEndRead = true
        pair.closeIfDone(stream)
        return .finished
    }

    private func outgoing(_ stream: StreamID) -> Pipe? { pair.streams[stream]?.pipes[side] }
    private func incoming(_ stream: StreamID) -> Pipe? { pair.streams[stream]?.pipes[1 - side] }

    private func append(_ stream: StreamID, _ bytes: [UInt8]) {
        guard let pipe = outgoing(stream), !pipe.isSendingDone else { return }
        announce(stream)
        guard !pipe.isStopped else { return }
        pipe.bytes += bytes
        pair.noteBuffered(pipe.count)
        tellReader(stream, pipe)
    }

    private func announce(_ id: StreamID) {
        guard let stream = pair.streams[id], !stream.isAnnounced, stream.opener == side else {
            return
        }
        stream.isAnnounced = true
        pair.events[1 - side].append(.opened(id))
    }

    private func tellReader(_ stream: StreamID, _ pipe: Pipe) {
        guard !pipe.isReaderTold, !pipe.isStopped else { return }
        pipe.isReaderTold = true
        pair.events[1 - side].append(.readable(stream))
    }
}

extension BlockList {
    /// New blocks for `byteCount` bytes (above 0).
    init(start: Int, byteCount: Int) {
        self.init(start: start)
        while self.byteCount < byteCount {
            append(Block(), byteCount: min(space, byteCount - self.byteCount))
        }
    }
}
