/// What a node counts besides what its sessions do.
final class NodeTallies {
    var servers = ServerTally()
    let web = WebTally()
}

/// What happened with rendezvous servers, in numbers that only grow.
struct ServerTally {
    enum CallOutcome: Hashable, CaseIterable {
        case answered
        /// The server said that the peer is not there, or does not want to be called.
        case refused
        case serverSilent
    }

    private(set) var registrations: UInt64 = 0
    private(set) var losses: UInt64 = 0
    /// Calls of ours.
    private(set) var calls: [CallOutcome: UInt64] = [:]
    private(set) var incomingCalls: UInt64 = 0

    mutating func note(_ change: ServerSession.Change) {
        switch change {
        case .up: registrations += 1
        case .down: losses += 1
        case .event(.incoming): incomingCalls += 1
        case .event(.called): calls[.answered, default: 0] += 1
        case .event(.callFailed(_, .status)): calls[.refused, default: 0] += 1
        case .event(.callFailed(_, .serverSilent)), .event(.callFailed(_, .notConnected)):
            calls[.serverSilent, default: 0] += 1
        case .denied, .observed, .moved, .event: break
        }
    }
}
