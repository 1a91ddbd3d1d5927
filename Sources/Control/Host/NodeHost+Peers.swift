import SRMUDP

// Methods about who may come, and what they may do here.
extension NodeHost {
    func listPeers(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect([])
        node.directory.reload()
        call.answer(.object([("peers", .array(node.directory.peers.peers.map(\.json)))]))
    }

    func renamePeer(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["peer", "to"])
        let name = try call.parameters.string("peer")
        let newName = try call.parameters.string("to")
        try change(call) { peers throws(PeerError) in try peers.rename(name, to: newName) }
    }

    func removePeer(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["peer"])
        let name = try call.parameters.string("peer")
        do throws(CommandError) {
            try PeersCommand.remove(name, from: node.directory.peers, in: context)
        } catch {
            throw ControlError(error)
        }
        node.reload()
        call.answer(.object([]))
    }

    func revokePeer(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["peer"])
        let name = try call.parameters.string("peer")
        try change(call) { peers throws(PeerError) in
            try peers.revoke(named: name, now: Program.now())
        }
    }

    /// Takes the words of `p2pfwd permit`.
    func permitPeer(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["peer", "arguments"])
        let name = try call.parameters.string("peer")
        let words = try call.parameters.strings("arguments")
        do throws(CommandError) {
            let builder = InvocationBuilder(
                surroundings: Surroundings(variable: { _ in nil }, service: { _ in nil }))
            let invocation = try builder.invocation(for: ["permit", name] + words)
            guard case .permit(let options) = invocation.command else {
                throw .usage("permit", "these are not the words of it")
            }
            let peer = try PermitCommand(options: options).change(
                node.directory.peers, now: Program.now())
            node.reload()
            call.answer(.object(peer.rightsMembers))
        } catch {
            throw ControlError(error)
        }
    }

    private func change(
        _ call: ControlCall, _ change: (KnownPeers) throws(PeerError) -> Void
    ) throws(ControlError) {
        do throws(PeerError) {
            try change(node.directory.peers)
        } catch {
            throw ControlError(CommandError(call.method, error))
        }
        node.reload()
        call.answer(.object([]))
    }
}
