import Forwarding
import SRMUDP

/// A closed set of things that a label tells apart.
protocol MetricLabel: Hashable, CaseIterable {
    var label: String { get }
}

/// What carries the path of a session.
enum PathLabel: String, MetricLabel {
    /// The Internet, also through NATs.
    case direct
    /// An address of a private network, or of this machine.
    case lan
    /// A relay that is reached by UDP.
    case relay
    /// Another peer.
    case peer
    /// A relay or a server that is reached through a WebSocket.
    case websocket

    init(_ address: SocketAddress) {
        switch LinkAddress(address)?.kind {
        case .relay: self = .relay
        case .webSocket, .relayInWebSocket: self = .websocket
        case .peer: self = .peer
        case .socket: self = .direct
        case nil:
            let ip = address.ip
            self = ip.isPrivate || ip.isLinkLocal || ip.isLoopback ? .lan : .direct
        }
    }

    var label: String { rawValue }
}

enum SessionLabel: String, MetricLabel {
    case connecting, up, silent

    /// Nil for a session that is over.
    init?(_ session: Session) {
        switch session.state {
        case .connecting: self = .connecting
        case .up(let connection, _): self = connection.isSilent ? .silent : .up
        case .ended: return nil
        }
    }

    var label: String { rawValue }
}

extension FlowTally.Opener: MetricLabel {
    var label: String {
        switch self {
        case .node: "node"
        case .peer: "peer"
        }
    }
}

extension FlowTally.Failure: MetricLabel {
    var label: String {
        switch self {
        case .generalFailure: "failed"
        case .notPermitted: "not_permitted"
        case .networkUnreachable: "network_unreachable"
        case .hostUnreachable: "host_unreachable"
        case .connectionRefused: "connection_refused"
        case .timedOut: "timed_out"
        case .nameNotFound: "name_not_found"
        case .badRequest: "bad_request"
        case .tooManyRequests: "too_many_requests"
        case .dropped: "waited_too_long"
        case .abandoned: "abandoned"
        case .sessionEnded: "session_ended"
        }
    }
}

extension FlowEnd: MetricLabel {
    /// Near is this node's side.
    var label: String {
        switch self {
        case .closed(.near): "closed_here"
        case .closed(.far): "closed_there"
        case .reset(.near): "reset_here"
        case .reset(.far): "reset_there"
        case .refused: "refused"
        case .unreachable: "unreachable"
        case .idle: "idle"
        case .notPermitted: "not_permitted"
        case .cancelled: "cancelled"
        case .sessionClosed: "session_closed"
        case .sessionLost: "session_lost"
        }
    }
}

extension SessionTally.HandshakeOutcome: MetricLabel {
    var label: String {
        switch self {
        case .completed: "completed"
        case .refused: "refused"
        case .givenUp: "given_up"
        case .timedOut: "timed_out"
        case .failed: "failed"
        }
    }
}

extension SessionTally.ConnectionEnd: MetricLabel {
    var label: String {
        switch self {
        case .closedHere: "closed_here"
        case .closedByPeer: "closed_there"
        case .refused: "refused"
        case .violation: "violation"
        case .peerRestarted: "peer_restarted"
        case .superseded: "superseded"
        case .timedOut: "timed_out"
        }
    }
}

extension PunchWatch.Outcome: MetricLabel {
    var label: String {
        switch self {
        case .direct: "direct"
        case .relayed: "relayed"
        case .unreached: "unreached"
        }
    }
}

extension ServerTally.CallOutcome: MetricLabel {
    var label: String {
        switch self {
        case .answered: "answered"
        case .refused: "refused"
        case .serverSilent: "server_silent"
        }
    }
}
