import SRMUDP

/// What reading from a stream came to.
package enum StreamReadStatus: Equatable {
    /// Bytes are left that the reader did not take.
    case hasMore
    /// Every byte that has arrived is consumed; more may come and is announced by an event.
    case drained
    /// Every byte of the stream is consumed, and the peer's FIN with them.
    case finished
    /// The peer gave the stream up; bytes that were not consumed are gone.
    case reset(code: UInt64)
}

/// What became of a payload for a DATAGRAM frame.
package enum DatagramSending: Equatable {
    case taken
    /// It does not fit into a packet of the path in use.
    case tooLong
    /// Too many wait for their turn already, or there is no connection.
    case full
}

/// What a `Flow` needs of a multiplexed, reliable transport.
///
/// An SRMUDP connection is one; a direct dial or a gateway's WebSocket can be others. All calls
/// come from the event loop's thread, and none of them calls back except into the body it was
/// given,
/// which must not call the carrier. What the calls cause to be sent leaves at the end of the turn.
/// A call that names a stream which is gone does nothing and returns 0 or `.drained`. A `closed`
/// event without a `reset` before it means that the peer's direction came to its end.
package protocol StreamCarrier: AnyObject {
    /// A new stream, or nil while the peer permits no further one.
    func openStream() -> StreamID?

    /// How many bytes the stream takes now. After an answer of 0 the stream's `writable` event
    /// tells when to ask again.
    func writableBytes(_ stream: StreamID) -> Int

    /// Lends free space of the stream's send buffer, so that a socket is read straight into it.
    ///
    /// `body` gets blocks with a run of at most `limit` bytes and returns how many of its first
    /// bytes it filled; they are then part of the stream. It is not called when there is no room;
    /// in that case the `writable` event tells when to ask again.
    /// - Returns: what `body` returned, or 0 when it was not called.
    @discardableResult
    func withFreeSpace(
        _ stream: StreamID, upTo limit: Int, _ body: (borrowing BlockList) -> Int
    ) -> Int

    /// Appends a small control message whole; the stream takes it even when its buffer is full.
    func write(_ stream: StreamID, _ bytes: [UInt8])

    /// Ends our direction behind the bytes written so far.
    func finish(_ stream: StreamID)

    /// Gives up our direction at once; bytes under way may be lost.
    func reset(_ stream: StreamID, code: UInt64)

    /// Asks the peer to give up its direction; what has arrived is dropped.
    func stopReading(_ stream: StreamID, code: UInt64)

    /// Sends a DATAGRAM frame of the stream's: at most once, unordered, outside of flow control.
    func sendDatagram(_ stream: StreamID, _ payload: ArraySlice<UInt8>) -> DatagramSending

    /// Lends the bytes that have arrived in order, some blocks at a time.
    ///
    /// `body` returns how many of the first bytes of the run it took; these are consumed, which
    /// gives the peer new credit. The loop ends when `body` takes less than it was offered.
    func withReadable(
        _ stream: StreamID, _ body: (borrowing BlockList) -> Int
    ) -> StreamReadStatus
}

/// The codes that flows put into RESET_STREAM and STOP_SENDING.
package enum FlowErrorCode {
    /// The TCP connection at the sender's end failed or was reset.
    package static let socketFailed: UInt64 = 1
    /// The open request was refused; the reply on the stream says why.
    package static let refused: UInt64 = 2
    /// The session ends.
    package static let sessionClosed: UInt64 = 3
    /// The peer broke the rules of the stream's first bytes, or of datagrams in a stream.
    package static let badRequest: UInt64 = 4
    /// Another connection of the same peer took the listener over that the stream stood for.
    package static let takenOver: UInt64 = 5
    /// No datagram came for so long that the flow ended.
    package static let idle: UInt64 = 6
    /// What the stream was opened for is not permitted any more.
    package static let noLongerPermitted: UInt64 = 7
    /// The sender's user ended the flow.
    package static let cancelled: UInt64 = 8
    /// The receiver of a measurement has seen enough.
    package static let measured: UInt64 = 9
}
