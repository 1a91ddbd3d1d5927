import Forwarding
import SRMUDP

// A node as it goes on in another program, and as it goes on here.
extension Node {
    /// All that another program needs in order to go on with the node.
    ///
    /// Sessions that have no connection at the moment are left out: who wants them dials again, as
    /// do the sessions with rendezvous servers.
    /// - Throws: why no program can.
    func snapshot() throws(HandoverObstacle) -> NodeSnapshot {
        guard !isDraining else { throw HandoverObstacle("the node is ending") }
        let host = try hostState()
        guard routes.isEmpty else {
            throw HandoverObstacle("ways through other peers (-J) cannot go on")
        }
        guard pipe == nil else { throw HandoverObstacle("a pipe cannot go on") }
        guard notes.isIdle else { throw HandoverObstacle("something is still being written") }
        guard !endpoint.isIntroducing(now: loop.now) else {
            throw HandoverObstacle("a peer is coming with a ticket")
        }
        let origins = namedOrigins()
        var entries: [NodeSnapshot.SessionEntry] = []
        var listeners = try remoteListeners.snapshots()
        for session in sessions {
            listeners += try session.listenerSnapshots()
            guard case .up(let connection, let forwarding) = session.state else { continue }
            guard directory.peers.peer(with: session.peer.publicKey) != nil else {
                throw HandoverObstacle("'\(session.peer.name)' was met for this one time")
            }
            guard let snapshot = endpoint.snapshot(of: connection) else {
                throw HandoverObstacle("the connection with '\(session.peer.name)' is changing")
            }
            entries.append(
                NodeSnapshot.SessionEntry(
                    connection: snapshot,
                    forwarding: try forwarding.snapshot { origin in
                        origins.first { $0.origin === origin }?.name
                    }))
        }
        return NodeSnapshot(
            socket: driver.socketDescriptor, host: host, sessions: entries, listeners: listeners,
            origins: origins.map { $0.origin.snapshot(named: $0.name) })
    }

    /// Goes on with the sessions of the program before. In the first turn people are told of those that
    /// nobody here has asked for until then.
    func restoreSessions(from inheritance: Inheritance) {
        for entry in inheritance.takeSessions() {
            restore(entry, from: inheritance)
        }
        loop.schedule(at: loop.now) { [weak self] in
            inheritance.closeRest()
            guard let self else { return }
            for session in sessions where !session.isOurs { session.tellRestored() }
        }
    }

    private func restore(_ entry: NodeSnapshot.SessionEntry, from inheritance: Inheritance) {
        let key = entry.connection.peer
        guard let peer = directory.peers.peer(with: key), directory.isWelcome(key) else {
            return logger.warning("handover: \(NodeID(key)) is no peer any more")
        }
        let target = target(peer, addresses: peer.candidates)
        let restored = endpoint.restore(entry.connection, target: target, now: loop.now)
        guard let connection = restored else {
            return logger.warning("handover: the connection with '\(peer.name)' is lost")
        }
        makeSession(with: peer).restore(connection, entry.forwarding, from: inheritance)
        meeting?.established(connection)
        if connection.currentPath == nil { meeting?.seek(peer, for: connection) }
        let count = entry.forwarding.flows.count
        logger.debug("handover: going on with '\(peer.name)', \(count) flows")
    }
}
