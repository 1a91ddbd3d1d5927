/// What a packet in flight carried, as much as is needed when it is acknowledged or lost.
///
/// Frames are never sent again as they were: a lost STREAM frame returns its range to the stream,
/// a lost MAX_DATA frame makes the current limit be sent, and so on (RFC 9000 section 13.3).
/// `slot` is where the stream stands in its `StreamSet`, so that no lookup is needed; a slot that
/// meanwhile belongs to another stream is recognised by the ID.
package enum SentFrame: BitwiseCopyable, Equatable, Sendable {
    /// Bytes `offset`..<`offset + length` of a stream, and its end if `fin`.
    case stream(slot: UInt32, id: StreamID, offset: UInt64, length: UInt32, fin: Bool)
    case resetStream(slot: UInt32, id: StreamID)
    case stopSending(slot: UInt32, id: StreamID)
    case maxData(limit: UInt64)
    case maxStreamData(slot: UInt32, id: StreamID, limit: UInt64)
    case maxStreams(limit: UInt64)

    // The kinds below belong to the Connection; `StreamSet` ignores them.

    /// All packet numbers up to `largest` that we knew were reported; when the peer has seen that,
    /// they need not be reported again.
    case ack(largest: UInt64)
    case ping
    case pathChallenge(UInt64)
    case pathResponse(UInt64)
    case candidates(sequence: UInt64)
    /// A probe of a larger packet size; its loss says nothing about congestion.
    case mtuProbe(size: UInt32)
    /// An unreliable datagram; its loss is only counted.
    case datagram
    case close

    /// Whether the peer has to acknowledge a packet that holds this frame (RFC 9002 section 2).
    package var isACKEliciting: Bool {
        switch self {
        case .stream, .resetStream, .stopSending, .maxData, .maxStreamData, .maxStreams, .ping,
            .pathChallenge, .pathResponse, .candidates, .mtuProbe, .datagram:
            true
        case .ack, .close: false
        }
    }
}
