import SRMUDP

/// `p2pfwd pipe`: the command's standard streams joined to those of the same command at the peer.
///
/// Both ends run this; neither is a server. The side with the even streams opens the pipe. The
/// other one asks in the same way, which tells a peer that has a pipe waiting from one that has
/// none, and takes no answer but the refusal: an even side that is asked says yes and ends the
/// stream, because its own request is on its way already.
package final class PipeForward: Forward {
    package var origin: ForwardOrigin { use.origin }
    private let use: StandardStreamsUse
    private var isOpener = false

    /// - Parameter ended: called once.
    package init(streams: any ByteChannel, ended: @escaping (StandardStreamsEnd) -> Void) {
        use = StandardStreamsUse(streams, ended: ended)
    }

    package func attach(_ session: ForwardingSession?) {
        use.open(in: session) { [self] place in
            isOpener = place.stream.parity == .even
            guard isOpener else {
                return PipeQuestion(at: place) { [weak self] in self?.questionRefused($0) }
            }
            return use.take(Flow.opening(.pipe, socket: use.streams, at: place))
        }
    }

    /// A pipe that is open may go on to its end.
    package func close() { use.close() }

    /// The peer's own request may have been here before, and the pipe even have ended there.
    private func questionRefused(_ reply: OpenReply) {
        if use.state == .waiting { use.end(.refused(reply)) }
    }
}

extension PipeForward: TargetConnector {
    /// The peer's pipe.
    package func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        switch use.state {
        case .waiting where !isOpener:
            completion(
                .taken { [use] place in
                    use.take(Flow.serving(.pipe, socket: use.streams, at: place))
                })
        case .waiting,
            .open where isOpener:
            completion(.taken { PipeAnswer(at: $0) })
        case .open, .ended: completion(.refused(Self.nobody))
        }
        return FinishedAttempt()
    }

    private static let nobody = OpenReply(
        .refused, detail: "no `p2pfwd pipe` waits for this peer here")
}

/// An attempt that ended before it was there.
final class FinishedAttempt: ConnectAttempt {
    func cancel() {}
}

/// What the odd side opens: only a refusal matters.
private final class PipeQuestion: StreamUser {
    let request = OpenRequest.pipe
    private let place: StreamPlace
    private let refused: (OpenReply) -> Void
    private var replyReader = OpenReplyReader()
    private(set) var isConnected = false
    private var hasReply = false
    let uploadedBytes: UInt64 = 0
    let downloadedBytes: UInt64 = 0

    init(at place: StreamPlace, refused: @escaping (OpenReply) -> Void) {
        self.place = place
        self.refused = refused
        place.carrier.write(place.stream, request.encoded)
        place.carrier.finish(place.stream)
    }

    func streamReadable() -> OpenReply? {
        let reply =
            hasReply ? nil : replyReader.read(place.stream, of: place.carrier).reply
        // Nothing that follows it is of interest.
        _ = place.carrier.withReadable(place.stream) { $0.byteCount }
        guard let reply else { return nil }
        hasReply = true
        if reply.status != .connected { refused(reply) }
        return reply
    }

    func streamWritable() {}
    func streamReset() {}
    func streamStopped() {}
    func streamClosed() {}
    func carrierLost() {}
    func abort() {
        place.carrier.reset(place.stream, code: FlowErrorCode.sessionClosed)
        place.carrier.stopReading(place.stream, code: FlowErrorCode.sessionClosed)
    }
}

/// What the even side answers: there is a pipe.
private final class PipeAnswer: StreamUser {
    let request = OpenRequest.pipe
    private let place: StreamPlace
    let isConnected = false
    let uploadedBytes: UInt64 = 0
    let downloadedBytes: UInt64 = 0

    init(at place: StreamPlace) {
        self.place = place
        place.carrier.write(place.stream, OpenReply(.connected).encoded)
        place.carrier.finish(place.stream)
        _ = streamReadable()
    }

    func streamReadable() -> OpenReply? {
        _ = place.carrier.withReadable(place.stream) { $0.byteCount }
        return nil
    }

    func streamWritable() {}
    func streamReset() {}
    func streamStopped() {}
    func streamClosed() {}
    func carrierLost() {}
    func abort() { place.carrier.stopReading(place.stream, code: FlowErrorCode.sessionClosed) }
}
