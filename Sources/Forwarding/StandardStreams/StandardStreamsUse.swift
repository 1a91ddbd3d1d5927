import SRMUDP

/// The one use that a command makes of its standard streams: waits for a stream of a session, and
/// tells once how it ended.
final class StandardStreamsUse {
    enum State {
        /// No flow has them yet.
        case waiting
        case open
        case ended
    }

    let origin = ForwardOrigin()
    let streams: any ByteChannel
    private(set) var state: State = .waiting
    private let ended: (StandardStreamsEnd) -> Void

    /// - Parameter ended: called once.
    init(_ streams: any ByteChannel, ended: @escaping (StandardStreamsEnd) -> Void) {
        self.streams = streams
        self.ended = ended
    }

    /// Gives `makeUser` a stream as soon as the session has one to spare, as long as nobody has the
    /// standard streams.
    func open(
        in session: ForwardingSession?, _ makeUser: @escaping (StreamPlace) -> any StreamUser
    ) {
        guard state == .waiting, let session, session.isOpen,
            !session.open(from: origin, makeUser)
        else { return }
        session.whenStreamsMayBeFree { [weak self, weak session] in
            self?.open(in: session, makeUser)
        }
    }

    /// Has the streams used by `flow` from now on, and by no other.
    func take(_ flow: Flow) -> any StreamUser {
        state = .open
        return StandardStreamsFlow(flow) { [weak self] in self?.end($0) }
    }

    /// Gives up waiting. A flow that is open may go on to its end.
    func close() {
        guard state == .waiting else { return }
        streams.close()
        end(.broken)
    }

    func end(_ end: StandardStreamsEnd) {
        guard state != .ended else { return }
        state = .ended
        ended(end)
    }
}
