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
    var readableCount: Int { buffer.readableCount }
    var blockCount: Int { buffer.blockCount }

    // MARK: Wire

    /// How many bytes, beyond those that arrived before, a frame up to `end` announces.
    func newCount(upTo end: UInt64) -> UInt64 { end > window.received ? end - window.received : 0 }

    /// Takes a STREAM frame; the caller has checked the Connection's credit for the new bytes.
    /// - Throws: `flowControl`, `finalSize`, `changedData`.
    /// - Returns: whether the application has something new to read, or to know.
    mutating func receive(
        _ frame: StreamFrame, _ bytes: RawSpan, now: Instant
    ) throws(StreamError) -> Bool {
        try checkSize(end: frame.end, isFinal: frame.hasFin)
        let count = newCount(upTo: frame.end)
        guard count <= window.credit else { throw .flowControl }
        switch state {
        case .receiving, .sizeKnown:
            let before = buffer.contiguousEnd
            try buffer.insert(bytes, at: frame.offset)
            window.receive(count, now: now)
            if frame.hasFin { state = .sizeKnown(frame.end) }
            finishIfConsumed()
            return buffer.contiguousEnd > before || isTerminal
        case .discarding:
            window.receive(count, now: now)
            window.consume(count)
            if frame.hasFin { state = .discarded(size: frame.end) }
            return false
        case .finished, .wasReset, .discarded:
            return false
        }
    }

    /// Takes RESET_STREAM; the caller has checked the Connection's credit for the new bytes.
    /// - Throws: `flowControl`, `finalSize`.
    /// - Returns: whether the application is to be told.
    mutating func receiveReset(size: UInt64, now: Instant) throws(StreamError) -> Bool {
        try checkSize(end: size, isFinal: true)
        let count = newCount(upTo: size)
        guard count <= window.credit else { throw .flowControl }
        window.receive(count, now: now)
        switch state {
        case .receiving, .sizeKnown:
            state = .wasReset(size: size)
            buffer.discard()
            window.consume(window.held)
            return true
        case .discarding:
            state = .discarded(size: size)
            window.consume(window.held)
            return false
        case .finished, .wasReset, .discarded:
            return false
        }
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

    func withReadableBlock<Result, Failure: Error>(
        _ body: (borrowing ByteStorage, Range<Int>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        try buffer.withReadableBlock(body)
    }

    mutating func consume(_ count: Int) {
        buffer.consume(count)
        window.consume(UInt64(count))
        finishIfConsumed()
    }

    /// - Returns: whether STOP_SENDING is to be sent.
    mutating func stopReading() -> Bool {
        switch state {
        case .receiving:
            state = .discarding
        case .sizeKnown(let size):
            state = .discarded(size: size)
        case .finished, .wasReset, .discarding, .discarded:
            return false
        }
        buffer.discard()
        window.consume(window.held)
        return state == .discarding
    }

    private mutating func finishIfConsumed() {
        if case .sizeKnown(let size) = state, buffer.consumed == size {
            state = .finished(size: size)
        }
    }
}
