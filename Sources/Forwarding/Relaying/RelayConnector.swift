import SRMUDP

/// What a node that relays between its peers knows of them.
package protocol RelayDirectory: AnyObject {
    /// Whether the peer with the key `asker` may be taken to the one with the key `target`.
    func permitsRelaying(from asker: PublicKey, to target: PublicKey) -> Bool

    /// Finds the session with a peer, or makes one. `completion` is called once, perhaps before
    /// this method returns: with nil if there is no such peer or it is not reached.
    func reach(_ target: PublicKey, _ completion: @escaping (ForwardingSession?) -> Void)
}

/// Grants ways through this node, and ways to it; all else is the next connector's.
package final class RelayConnector: TargetConnector {
    private let asker: PublicKey
    private let links: RelayedLinks
    private unowned let directory: any RelayDirectory
    private let next: any TargetConnector

    /// - Parameter asker: the key of the peer whose requests these are.
    package init(
        for asker: PublicKey, links: RelayedLinks, directory: any RelayDirectory,
        next: any TargetConnector
    ) {
        self.asker = asker
        self.links = links
        self.directory = directory
        self.next = next
    }

    package func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        switch request {
        case .relay(let target): return relay(to: target, request, completion)
        case .relayed:
            completion(links.serve(request))
            return RelayAttempt(completion: { _ in })
        case .connect, .listen, .accepted, .pipe, .measure:
            return next.connect(to: request, completion: completion)
        }
    }

    private func relay(
        to target: PublicKey, _ request: OpenRequest,
        _ completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        let attempt = RelayAttempt(completion: completion)
        // Whoever may not relay does not learn who our peers are either.
        guard target != asker, directory.permitsRelaying(from: asker, to: target) else {
            attempt.finish(
                .refused(OpenReply(.notPermitted, detail: "this peer may not relay here")))
            return attempt
        }
        directory.reach(target) { [asker] session in
            guard attempt.isWanted else { return }
            Self.open(through: session, from: asker, request, attempt)
        }
        return attempt
    }

    private static func open(
        through session: ForwardingSession?, from asker: PublicKey, _ request: OpenRequest,
        _ attempt: RelayAttempt
    ) {
        let junction = RelayJunction { junction, reply in
            guard reply.status == .connected else {
                return attempt.finish(.refused(reply))
            }
            attempt.finish(.taken { junction.openAsker(request, at: $0) })
        }
        attempt.junction = junction
        let isOpened = session?.open { junction.openTarget(from: asker, at: $0) } ?? false
        guard isOpened else {
            return attempt.finish(
                .refused(OpenReply(.hostUnreachable, detail: "the peer is not reached from here")))
        }
    }
}

/// A peer that is on its way to another.
private final class RelayAttempt: ConnectAttempt {
    var junction: RelayJunction?
    private var completion: ((ConnectOutcome) -> Void)?

    init(completion: @escaping (ConnectOutcome) -> Void) { self.completion = completion }

    var isWanted: Bool { completion != nil }

    func finish(_ outcome: ConnectOutcome) {
        let completion = completion
        self.completion = nil
        junction = nil
        completion?(outcome)
    }

    func cancel() {
        completion = nil
        junction?.cancel()
        junction = nil
    }
}
