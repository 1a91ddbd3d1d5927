import Forwarding

extension StatusReport.Group {
    /// The forwards of a group that are there.
    init(_ group: ForwardGroup, name: String, isKept: Bool) {
        let members = group.forwards.members
        self.init(
            name: name, peer: group.peer.name, isKept: isKept,
            forwards: members.indices.compactMap { index in
                guard members[index].forward != nil else { return nil }
                return StatusReport.Forward(
                    members[index], id: group.forwards.forwardName(index))
            })
    }
}

extension StatusReport.Forward {
    init(_ member: ForwardSet.Member, id: String) {
        let notice = ForwardNotice(
            member.specification, places: member.standing?.places ?? [],
            port: member.standing?.port)
        let state =
            switch member.state {
            case .pending: "waiting"
            case .up: "listening"
            case .failed: "failed"
            }
        self.init(
            id: id, kind: notice.kind, transport: notice.transport.rawValue, state: state)
        requested = notice.requested.map { Int64($0) }
        port = notice.port.map { Int64($0) }
        places = notice.places
        target = notice.target
        guard let origin = member.origin else { return }
        flows = Int64(origin.openFlows)
        openedFlows = Int64(origin.openedFlows)
        refusedFlows = Int64(origin.refusedFlows)
        bytesSent = origin.sentBytes
        bytesReceived = origin.receivedBytes
    }
}
