/// The receiving half of a stream (RFC 9000 section 3.2).
///
///     receiving ── FIN ──▸ sizeKnown ── all consumed ──▸ finished
///         ├────── RESET_STREAM ──┴─────────────────────▸ wasReset
///         └────── stopReading ──▸ discarding ── size known ──▸ discarded
struct ReceiveStream: ~Copyable {
    enum State: Equatable {
        /// The end is not known.
        case receiving
        /// The end is known; bytes are missing, or unread.
        case sizeKnown(UInt64)
        /// The application has consumed everything.
        case finished(size: UInt64)
        /// The peer gave the stream up.
        case wasReset(size: UInt64)
        /// We do not want the bytes, but must learn how many there were.
        case discarding
        /// We did not want the bytes.
        case discarded(size: UInt64)
    }

    private(set) var state = State.receiving
    private var buffer: ReassemblyBuffer
    private(set) var window: ReceiveWindow

    init(pool: BlockPool, limits: StreamLimits) {
        buffer = ReassemblyBuffer(pool: pool)
        window = ReceiveWindow(
            .stream, initial: limits.initialStreamWindow, maximum: limits.maximumStreamWindow)
    }

    /// Nothing will be received any more.
    var isTerminal: Bool {
        switch state {
        case .finished, .wasReset, .discarded: true
        case .receiving, .sizeKnown, .discarding: false
        }
    }

    /// The application has got everything, or wants no more. A reset is not an end: what was read
    /// may be only the beginning.
    var isReadFinished: Bool {
        switch state {
        case .finished, .discarding, .discarded: true
        case .receiving, .sizeKnown, .wasReset: false
        }
    }
    /// What follows the bytes that can be read now.
    var readingEnd: ReadingEnd {
        switch state {
        case .receiving, .sizeKnown: .open
        case .finished: .finished
        case .wasReset, .discarding, .discarded: .reset
        }
    }
    var readableCount: Int { buffer.readableCount }
    var blockCount: Int { buffer.blockCount }

    // MARK: Wire

    /// What a frame changed.
    struct Receipt {
        /// Bytes, beyond those that arrived before, up to the end of the frame.
        var count: UInt64
        /// Bytes of these or earlier ones that nobody will read.
        var released: UInt64 = 0
        /// The application has something new to read, or to know.
        var isNews = false
        /// Nothing more will come.
        var isTerminal = false
    }

    /// Takes a STREAM frame.
    /// - Parameter credit: what the Connection's window allows.
    /// - Throws: `flowControl`, `finalSize`, `changedData`, `fragmentation`.
    mutating func receive(
        _ frame: StreamFrame, _ bytes: RawSpan, credit: UInt64, now: Instant
    ) throws(StreamError) -> Receipt {
        var receipt = try check(end: frame.end, isFinal: frame.hasFin, credit: credit)
        switch state {
        case .receiving, .sizeKnown:
            let before = buffer.contiguousEnd
            try buffer.insert(bytes, at: frame.offset)
            window.receive(receipt.count, now: now)
            if frame.hasFin { state = .sizeKnown(frame.end) }
            finishIfConsumed()
            receipt.isTerminal = isTerminal
            receipt.isNews = buffer.contiguousEnd > before || receipt.isTerminal
        case .discarding:
            window.receive(receipt.count, now: now)
            if frame.hasFin { state = .discarded(size: frame.end) }
            release(&receipt)
        case .finished, .wasReset, .discarded:
            break
        }
        return receipt
    }

    /// Takes RESET_STREAM.
    /// - Parameter credit: what the Connection's window allows.
    /// - Throws: `flowControl`, `finalSize`.
    mutating func receiveReset(
        size: UInt64, credit: UInt64, now: Instant
    ) throws(StreamError) -> Receipt {
        var receipt = try check(end: size, isFinal: true, credit: credit)
        window.receive(receipt.count, now: now)
        switch state {
        case .receiving, .sizeKnown:
            state = .wasReset(size: size)
            buffer.discard()
            release(&receipt)
            receipt.isNews = true
        case .discarding:
            state = .discarded(size: size)
            release(&receipt)
        case .finished, .wasReset, .discarded:
            break
        }
        return receipt
    }

    private mutating func release(_ receipt: inout Receipt) {
        receipt.released = window.held
        window.consume(receipt.released)
        receipt.isTerminal = isTerminal
    }

    private func check(
        end: UInt64, isFinal: Bool, credit: UInt64
    ) throws(StreamError) -> Receipt {
        try checkSize(end: end, isFinal: isFinal)
        let count = end > window.received ? end - window.received : 0
        guard count <= window.credit, count <= credit else { throw .flowControl }
        return Receipt(count: count)
    }

    private func checkSize(end: UInt64, isFinal: Bool) throws(StreamError) {
        switch state {
        case .receiving, .discarding:
            if isFinal, end < window.received { throw .finalSize }
        case .sizeKnown(let size), .finished(let size), .wasReset(let size), .discarded(let size):
            if end > size || isFinal && end != size { throw .finalSize }
        }
    }

    /// Extends the peer's credit if that is due; no credit is of use once the end is known.
    mutating func grant(now: Instant, roundTripTime: Interval, isCrowded: Bool) -> Bool {
        guard state == .receiving || state == .discarding else { return false }
        return window.grant(now: now, roundTripTime: roundTripTime, isCrowded: isCrowded)
    }

    /// Whether a new limit is still of interest to the peer.
    var needsCredit: Bool { state == .receiving || state == .discarding }

    // MARK: Application

    func withReadableBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try buffer.withReadableBytes(body)
    }

    func withReadableBlocks<Result>(_ body: (borrowing BlockList) -> Result) -> Result {
        buffer.withReadableBlocks(body)
    }

    mutating func consume(_ count: Int) {
        buffer.consume(count)
        window.consume(UInt64(count))
        finishIfConsumed()
    }

    /// - Returns: how many unread bytes were released, and whether STOP_SENDING is to be sent.
    mutating func stopReading() -> (released: UInt64, mustTellPeer: Bool) {
        switch state {
        case .receiving:
            state = .discarding
        case .sizeKnown(let size):
            state = .discarded(size: size)
        case .finished, .wasReset, .discarding, .discarded:
            return (0, false)
        }
        let held = window.held
        buffer.discard()
        window.consume(held)
        return (held, state == .discarding)
    }

    private mutating func finishIfConsumed() {
        if case .sizeKnown(let size) = state, buffer.consumed == size {
            state = .finished(size: size)
        }
    }
}

extension ReceiveStream {
    var snapshot: ReceiveStreamSnapshot {
        ReceiveStreamSnapshot(state: state, buffer: buffer.snapshot, window: window.snapshot)
    }

    init(restoring snapshot: ReceiveStreamSnapshot, pool: BlockPool, limits: StreamLimits) {
        self.init(pool: pool, limits: limits)
        buffer = ReassemblyBuffer(restoring: snapshot.buffer, pool: pool)
        window.restore(snapshot.window)
        state = snapshot.state
    }
}
