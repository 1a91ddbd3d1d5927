import SRMUDP

/// The sessions of a node, in the order in which they began, found by their peers and connections
/// without a look at each: a node may have thousands, and events come with every packet.
struct SessionList {
    private(set) var all: [Session] = []
    private var byPeer: [PublicKey: [Session]] = [:]
    /// The session asked for last; events come in runs.
    private var last: Session?

    mutating func append(_ session: Session) {
        all.append(session)
        byPeer[session.peer.publicKey, default: []].append(session)
    }

    /// Several if the peer runs several processes.
    func with(_ peer: PublicKey) -> [Session] { byPeer[peer] ?? [] }

    /// The session that uses this very connection, not one that took its place.
    mutating func using(_ connection: Connection) -> Session? {
        if let last, last.connection === connection { return last }
        let found = with(connection.target.publicKey).first { $0.connection === connection }
        if let found { last = found }
        return found
    }

    /// - Returns: whether there were any.
    mutating func removeEnded() -> Bool {
        guard all.contains(where: \.hasEnded) else { return false }
        all.removeAll(where: \.hasEnded)
        byPeer = Dictionary(grouping: all, by: \.peer.publicKey)
        last = nil
        return true
    }
}
