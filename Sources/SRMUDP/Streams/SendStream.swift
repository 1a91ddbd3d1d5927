/// The sending half of a stream (RFC 9000 section 3.1).
///
///     sending ── finish ──▸ finishing ── everything acked ──▸ finished
///        └────── reset ───────┴──────▸ resetting ── acked ──▸ wasReset
struct SendStream: ~Copyable {
    enum State: Equatable {
        /// The application may write.
        case sending
        /// The application has written its last byte; bytes or FIN are not yet acknowledged.
        case finishing(Fin)
        /// The peer has everything.
        case finished
        /// RESET_STREAM is waiting, in flight or lost.
        case resetting(code: UInt64)
        /// The peer knows of the reset.
        case wasReset
    }

    /// Where the FIN is.
    enum Fin { case waiting, inFlight, acknowledged }

    private(set) var state = State.sending
    private var buffer: SendBuffer
    /// The offset up to which the peer lets us send.
    private(set) var limit: UInt64
    /// How many unsent bytes the application may pile up.
    private(set) var backlogLimit: Int
    /// The application was refused room and is to be told when there is some.
    private(set) var isBlocked = false
    /// The application was refused room and has not written since.
    private var awaitsWriter = false

    init(pool: BlockPool, limit: UInt64, backlogLimit: Int) {
        buffer = SendBuffer(pool: pool)
        self.limit = limit
        self.backlogLimit = backlogLimit
    }

    /// Nothing will be sent any more.
    var isTerminal: Bool { state == .finished || state == .wasReset }
    var unsentCount: Int { buffer.unsentCount }
    /// The final size that RESET_STREAM tells: what was sent at least once.
    var sentCount: UInt64 { buffer.sent }
    var blockCount: Int { buffer.blockCount }

    /// How many bytes may be sent for the first time, as far as this stream's credit goes.
    var sendableCount: Int { Int(min(buffer.end, max(limit, buffer.sent)) - buffer.sent) }

    /// Something is to be sent that needs no credit: lost bytes, or a FIN alone.
    var isUrgent: Bool {
        !buffer.lost.isEmpty || state == .finishing(.waiting) && buffer.unsentCount == 0
    }

    // MARK: Application

    /// How many bytes `write` would take, given what is left for all streams together.
    func room(share: Int) -> Int {
        guard case .sending = state else { return 0 }
        return max(0, min(backlogLimit, share) - buffer.unsentCount)
    }

    /// Whether half of what may wait is free. With less it is better to wait: many flows that each
    /// read a few bytes as soon as there is room for them spend their time in system calls.
    func hasWorthwhileRoom(share: Int) -> Bool {
        let room = room(share: share)
        return room > 0 && room * 2 >= min(backlogLimit, share)
    }

    mutating func write(_ bytes: borrowing RawSpan, share: Int) -> Int {
        let room = room(share: share)
        let count = min(bytes.byteCount, room)
        if count > 0 { buffer.append(bytes.extracting(0..<count)) }
        awaitsWriter = false
        if count < bytes.byteCount { noteBlocked() }
        return count
    }

    mutating func withFreeBlocks(
        upTo limit: Int, _ body: (borrowing BlockList) -> Int
    ) -> Int {
        awaitsWriter = false
        return buffer.withFreeBlocks(upTo: limit, body)
    }

    mutating func noteBlocked() {
        isBlocked = true
        awaitsWriter = true
    }

    /// - Returns: whether the state changed.
    mutating func finish() -> Bool {
        guard case .sending = state else { return false }
        state = .finishing(.waiting)
        return true
    }

    /// - Returns: whether RESET_STREAM is to be sent.
    mutating func reset(code: UInt64) -> Bool {
        switch state {
        case .sending, .finishing:
            state = .resetting(code: code)
            buffer.discard()
            isBlocked = false
            return true
        case .finished, .resetting, .wasReset:
            return false
        }
    }

    // MARK: Wire

    mutating func raiseLimit(to limit: UInt64) { self.limit = max(self.limit, limit) }

    /// Writes a frame with bytes that were lost, or with the FIN alone.
    /// - Returns: nil if there is none or it does not fit.
    mutating func writeUrgentFrame(id: StreamID, into writer: inout ByteWriter) -> StreamFrame? {
        guard let next = buffer.lost.first else {
            return isUrgent ? writeFrame(id: id, at: buffer.sent, count: 0, into: &writer) : nil
        }
        let count = Int(next.upperBound - next.lowerBound)
        return writeFrame(id: id, at: next.lowerBound, count: count, into: &writer)
    }

    /// What came of an attempt to send new bytes.
    enum Attempt {
        case nothingToSend
        case packetIsFull
        /// - hasMore: more new bytes could be sent.
        /// - isUrgent: the FIN is left to be sent.
        /// - isWritable: the application is to be told that there is room again.
        case written(StreamFrame, hasMore: Bool, isUrgent: Bool, isWritable: Bool)
    }

    /// Writes a frame with up to `credit` bytes that were never sent.
    ///
    /// This does all that is to be done for a packet in one call: each access from outside to a
    /// part of an object costs as much as the work itself.
    mutating func writeNewFrame(
        id: StreamID, credit: UInt64, share: Int, maximumBacklog: Int,
        into writer: inout ByteWriter
    ) -> Attempt {
        let count = Int(min(UInt64(sendableCount), credit))
        if count == 0 { return .nothingToSend }
        guard let frame = writeFrame(id: id, at: buffer.sent, count: count, into: &writer) else {
            return .packetIsFull
        }
        var isWritable = false
        if isBlocked || awaitsWriter {
            raiseBacklogIfDry(maximum: maximumBacklog)
            isWritable = takeWritable(share: share)
        }
        return .written(
            frame, hasMore: sendableCount > 0, isUrgent: isUrgent, isWritable: isWritable)
    }

    private mutating func writeFrame(
        id: StreamID, at offset: UInt64, count: Int, into writer: inout ByteWriter
    ) -> StreamFrame? {
        guard
            let (length, hasLength) = StreamFrame.fit(
                available: count, id: id, offset: offset, space: writer.remaining),
            length > 0 || count == 0
        else { return nil }
        let isNew = offset == buffer.sent
        let range = isNew ? buffer.takeUnsent(length) : buffer.takeLost(upTo: length)
        guard let range else { return nil }
        let frame = StreamFrame(
            id: id, offset: offset, length: length, hasFin: takeFin(endingAt: range.upperBound))
        frame.encodeHeader(hasLength: hasLength, into: &writer)
        buffer.copy(range, into: &writer)
        return frame
    }

    private mutating func takeFin(endingAt end: UInt64) -> Bool {
        guard case .finishing(let fin) = state, end == buffer.end else { return false }
        if fin == .waiting { state = .finishing(.inFlight) }
        return true
    }

    /// Lets the application write further ahead if the stream ran dry before it came to write.
    private mutating func raiseBacklogIfDry(maximum: Int) {
        guard awaitsWriter, buffer.unsentCount == 0 else { return }
        awaitsWriter = false
        backlogLimit = max(backlogLimit, min(backlogLimit * 2, maximum))
    }

    /// Whether the application, which was refused room, is to be told that there is enough now.
    private mutating func takeWritable(share: Int) -> Bool {
        guard isBlocked, hasWorthwhileRoom(share: share) else { return false }
        isBlocked = false
        return true
    }

    /// The peer has these bytes, and the end behind them if `hasFin`.
    /// - Returns: whether it has everything now, and did not before.
    mutating func acknowledge(_ range: Range<UInt64>, hasFin: Bool) -> Bool {
        buffer.acknowledge(range)
        guard case .finishing(let fin) = state else { return false }
        if hasFin, fin != .acknowledged { state = .finishing(.acknowledged) }
        guard buffer.isEmpty, hasFin || fin == .acknowledged else { return false }
        state = .finished
        return true
    }

    /// The packet with the frame was lost.
    mutating func lose(offset: UInt64, length: UInt32, hasFin: Bool) {
        switch state {
        case .sending: buffer.lose(offset..<offset + UInt64(length))
        case .finishing(let fin):
            buffer.lose(offset..<offset + UInt64(length))
            if hasFin, fin == .inFlight { state = .finishing(.waiting) }
        case .finished, .resetting, .wasReset: break
        }
    }

    mutating func resetAcknowledged() {
        if case .resetting = state { state = .wasReset }
    }
}

extension SendStream {
    var snapshot: SendStreamSnapshot {
        SendStreamSnapshot(
            state: state, buffer: buffer.snapshot, limit: limit, backlogLimit: backlogLimit)
    }

    init(restoring snapshot: SendStreamSnapshot, pool: BlockPool) {
        self.init(pool: pool, limit: snapshot.limit, backlogLimit: snapshot.backlogLimit)
        buffer = SendBuffer(restoring: snapshot.buffer, pool: pool)
        state = snapshot.state
    }
}
