import Forwarding
import SRMUDP

/// What a peer got here, or did not get: one line of the audit.
///
/// As JSON, one object a line; members keep their order, and later versions only add some:
///
///     {"time":"2026-11-26T16:00:00Z","peer":"laptop","id":"p2p1...","event":"flow",
///      "request":"localhost:80","address":"127.0.0.1:80","up":120,"down":45000,
///      "dropped":null,"milliseconds":1530,"end":"closed by the target"}
///     {"time":"...","peer":"laptop","id":"p2p1...","event":"refused","request":"10.0.0.5:22",
///      "status":"not permitted","detail":"no rule for 10.0.0.5:22","unrecorded":0}
///
/// `up` is what the client sent, `down` what it got; `dropped` counts datagrams that found no room or
/// were beyond the peer's rate, and is null for a flow of bytes; `unrecorded` counts equal refusals since the
/// last one that was recorded.
struct AuditRecord: Equatable {
    enum Event: Equatable {
        case flow(FlowRecord)
        case refused(OpenRequest, OpenReply, unrecorded: Int)
    }

    let time: UnixTime
    let peer: String
    let id: NodeID
    let event: Event

    /// The line for people.
    var text: String {
        switch event {
        case .flow(let flow):
            let place = flow.address.map { " (\($0.pathText))" } ?? ""
            return "'\(peer)' \(flow.request)\(place): \(flow.sentBytes) bytes up, "
                + "\(flow.receivedBytes) bytes down, \(flow.droppedText)\(flow.seconds) s, "
                + flow.endText
        case .refused(let request, let reply, let unrecorded):
            let detail = reply.detail.isEmpty ? "" : " (\(reply.detail))"
            let more = unrecorded == 0 ? "" : " (and \(unrecorded) more times)"
            return "'\(peer)' \(request): \(reply.status)\(detail)\(more)"
        }
    }

    var json: String {
        var members: [(name: String, value: JSONValue)] = [
            ("time", .string("\(time)")), ("peer", .string(peer)), ("id", .string("\(id)")),
        ]
        switch event {
        case .flow(let flow):
            members += [
                ("event", .string("flow")), ("request", .string("\(flow.request)")),
                ("address", flow.address.map { .string($0.pathText) } ?? .null),
                ("up", .number(Int64(clamping: flow.sentBytes))),
                ("down", .number(Int64(clamping: flow.receivedBytes))),
                ("dropped", flow.droppedDatagrams.map { .number(Int64(clamping: $0)) } ?? .null),
                ("milliseconds", .number(flow.duration.nanoseconds / 1_000_000)),
                ("end", .string(flow.endText)),
            ]
        case .refused(let request, let reply, let unrecorded):
            members += [
                ("event", .string("refused")), ("request", .string("\(request)")),
                ("status", .string("\(reply.status)")), ("detail", .string(reply.detail)),
                ("unrecorded", .number(Int64(unrecorded))),
            ]
        }
        return JSONValue.object(members).text
    }
}

extension FlowRecord {
    /// Whether it came in at a listener that the peer has here.
    private var isFromListener: Bool {
        if case .accepted = request { true } else { false }
    }

    /// What the client sent. It is at our end where it came in at a listener here, else the peer's.
    fileprivate var sentBytes: UInt64 { isFromListener ? uploadedBytes : downloadedBytes }
    fileprivate var receivedBytes: UInt64 { isFromListener ? downloadedBytes : uploadedBytes }

    /// Nothing to say where all arrived.
    fileprivate var droppedText: String {
        guard let count = droppedDatagrams, count > 0 else { return "" }
        return "\(count) datagram\(count == 1 ? "" : "s") dropped, "
    }

    fileprivate var endText: String {
        isFromListener
            ? end.text(near: "client", far: "target") : end.text(near: "target", far: "client")
    }

    /// With one digit behind the point.
    fileprivate var seconds: String {
        let tenths = duration.nanoseconds / 100_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
