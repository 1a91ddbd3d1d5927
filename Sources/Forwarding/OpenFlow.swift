import SRMUDP

/// One flow of a session, as it is at this moment.
package struct OpenFlow {
    package let stream: StreamID
    package let request: OpenRequest
    /// It came from outside: from the peer, or in at a listener of the peer's.
    package let isServed: Bool
    /// The other end has connected it, or we did.
    package let isConnected: Bool
    /// Where it is connected to on this side, or came from; nil for what has no address.
    package let address: SocketAddress?
    /// From this side into the stream.
    package let sentBytes: UInt64
    /// From the stream to this side.
    package let receivedBytes: UInt64
    package let age: Interval
    /// The forward of ours that it belongs to; nil: none.
    package let origin: ForwardOrigin?
}

extension OpenRequest {
    /// Whether its stream carries bytes for somebody; one that stands for a listener does not.
    var isForFlow: Bool {
        switch self {
        case .connect, .accepted, .pipe, .relay, .relayed, .measure: true
        case .listen: false
        }
    }
}
