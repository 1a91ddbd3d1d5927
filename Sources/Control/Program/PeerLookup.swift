import SRMUDP

/// Finds the peer that a command names, and says what was tried when it cannot be reached.
struct PeerLookup {
    let context: CommandContext

    func peer(named name: String) throws(CommandError) -> Peer {
        let peers = try context.knownPeers()
        do throws(PeerError) {
            let peer = try peers.peer(named: name)
            guard !peer.isExpired(at: context.now) else { throw .expired(name: peer.name) }
            return peer
        } catch {
            throw CommandError("peer", error)
        }
    }

    /// Why `peer` was not reached for so long: what was tried, directly and through servers.
    static func unreachable(
        _ peer: Peer, after patience: Lifetime, meeting: Meeting?, connection: Connection?
    ) -> CommandError {
        let outcomes = connection.flatMap { meeting?.outcomes(for: $0) } ?? []
        let tried = peer.candidates.map { "\($0)" }
        let servers = outcomes.map { "\($0.server.place): \($0.outcome)" }
        var why = "no answer within \(patience)"
        if !tried.isEmpty { why += "; tried " + tried.joined(separator: ", ") }
        if !servers.isEmpty { why += "; through " + servers.joined(separator: "; through ") }
        if tried.isEmpty, servers.isEmpty { why = "no address of it is known, and no server" }
        let hint =
            servers.isEmpty
            ? "is 'p2pfwd serve' running there, and does it still know this node?"
            : "is 'p2pfwd serve --rendezvous ...' running there? 'p2pfwd netcheck' looks at this side"
        return CommandError("cannot reach '\(peer.name)'", why, hint: hint, .notReachable)
    }
}
