/// How much memory and how many streams one Connection may use. All sizes are in bytes.
package struct StreamLimits: Sendable {
    /// Credit that a stream has from the start; both sides know it without a message.
    package var initialStreamWindow = 256 * 1024
    /// A stream's window grows up to this while the application keeps pace.
    package var maximumStreamWindow = 8 * 1024 * 1024
    /// Credit that all streams together have from the start; both sides know it as well.
    package var initialConnectionWindow = 1024 * 1024
    /// Received bytes that wait for the application, over all streams, never exceed this. So many
    /// bytes divided by `initialStreamWindow` is the number of readers that may stand still before
    /// bulk transfers of others are held up; streams with little to send go on even then.
    package var maximumConnectionWindow = 64 * 1024 * 1024
    /// Streams of the peer that may be open at the same time.
    package var maximumPeerStreams = 16_384
    /// What a stream accepts from the application ahead of sending, at first ...
    package var initialBacklog = 256 * 1024
    /// ... and after it ran dry repeatedly.
    package var maximumBacklog = 4 * 1024 * 1024
    /// With more bytes than this waiting to be sent, over all streams, each accepts less ahead.
    package var maximumTotalBacklog = 16 * 1024 * 1024

    package init() {}
}

/// What the peer grants before its first message.
package struct InitialCredit: Sendable {
    package var data: UInt64
    package var streamData: UInt64
    package var streams: UInt64

    /// The credit that a peer with these limits grants.
    package init(of peer: StreamLimits = StreamLimits()) {
        data = UInt64(peer.initialConnectionWindow)
        streamData = UInt64(peer.initialStreamWindow)
        streams = UInt64(peer.maximumPeerStreams)
    }
}
