/// The frames that arrive. An error closes the Connection.
extension StreamSet {
    /// Takes a STREAM frame.
    ///
    /// - Parameter bytes: the `frame.length` bytes that followed its header.
    package mutating func receive(
        _ frame: StreamFrame, _ bytes: RawSpan, now: Instant
    ) throws(StreamError) {
        guard let (slot, stream) = try findOrOpen(frame.id) else { return }
        let receipt = try stream.receive.receive(frame, bytes, credit: window.credit, now: now)
        if receipt.isNews { queueReadable(stream, slot: slot) }
        account(receipt, stream: stream, slot: slot, now: now)
    }

    /// Takes RESET_STREAM.
    package mutating func receive(
        _ frame: ResetStreamFrame, now: Instant
    ) throws(StreamError) {
        guard let (slot, stream) = try findOrOpen(frame.id) else { return }
        let receipt = try stream.receive.receiveReset(
            size: frame.finalSize, credit: window.credit, now: now)
        if receipt.isNews {
            queue(.reset(frame.id, code: frame.code), slot: slot)
            try noteChurn(stream, now: now)
        }
        account(receipt, stream: stream, slot: slot, now: now)
    }

    private mutating func noteChurn(_ stream: Stream, now: Instant) throws(StreamError) {
        guard stream.id.parity != parity, stream.send.sentCount == 0 else { return }
        churn.note(now: now)
        if churn.isAbuse { throw .churn }
    }

    /// Takes STOP_SENDING: our half is reset with the same code (RFC 9000 section 3.5).
    package mutating func receive(_ frame: StopSendingFrame) throws(StreamError) {
        guard let (slot, stream) = try findOrOpen(frame.id) else { return }
        switch stream.send.state {
        case .sending, .finishing:
            reset(stream, slot: slot, code: frame.code)
            queue(.stopped(frame.id, code: frame.code), slot: slot)
        case .finished, .resetting, .wasReset:
            break
        }
    }

    /// Takes MAX_STREAM_DATA.
    package mutating func receive(_ frame: MaxStreamDataFrame) throws(StreamError) {
        guard let (slot, stream) = try findOrOpen(frame.id) else { return }
        stream.send.raiseLimit(to: frame.limit)
        schedule(stream, slot: slot)
    }

    package mutating func receiveMaxData(_ limit: UInt64) { dataLimit = max(dataLimit, limit) }

    /// - Returns: whether streams can be opened that could not before.
    @discardableResult
    package mutating func receiveMaxStreams(_ limit: UInt64) -> Bool {
        let couldOpen = openableCount > 0
        peerStreamLimit = max(peerStreamLimit, min(limit, StreamID.largest.index + 1))
        return !couldOpen && openableCount > 0
    }

    /// Brings the books of the Connection in line with those of the stream.
    private mutating func account(
        _ receipt: ReceiveStream.Receipt, stream: Stream, slot: UInt32, now: Instant
    ) {
        window.receive(receipt.count, now: now)
        window.consume(receipt.released)
        if receipt.released > 0 {
            grantCredit(to: stream, slot: slot, now: now)
        } else {
            grantConnectionCredit(now: now)
        }
        if receipt.isTerminal { closeIfOver(stream, slot: slot) }
    }
}
