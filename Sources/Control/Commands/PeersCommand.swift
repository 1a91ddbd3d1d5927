import SRMUDP

/// `p2pfwd peers`: lists, removes and renames peers.
package struct PeersCommand {
    package let action: Invocation.PeersAction

    package init(action: Invocation.PeersAction) { self.action = action }

    package func run(in context: CommandContext) throws(CommandError) -> ExitCode {
        let peers = try context.knownPeers()
        switch action {
        case .list(let json):
            json ? listAsJSON(peers.peers, context) : list(peers.peers, context)
        case .remove(let name):
            try Self.remove(name, from: peers, in: context)
            context.report("removed '\(name)'")
        case .revoke(let name):
            do throws(PeerError) { try peers.revoke(named: name, now: context.now) } catch {
                throw CommandError("peers revoke", error)
            }
            context.report("revoked '\(name)'; to let it in again, pair anew")
        case .rename(let name, let newName):
            do throws(PeerError) { try peers.rename(name, to: newName) } catch {
                throw CommandError("peers rename", error)
            }
            context.report("renamed '\(name)' to '\(newName)'")
        }
        return .success
    }

    /// Forgets a peer, and the tickets that it used.
    static func remove(
        _ name: String, from peers: KnownPeers, in context: CommandContext
    ) throws(CommandError) {
        let tickets = try context.issuedTickets()
        do throws(PeerError) {
            let peer = try peers.peer(named: name)
            try tickets.forget(user: peer.publicKey, now: context.now)
            try peers.remove(named: name)
        } catch {
            throw CommandError("peers rm", error)
        }
    }

    private func list(_ peers: [Peer], _ context: CommandContext) {
        guard !peers.isEmpty else {
            context.report("no peers; p2pfwd pair adds one")
            return
        }
        let width = peers.map(\.name.count).max() ?? 0
        for peer in peers {
            let state = peer.isExpired(at: context.now) ? "  expired" : ""
            let place = peer.candidates.first.map { "  \($0)" } ?? ""
            let name = peer.name.padded(to: width)
            let rights = peer.rights.fields.map { "  \($0)" }.joined()
            context.output("\(name)  \(NodeID(peer.publicKey))\(place)\(rights)\(state)")
        }
    }

    private func listAsJSON(_ peers: [Peer], _ context: CommandContext) {
        context.output(JSONValue.array(peers.map(\.json)).text)
    }
}

extension Peer {
    /// As `peers --json` has it.
    var json: JSONValue {
        var members: [JSONValue.Member] = [
            ("name", .string(name)), ("id", .string("\(NodeID(publicKey))")),
            ("candidates", .array(candidates.map { .string("\($0)") })),
            ("rendezvous", .array(servers.map { .string("\($0)") })),
        ]
        members += rightsAsJSON
        members.append(("added", .string("\(added)")))
        members.append(("expires", expiry.map { .string("\($0)") } ?? .null))
        return .object(members)
    }
}
