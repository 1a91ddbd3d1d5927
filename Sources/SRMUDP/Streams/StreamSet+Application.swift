/// The application's side. Calls with the ID of a stream that is over do nothing.
extension StreamSet {
    /// Copies as many of `bytes` as the stream takes now and returns how many that were. If not
    /// all, `StreamEvent.writable` follows when there is room.
    package mutating func write(_ id: StreamID, _ bytes: borrowing RawSpan) -> Int {
        guard let (slot, stream) = find(id) else { return 0 }
        let count = stream.send.write(bytes, share: backlogShare)
        noteWritten(count, stream: stream, slot: slot)
        return count
    }

    /// How many bytes the stream takes now. If none, `StreamEvent.writable` follows when there is
    /// room.
    package mutating func writable(_ id: StreamID) -> Int {
        guard let (_, stream) = find(id) else { return 0 }
        let room = stream.send.room(share: backlogShare)
        if room == 0 { stream.send.noteBlocked() }
        return room
    }

    /// Lends memory of the stream to be written: the free part of a block and blocks behind it.
    ///
    /// - Parameters:
    ///   - limit: the most bytes to be lent; > 0.
    ///   - body: writes from the start of the run and returns how many bytes it wrote; these are
    ///     the stream's next bytes. It is not called if the stream takes nothing now.
    /// - Returns: what `body` returned; nil if the stream takes nothing now, in which case
    ///   `StreamEvent.writable` follows when there is room.
    package mutating func withWritableBlocks(
        _ id: StreamID, upTo limit: Int = .max, _ body: (borrowing BlockList) -> Int
    ) -> Int? {
        guard let (slot, stream) = find(id) else { return nil }
        let share = backlogShare
        guard stream.send.hasWorthwhileRoom(share: share) else {
            stream.send.noteBlocked()
            return nil
        }
        let room = min(stream.send.room(share: share), limit)
        let count = stream.send.withFreeBlocks(upTo: room, body)
        noteWritten(count, stream: stream, slot: slot)
        return count
    }

    /// Ends our half behind what was written.
    package mutating func finish(_ id: StreamID) {
        guard let (slot, stream) = find(id), stream.send.finish() else { return }
        schedule(stream, slot: slot)
    }

    /// Gives our half up: what was not sent is not sent, what was lost is not sent again.
    /// - Parameter code: for the peer's application; < 2^62.
    package mutating func reset(_ id: StreamID, code: UInt64) {
        guard let (slot, stream) = find(id) else { return }
        reset(stream, slot: slot, code: code)
    }

    mutating func reset(_ stream: Stream, slot: UInt32, code: UInt64) {
        let unsent = stream.send.unsentCount
        guard stream.send.reset(code: code) else { return }
        backlog -= unsent
        require(.reset, of: stream, slot: slot)
    }

    /// How many bytes can be read now.
    package mutating func readable(_ id: StreamID) -> Int {
        find(id)?.stream.receive.readableCount ?? 0
    }

    /// Whether everything up to the end was consumed, or reading was stopped. Never true of a
    /// stream that the peer reset, as long as `StreamEvent.closed` has not been polled.
    package mutating func isReadFinished(_ id: StreamID) -> Bool {
        find(id)?.stream.receive.isReadFinished ?? true
    }

    /// What follows the bytes that can be read now; nil if the stream is over and gone.
    package mutating func readingEnd(_ id: StreamID) -> ReadingEnd? {
        find(id)?.stream.receive.readingEnd
    }

    /// Lends the next bytes without copying them: as many as stand together, none if there are
    /// none. They stay until they are consumed.
    package mutating func withReadableBytes<Result, Failure: Error>(
        _ id: StreamID, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let (_, stream) = find(id) else { return try body(RawSpan()) }
        return try stream.receive.withReadableBytes(body)
    }

    /// Lends the next bytes in their blocks, as many as a list holds; nil if there are none.
    package mutating func withReadableBlocks<Result>(
        _ id: StreamID, _ body: (borrowing BlockList) -> Result
    ) -> Result? {
        guard let (_, stream) = find(id), stream.receive.readableCount > 0 else { return nil }
        return stream.receive.withReadableBlocks(body)
    }

    /// Releases the first `count` bytes; only now the peer may send as many more.
    /// - Parameter count: at most `readable(id)`.
    package mutating func consume(_ id: StreamID, _ count: Int, now: Instant) {
        guard let (slot, stream) = find(id) else { return }
        stream.receive.consume(count)
        window.consume(UInt64(count))
        grantCredit(to: stream, slot: slot, now: now)
        closeIfOver(stream, slot: slot)
    }

    /// Asks the peer to send no more; bytes that still come are thrown away.
    /// - Parameter code: for the peer's application; < 2^62.
    package mutating func stopReading(_ id: StreamID, code: UInt64, now: Instant) {
        guard let (slot, stream) = find(id) else { return }
        let (released, mustTellPeer) = stream.receive.stopReading()
        if mustTellPeer {
            stream.stopCode = code
            require(.stop, of: stream, slot: slot)
        }
        window.consume(released)
        grantCredit(to: stream, slot: slot, now: now)
        closeIfOver(stream, slot: slot)
    }

    /// What one stream may have waiting, in view of what all have: nobody less than one block.
    var backlogShare: Int {
        max(BlockPool.blockSize, (limits.maximumTotalBacklog - backlog) / 4)
    }

    private mutating func noteWritten(_ count: Int, stream: Stream, slot: UInt32) {
        if count == 0 { return }
        backlog += count
        schedule(stream, slot: slot)
    }

    /// Extends the credit of the stream and of the Connection if that is due.
    mutating func grantCredit(to stream: Stream, slot: UInt32, now: Instant) {
        let isCrowded = window.isCrowded
        if stream.receive.grant(now: now, roundTripTime: roundTripTime, isCrowded: isCrowded) {
            require(.credit, of: stream, slot: slot)
        }
        grantConnectionCredit(now: now)
    }

    mutating func grantConnectionCredit(now: Instant) {
        let isCrowded = window.isCrowded
        if window.grant(now: now, roundTripTime: roundTripTime, isCrowded: isCrowded) {
            mustSendMaxData = true
        }
    }
}

/// What a reader finds behind the bytes that can be read.
package enum ReadingEnd: Equatable, Sendable {
    /// More may come.
    case open
    /// This was all.
    case finished
    /// The rest is lost, or was not wanted.
    case reset
}
