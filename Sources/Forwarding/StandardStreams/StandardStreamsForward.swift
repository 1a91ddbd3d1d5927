import SRMUDP

/// `-W`: the command's standard streams joined to what the peer connects to.
///
/// The request is made once; without the session that carried it nothing can be made good again.
package final class StandardStreamsForward: Forward {
    private enum State {
        case waiting
        case open
        case ended
    }

    package let request: OpenRequest
    package let origin = ForwardOrigin()
    private let streams: any ByteChannel
    private let ended: (StandardStreamsEnd) -> Void
    private var state: State = .waiting
    private weak var session: ForwardingSession?

    /// - Parameter ended: called once.
    package init(
        request: OpenRequest, streams: any ByteChannel,
        ended: @escaping (StandardStreamsEnd) -> Void
    ) {
        self.request = request
        self.streams = streams
        self.ended = ended
    }

    package func attach(_ session: ForwardingSession?) {
        self.session = session
        open()
    }

    /// A flow that is open may go on to its end.
    package func close() {
        guard state == .waiting else { return }
        streams.close()
        end(.broken)
    }

    private func open() {
        guard state == .waiting, let session, session.isOpen else { return }
        let isOpen = session.open(from: origin) { place in
            let flow = Flow.opening(request, socket: streams, at: place)
            return StandardStreamsFlow(flow) { [weak self] in self?.end($0) }
        }
        if isOpen {
            state = .open
        } else {
            session.whenStreamsMayBeFree { [weak self] in self?.open() }
        }
    }

    private func end(_ end: StandardStreamsEnd) {
        guard state != .ended else { return }
        state = .ended
        ended(end)
    }
}
