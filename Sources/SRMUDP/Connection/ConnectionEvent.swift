/// What a connection tells the layer above; drained with `pollEvent` after every input.
package enum ConnectionEvent: Equatable {
    /// The handshake is complete: streams may be opened.
    case established
    /// The path that carries the data changed, or its first one was found.
    case pathChanged(SocketAddress)
    /// Nothing has been heard for a while although an answer was due. Everything is kept.
    case silent
    /// The peer is heard again after `silent`.
    case heard
    /// The peer told where it may be reached; these addresses are being tried already.
    case candidates([Candidate])
    /// A datagram of the application arrived (DATAGRAM frame).
    case datagram([UInt8])
    case closed(ConnectionError)
}
