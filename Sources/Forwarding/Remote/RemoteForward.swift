import SRMUDP

/// `-R`: a listener at the peer, whose connections go to a destination on this side.
///
/// It is asked for anew in each session. Where any port would do, the first one that the peer chose
/// is asked for again, so that whoever was told of it still finds it. The peer frees the listener
/// when the stream or the session that asked for it ends.
package final class RemoteForward: Forward {
    package enum Destination {
        /// What the user named; it needs nobody's permission.
        case target(Target)
        /// What the clients of the peer's proxy name, as far as this permits it; without users
        /// everybody is a client who reaches the proxy.
        case dynamic(any TargetConnector, users: ProxyUsers?)
    }

    package enum Change: Equatable {
        /// The peer listens at these addresses, or at the path that was asked for; not told again
        /// when it is so in the next session.
        case listening([SocketAddress])
        /// The peer does not listen. Another session may change that.
        case refused(OpenReply)
        /// Another connection of this node has the listener now; this one does not ask again.
        case takenOver
        /// The peer closed the listener.
        case ended
    }

    private enum State {
        case active
        case takenOver
        case closed
    }

    package let origin: ForwardOrigin
    private let place: ListenRequest.Place
    private let connector: AcceptedConnector
    private let changed: (Change) -> Void
    private var state: State = .active
    /// The port that the peer chose where any would do.
    private var allocatedPort: UInt16?
    /// Where the peer listened when the user was told last.
    private var told: [SocketAddress]?
    private weak var session: ForwardingSession?
    private var question: (user: ListenQuestion, id: ListenerID)?

    package init(
        place: ListenRequest.Place, destination: Destination, dialer: TargetDialer,
        origin: ForwardOrigin = ForwardOrigin(), changed: @escaping (Change) -> Void
    ) {
        self.place = place
        self.origin = origin
        self.changed = changed
        connector = AcceptedConnector(destination: destination, dialer: dialer)
    }

    package func attach(_ session: ForwardingSession?) {
        question = nil
        self.session = session
        ask(for: wantedPlace)
    }

    /// It has nothing to leave, and asks its peer again.
    package func snapshot() throws(HandoverObstacle) -> ListenerSnapshot? { nil }

    package func close() {
        state = .closed
        forgetQuestion()
    }

    // MARK: Asking

    private var wantedPlace: ListenRequest.Place {
        switch place {
        case .tcp(let host, 0): .tcp(host: host, port: allocatedPort ?? 0)
        case .udp(let host, 0): .udp(host: host, port: allocatedPort ?? 0)
        case .tcp, .udp, .socket: place
        }
    }

    private func ask(for wanted: ListenRequest.Place) {
        guard state == .active, question == nil, let session, session.isOpen else { return }
        let id = session.listeners.add(connector, for: origin)
        guard
            let request = ListenRequest(
                id: id, place: wanted, isDynamic: connector.isDynamic, users: connector.users)
        else { return answered(.refused(OpenReply(.badRequest)), wanted) }
        let isOpen = session.open { place in
            let user = ListenQuestion(request, at: place) { [weak self] change in
                self?.answered(change, wanted)
            }
            question = (user, id)
            return user
        }
        guard !isOpen else { return }
        session.listeners.remove(id)
        session.whenStreamsMayBeFree { [weak self] in self?.ask(for: wanted) }
    }

    private func answered(_ change: ListenQuestion.Change, _ wanted: ListenRequest.Place) {
        switch change {
        case .listening(let addresses):
            allocatedPort = addresses.first?.port
            guard told != addresses else { return }
            told = addresses
            changed(.listening(addresses))
        case .refused(let reply):
            forgetQuestion()
            // The port that we had may be somebody else's by now.
            guard wanted == place else { return ask(for: place) }
            changed(.refused(reply))
        case .takenOver:
            state = .takenOver
            forgetQuestion()
            changed(.takenOver)
        case .ended:
            forgetQuestion()
            changed(.ended)
        }
    }

    private func forgetQuestion() {
        guard let question else { return }
        self.question = nil
        session?.listeners.remove(question.id)
        question.user.close()
    }
}

/// Dials the destination for what came in at the peer.
private final class AcceptedConnector: TargetConnector {
    private let destination: RemoteForward.Destination
    private let dialer: TargetDialer

    init(destination: RemoteForward.Destination, dialer: TargetDialer) {
        self.destination = destination
        self.dialer = dialer
    }

    var isDynamic: Bool {
        switch destination {
        case .target: false
        case .dynamic: true
        }
    }

    var users: [ProxyUserDigest] {
        switch destination {
        case .target, .dynamic(_, nil): []
        case .dynamic(_, let users?): users.transferable
        }
    }

    func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        guard case .accepted(let connection) = request else {
            preconditionFailure("only accepted connections are asked about here")
        }
        switch (destination, connection.target) {
        case (.target(let target), nil):
            return dialer.dial(target, for: request) { completion($0.naming(target)) }
        case (.dynamic(let connector, _), .some):
            return connector.connect(to: request, completion: completion)
        case (.target, .some), (.dynamic, nil):
            completion(.refused(OpenReply(.badRequest)))
            return FinishedAttempt()
        }
    }
}

extension ConnectOutcome {
    /// A refusal says what was dialled, which who is refused does not know otherwise.
    fileprivate func naming(_ target: Target) -> ConnectOutcome {
        guard case .refused(let reply) = self else { return self }
        let detail = reply.detail.isEmpty ? "" : ": \(reply.detail)"
        return .refused(OpenReply(reply.status, detail: "\(target)\(detail)"))
    }
}
