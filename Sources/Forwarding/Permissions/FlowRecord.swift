import SRMUDP

/// What became of a flow that came from outside: from the peer, or in at a listener of the peer's.
package struct FlowRecord: Equatable, Sendable {
    package let request: OpenRequest
    /// Where it was connected to, or came from; nil for what has no address.
    package let address: SocketAddress?
    /// From our end into the stream.
    package let uploadedBytes: UInt64
    /// From the stream to our end.
    package let downloadedBytes: UInt64
    /// Datagrams that found no room or were beyond the rate; nil for a flow of bytes.
    package var droppedDatagrams: UInt64?
    package let duration: Interval
    package let end: FlowEnd
}
