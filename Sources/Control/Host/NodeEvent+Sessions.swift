import Forwarding
import SRMUDP

// What the changes of sessions and servers are told as.
extension NodeEvent {
    /// Nil for what nobody needs to know.
    init?(_ change: Session.Change, of session: Session) {
        let name = session.peer.name
        let peer: [(name: String, value: JSONValue)] = [("peer", .string(name))]
        switch change {
        case .up(let connection):
            self.init(
                .session, "up", "connected to '\(name)': \(connection.pathText)",
                peer + connection.pathMembers)
        case .lost(let error):
            self.init(
                .session, "lost", "lost '\(name)': \(error)",
                peer + [("reason", .string("\(error)"))])
        case .silent: self.init(.session, "silent", "'\(name)' does not answer", peer)
        case .heard: self.init(.session, "heard", "'\(name)' answers again", peer)
        case .pathChanged(let connection):
            self.init(
                .path, "changed", "'\(name)' is now reached at \(connection.pathText)",
                peer + connection.pathMembers)
        case .forwarding(let report): self.init(report, peer: name)
        }
    }

    init?(_ change: ServerSession.Change, of server: ServerSession) {
        let name = server.address.place
        let member: [(name: String, value: JSONValue)] = [("server", .string(name))]
        switch change {
        case .up: self.init(.server, "up", "registered at \(name)", member)
        case .down(let reason):
            self.init(
                .server, "down", "lost the rendezvous server \(name): \(reason)",
                member + [("reason", .string("\(reason)"))])
        case .denied(let error):
            self.init(
                .server, "down", "\(name): \(error)", member + [("reason", .string("\(error)"))])
        case .observed, .moved, .event: return nil
        }
    }

    private init?(_ report: ForwardingReport, peer: String) {
        var members: [(name: String, value: JSONValue)] = [("peer", .string(peer))]
        switch report {
        case .flowOpened(let request), .servedOpened(let request):
            members += Self.members(request, isServed: report.isServed)
            self.init(.flow, "opened", "'\(peer)': \(request)", members)
        case .flowRefused(let request, let reply), .servedRefused(let request, let reply):
            members += Self.members(request, isServed: report.isServed)
            members.append(("reason", .string(reply.reason)))
            self.init(.flow, "refused", "'\(peer)': \(request): \(reply.reason)", members)
        case .flowClosed(let request, let uploaded, let downloaded, let end):
            members += Self.members(request, isServed: false)
            members += Self.members(uploaded, downloaded, end)
            self.init(
                .flow, "closed",
                "'\(peer)': \(request): \(end.text(near: "client", far: "target"))", members)
        case .servedClosed(let record):
            members += Self.members(record.request, isServed: true)
            members += Self.members(record.uploadedBytes, record.downloadedBytes, record.end)
            self.init(
                .flow, "closed",
                "'\(peer)': \(record.request): \(record.end.text(near: "target", far: "peer"))",
                members)
        case .connectionsDropped, .clientDisplaced:
            guard let complaint = report.complaint else { return nil }
            self.init(.flow, "refused", "'\(peer)': \(complaint)", members)
        }
    }

    private static func members(
        _ request: OpenRequest, isServed: Bool
    ) -> [(name: String, value: JSONValue)] {
        [("request", .string("\(request)")), ("served", .bool(isServed))]
    }

    private static func members(
        _ sent: UInt64, _ received: UInt64, _ end: FlowEnd
    ) -> [(name: String, value: JSONValue)] {
        [
            ("sentBytes", .number(Int64(clamping: sent))),
            ("receivedBytes", .number(Int64(clamping: received))),
            ("reason", .string(end.text(near: "near side", far: "far side"))),
        ]
    }
}

extension ForwardingReport {
    /// Whether it is about a flow that the peer opened.
    fileprivate var isServed: Bool {
        switch self {
        case .servedOpened, .servedRefused, .servedClosed: true
        case .flowOpened, .flowRefused, .flowClosed, .connectionsDropped, .clientDisplaced: false
        }
    }
}
