// What the layer above may do with streams and datagrams.
extension Connection {
    /// The most datagrams that wait for their turn; more are refused.
    static let maximumQueuedDatagrams = 256

    /// Opens a stream. The peer learns of it by its first frame.
    /// - Returns: nil while the peer allows no more streams, and before the handshake is over.
    package func openStream() -> StreamID? {
        switch state {
        case .established: streams.open()
        case .dialing, .closing, .draining, .closed: nil
        }
    }

    /// The largest datagram that fits into one packet now, in bytes.
    package var maximumDatagramPayload: Int {
        OutgoingPackets.maximumDatagram(in: activePath?.mtu.current ?? MTUDiscovery.minimumSize)
    }

    /// Sends bytes once, as one unit, without repetition if they are lost.
    /// - Returns: false if they are too long for a packet or too many wait already.
    package func sendDatagram(_ bytes: [UInt8]) -> Bool {
        guard state == .established, bytes.count <= maximumDatagramPayload,
            outgoingDatagrams.count < Self.maximumQueuedDatagrams
        else { return false }
        outgoingDatagrams.append(bytes)
        wake()
        return true
    }

    /// Lends the streams to the layer above; what it does there is sent at the end of the turn.
    package func withStreams<Result>(_ body: (inout StreamSet) -> Result) -> Result {
        defer { wake() }
        return body(&streams)
    }
}
