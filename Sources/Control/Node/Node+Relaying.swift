import Forwarding
import SRMUDP

// Ways to peers through peers (`-J`), and this node as the one in the middle.
extension Node {
    /// How long a peer is dialled that another peer wants to be taken to.
    private static let reachTime: Interval = .seconds(15)

    /// The session with a peer that is reached through others only: the first of `vias` is dialled,
    /// the second one through the first, and so on.
    package func connect(to peer: Peer, through vias: [Peer]) -> Session {
        guard let last = vias.last else { return connect(to: peer) }
        let via = connect(to: last, through: Array(vias.dropLast()))
        if routes[peer.publicKey] == nil { addRoute(to: peer, through: via) }
        return connect(to: peer)
    }

    private func addRoute(to peer: Peer, through via: Session) {
        let key = peer.publicKey
        let name = via.peer.name
        let route = RelayedRoute(to: key, loop: loop, links: relayedLinks) {
            [unowned self] change in
            switch change {
            case .up(let address):
                for connection in endpoint.connections(with: key) {
                    connection.addAddress(address.socketAddress, now: loop.now)
                }
            case .down: break
            case .refused(let reply):
                let detail = reply.detail.isEmpty ? "" : " (\(reply.detail))"
                logger.warning(
                    "'\(name)' does not relay to '\(peer.name)': \(reply.status)\(detail)")
            }
        }
        routes[key] = route
        if !vias.contains(where: { $0 === via }) { vias.append(via) }
        via.add(route)
    }

    /// What is needed to dial a peer that is reached through another one: nothing but the way there,
    /// which may not be open yet.
    func target(_ peer: Peer, by route: RelayedRoute) -> PeerTarget {
        var target = PeerTarget(
            publicKey: peer.publicKey, preSharedKey: peer.preSharedKey,
            ticketID: peer.ticketID?.bytes,
            addresses: route.address.map { [$0.socketAddress] } ?? [])
        target.pathPolicy = .relay
        return target
    }

    /// Whether the peer is to be reached through another one only.
    func isRelayed(_ connection: Connection) -> Bool {
        routes[connection.target.publicKey] != nil
    }

    /// A way is gone: no connection waits for its answers any more.
    func wayEnded(_ address: LinkAddress) {
        for connection in endpoint.connections {
            connection.removeAddress(address.socketAddress, now: loop.now)
        }
    }
}

extension Node: RelayDirectory {
    package func permitsRelaying(from asker: PublicKey, to target: PublicKey) -> Bool {
        guard directory.isWelcome(asker), let peer = directory.peers.peer(with: asker) else {
            return false
        }
        return account(of: peer).grants.mayRelay
    }

    package func reach(
        _ target: PublicKey, _ completion: @escaping (ForwardingSession?) -> Void
    ) {
        directory.reload()
        guard !isDraining, directory.isWelcome(target),
            let peer = directory.peers.peer(with: target)
        else { return completion(nil) }
        if let session = sessionThatIsUp(with: target) { return completion(session) }
        let isOurs = sessions(with: target).contains(where: \.isOurs)
        let session = connect(to: peer)
        waitUntilUp(target, deadline: loop.now + Self.reachTime) { [weak self, weak session] in
            // What was dialled for others ends with its connection: they ask again.
            if !isOurs { session?.stopDialling() }
            self?.removeEnded()
            completion($0)
        }
    }

    private func sessionThatIsUp(with key: PublicKey) -> ForwardingSession? {
        for session in sessions(with: key) {
            if case .up(_, let forwarding) = session.state, forwarding.isOpen { return forwarding }
        }
        return nil
    }

    private func waitUntilUp(
        _ key: PublicKey, deadline: Instant,
        _ completion: @escaping (ForwardingSession?) -> Void
    ) {
        if let session = sessionThatIsUp(with: key) { return completion(session) }
        guard loop.now < deadline else { return completion(nil) }
        loop.schedule(after: .milliseconds(100)) { [weak self] in
            guard let self else { return completion(nil) }
            waitUntilUp(key, deadline: deadline, completion)
        }
    }
}
