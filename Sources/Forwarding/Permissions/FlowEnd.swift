/// Why a flow ended.
package enum FlowEnd: Hashable, Sendable {
    package enum Side: Hashable, Sendable {
        /// What is connected to our end: the target where we serve, the client where we opened.
        case near
        /// What is connected to the peer's end.
        case far
    }

    /// Both directions came to their end; this side was the first to finish.
    case closed(by: Side)
    /// This side failed, or gave up.
    case reset(by: Side)
    /// The far side did not connect it.
    case refused
    /// The system at the side that dialled said that datagrams do not reach the target, mostly that
    /// nobody is at its port.
    case unreachable
    /// Nothing came for a long time.
    case idle
    /// The right to it was taken away.
    case notPermitted
    /// The user of this side ended it.
    case cancelled
    /// This node or the peer's ended the session.
    case sessionClosed
    /// The peer was not heard of any more.
    case sessionLost

    /// Whether all bytes arrived.
    var isOrderly: Bool {
        switch self {
        case .closed: true
        case .reset, .refused, .unreachable, .idle, .notPermitted, .cancelled, .sessionClosed,
            .sessionLost:
            false
        }
    }

    /// For people.
    /// - Parameters:
    ///   - near: what the near side is called.
    ///   - far: what the far side is called.
    package func text(near: String, far: String) -> String {
        switch self {
        case .closed(.near): "closed by the \(near)"
        case .closed(.far): "closed by the \(far)"
        case .reset(.near): "reset by the \(near)"
        case .reset(.far): "reset by the \(far)"
        case .refused: "refused"
        case .unreachable: "the target cannot be reached"
        case .idle: "idle"
        case .notPermitted: "no longer permitted"
        case .cancelled: "closed by the user"
        case .sessionClosed: "session closed"
        case .sessionLost: "session lost"
        }
    }
}
