/// How frames of any stream type come in: read, checked, applied.
extension StreamSet {
    /// Reads what stands behind `type` and applies it.
    ///
    /// - Returns: how the peer broke the rules of streams, if it did.
    /// - Throws: `unknownFrame` for a type that is not a stream's, or what makes it unreadable.
    mutating func handleFrame(
        _ type: UInt64, _ reader: inout ByteReader, now: Instant
    ) throws(WireError) -> StreamError? {
        switch type {
        case StreamFrameType.stream...StreamFrameType.stream | 7:
            let frame = try StreamFrame.decode(type: type, from: &reader)
            let bytes = try reader.readBytes(frame.length)
            return violation { set throws(StreamError) in try set.receive(frame, bytes, now: now) }
        case StreamFrameType.resetStream:
            let frame = try ResetStreamFrame.decode(from: &reader)
            return violation { set throws(StreamError) in try set.receive(frame, now: now) }
        case StreamFrameType.stopSending:
            let frame = try StopSendingFrame.decode(from: &reader)
            return violation { set throws(StreamError) in try set.receive(frame) }
        case StreamFrameType.maxStreamData:
            let frame = try MaxStreamDataFrame.decode(from: &reader)
            return violation { set throws(StreamError) in try set.receive(frame) }
        case StreamFrameType.maxData:
            receiveMaxData(try reader.readVarint())
            return nil
        case StreamFrameType.maxStreams:
            receiveMaxStreams(try reader.readVarint())
            return nil
        default:
            throw .unknownFrame
        }
    }

    private mutating func violation(
        _ body: (inout StreamSet) throws(StreamError) -> Void
    ) -> StreamError? {
        do throws(StreamError) {
            try body(&self)
            return nil
        } catch {
            return error
        }
    }
}
