import SRMUDP

/// Who uses a stream once its first bytes, request and reply, are settled or on their way.
///
/// The session calls the `stream…` methods for the stream's events, and drops the user with the
/// stream's end.
package protocol StreamUser: AnyObject {
    /// What the stream was opened for.
    var request: OpenRequest { get }
    /// The far side is connected: we said so, or it did.
    var isConnected: Bool { get }
    /// Bytes that went into the stream, without request and reply.
    var uploadedBytes: UInt64 { get }
    /// Bytes that came out of the stream and were delivered.
    var downloadedBytes: UInt64 { get }
    /// Datagrams that were dropped, in both directions; nil for who carries none.
    var droppedDatagrams: UInt64? { get }
    /// Where it is connected to, or came from; nil for what has no address.
    var dialledAddress: SocketAddress? { get }
    /// Why it ended, or is about to; nil while it goes on.
    var endReason: FlowEnd? { get }

    /// What becomes of the stream in another program that goes on with the session.
    var handover: StreamHandover { get }

    /// Bytes arrived on the stream.
    /// - Returns: the far side's reply, when these bytes completed it.
    func streamReadable() -> OpenReply?
    func streamWritable()
    func streamReset()
    /// The same with the peer's reason, for users that tell reasons apart.
    func streamReset(code: UInt64)
    func streamStopped()
    /// The same with the peer's reason, for users that tell reasons apart.
    func streamStopped(code: UInt64)
    func streamClosed()
    /// A DATAGRAM frame of this stream's; it may come before the request and after the end.
    func datagramArrived(_ payload: ArraySlice<UInt8>)

    /// The session takes nothing new on and waits for its users to end; one that would stay for as
    /// long as the session ends now.
    func drain()
    /// The carrier has died, and every stream with it.
    func carrierLost()
    /// Gives the stream up in both directions, at the session's end.
    func abort()
    /// Gives the stream up in both directions, because this side's user wants it. The session tells
    /// of the stream's end as of any other.
    func cancel()
    /// Gives the stream up in both directions, because the right to it was taken away. The session
    /// tells of the stream's end as of any other.
    func withdraw()
}

extension StreamUser {
    /// Most users know no datagrams; a peer that sends some anyway gains nothing.
    package func datagramArrived(_ payload: ArraySlice<UInt8>) {}

    package var handover: StreamHandover { .impossible }
    package var dialledAddress: SocketAddress? { nil }
    package var endReason: FlowEnd? { nil }
    package var droppedDatagrams: UInt64? { nil }
    package func streamReset(code: UInt64) { streamReset() }
    package func streamStopped(code: UInt64) { streamStopped() }
    package func drain() {}
    package func cancel() { abort() }
    package func withdraw() { abort() }
}

/// Where a user of a stream works.
package struct StreamPlace {
    package let stream: StreamID
    package let carrier: any StreamCarrier
    package let loop: EventLoop
    /// The bytes that the peer's flows may still move; nil: as many as they like.
    package var budget: RateBudget?
    /// Where further streams are opened.
    package weak var session: ForwardingSession?
}
