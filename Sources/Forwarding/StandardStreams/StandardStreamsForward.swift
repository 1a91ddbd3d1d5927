/// `-W`: the command's standard streams joined to what the peer connects to.
///
/// The request is made once; without the session that carried it nothing can be made good again.
package final class StandardStreamsForward: Forward {
    package let request: OpenRequest
    package var origin: ForwardOrigin { use.origin }
    private let use: StandardStreamsUse

    /// - Parameter ended: called once.
    package init(
        request: OpenRequest, streams: any ByteChannel,
        ended: @escaping (StandardStreamsEnd) -> Void
    ) {
        self.request = request
        use = StandardStreamsUse(streams, ended: ended)
    }

    package func attach(_ session: ForwardingSession?) {
        use.open(in: session) { [use, request] place in
            use.take(Flow.opening(request, socket: use.streams, at: place))
        }
    }

    /// A flow that is open may go on to its end.
    package func close() { use.close() }
}
