import SRMUDP

/// Asks the one who knows about each kind of a peer's requests.
package final class RequestRouter: TargetConnector {
    /// Connections, to TCP, UDP and UNIX sockets.
    package let targets: any TargetConnector
    /// Listeners here; nil: not offered.
    package let listeners: (any TargetConnector)?
    /// Nil: not offered.
    private let measuring: MeasureConnector?
    /// The pipe that waits for the peer, if there is one.
    private let pipe: () -> PipeForward?

    /// - Parameter account: of the peer whose requests these are; without one nothing is measured.
    package init(
        targets: any TargetConnector, listeners: (any TargetConnector)? = nil,
        account: PeerAccount? = nil, pipe: @escaping () -> PipeForward? = { nil }
    ) {
        measuring = account.map { MeasureConnector(account: $0) }
        self.targets = targets
        self.listeners = listeners
        self.pipe = pipe
    }

    package func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        switch request {
        case .connect: return targets.connect(to: request, completion: completion)
        case .listen:
            guard let listeners else { return refuse("no listeners are offered here", completion) }
            return listeners.connect(to: request, completion: completion)
        case .pipe:
            guard let pipe = pipe() else {
                return refuse("no `p2pfwd pipe` waits for this peer here", completion)
            }
            return pipe.connect(to: request, completion: completion)
        case .measure:
            guard let measuring else { return refuse("nothing is measured here", completion) }
            return measuring.connect(to: request, completion: completion)
        // The session itself knows its listeners at the peer.
        case .accepted: return refuse("no such listener here", completion)
        case .relay, .relayed: return refuse("nothing is relayed here", completion)
        }
    }

    private func refuse(
        _ detail: String, _ completion: (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        completion(.refused(OpenReply(.notPermitted, detail: detail)))
        return FinishedAttempt()
    }
}
