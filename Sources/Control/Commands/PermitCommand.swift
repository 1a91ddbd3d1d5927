import Forwarding
import SRMUDP

/// `p2pfwd permit`: shows and changes what a peer may do.
package struct PermitCommand {
    package let options: PermitOptions

    package init(options: PermitOptions) { self.options = options }

    package func run(in context: CommandContext) throws(CommandError) -> ExitCode {
        let peers = try context.knownPeers()
        let peer = try change(peers, now: context.now)
        switch options.change {
        case .show(let json): show(peer, json, context)
        case .add: show(peer, false, context)
        case .none: context.report("'\(options.peer)' has no rights any more")
        }
        return .success
    }

    /// Changes what is to be changed, and returns the peer as it is then.
    func change(_ peers: KnownPeers, now: UnixTime) throws(CommandError) -> Peer {
        do throws(PeerError) {
            switch options.change {
            case .show: break
            case .add(let rights, let lifetime):
                try peers.permit(named: options.peer) { known, expiry in
                    known.add(rights)
                    if let lifetime { expiry = now + lifetime }
                }
            case .none: try peers.permit(named: options.peer) { known, _ in known = .none }
            }
            return try peers.peer(named: options.peer)
        } catch {
            throw CommandError("permit", error)
        }
    }

    private func show(_ peer: Peer, _ json: Bool, _ context: CommandContext) {
        guard !json else { return context.output(JSONValue.object(peer.rightsMembers).text) }
        let rights = peer.rights.fields.joined(separator: " ")
        let text = rights.isEmpty ? "nothing besides what everybody may" : rights
        let end = peer.expiry.map {
            peer.isExpired(at: context.now) ? ", expired" : ", until \($0)"
        }
        context.output("\(peer.name): \(text)\(end ?? "")")
    }
}

extension Peer {
    /// Name and rights as JSON has them; null where nothing is said of this peer alone.
    var rightsMembers: [(name: String, value: JSONValue)] {
        var members: [(name: String, value: JSONValue)] = [("name", .string(name))]
        members += rightsAsJSON
        members.append(("expires", expiry.map { .string("\($0)") } ?? .null))
        return members
    }

    var rightsAsJSON: [(name: String, value: JSONValue)] {
        [
            ("permit", .array(permissions.map { .string($0) })),
            ("listen", .array(rights.listen.map { .string("\($0)") })),
            ("gateway", rights.gateway.map { .string($0.rawValue) } ?? .null),
            ("relay", rights.mayRelay.map { .bool($0) } ?? .null),
            ("flows", rights.maximumFlows.map { .number(Int64($0)) } ?? .null),
            ("rate", rights.rate.map { .number($0) } ?? .null),
            ("ask", rights.asks.map { .bool($0) } ?? .null),
        ]
    }
}
