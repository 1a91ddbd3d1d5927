import SRMUDP

/// What a session tells its owner, who tells the user.
package enum ForwardingReport: Equatable {
    /// The far side has connected our flow.
    case flowOpened(request: OpenRequest)
    /// The far side would not or could not connect our flow.
    case flowRefused(request: OpenRequest, OpenReply)
    /// We have connected a flow of the peer's.
    case servedOpened(request: OpenRequest)
    /// We did not connect a flow of the peer's.
    case servedRefused(request: OpenRequest, OpenReply)
    /// A flow of ours has ended; the bytes are those it moved from and to the TCP connection at our
    /// end.
    case flowClosed(
        request: OpenRequest, uploadedBytes: UInt64, downloadedBytes: UInt64, end: FlowEnd)
    /// A flow that came from outside has ended.
    case servedClosed(FlowRecord)
    /// Connections had to be turned away, because too many were waiting for the session.
    case connectionsDropped(request: OpenRequest, count: Int)
    /// A UDP client had to go, because there were too many; it is the one that was idle longest.
    case clientDisplaced(request: OpenRequest)
}

extension ForwardingReport {
    /// The line that people should see, or nil where there is nothing to act on.
    package var complaint: String? {
        switch self {
        case .flowRefused(let request, let reply), .servedRefused(let request, let reply):
            let detail = reply.detail.isEmpty ? "" : " (\(reply.detail))"
            return "open failed: \(request): \(reply.status)\(detail)"
        case .connectionsDropped(let request, let count):
            return "open failed: \(request): \(count) connections waited too long"
        case .clientDisplaced(let request):
            return "\(request): too many clients; those that were idle longest are dropped"
        case .flowClosed(let request, _, _, let end):
            switch end {
            case .unreachable, .notPermitted:
                return "\(request): \(end.text(near: "client", far: "target"))"
            case .closed, .reset, .refused, .idle, .cancelled, .sessionClosed, .sessionLost:
                return nil
            }
        case .flowOpened, .servedOpened, .servedClosed:
            return nil
        }
    }
}

/// What a session allows itself and its peer.
package struct ForwardingLimits: Sendable {
    /// Connects under way for the peer at one time.
    package var pendingConnects = 256
    /// Requests of the peer that wait for one of these; more are refused.
    package var waitingConnects = 4096
    /// How long a stream may exist before its request is complete.
    package var requestTimeout = Interval.seconds(10)
    /// Accepted connections of one forward that wait for a session or for a stream; more are reset.
    package var waitingConnections = 1024

    package init() {}
}
