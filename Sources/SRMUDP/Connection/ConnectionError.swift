/// Why a connection ended.
package enum ConnectionError: Error, Equatable {
    /// We closed it.
    case closedLocally(code: CloseCode, reason: String)
    /// The peer closed it and said why.
    case closedByPeer(code: CloseCode, reason: String)
    /// The peer broke the protocol; it was told so.
    case violation(code: CloseCode, reason: String)
    /// The peer no longer knows this connection: its process was restarted.
    case peerRestarted
    /// Another connection with the same peer took this one's place.
    case superseded
    /// Nothing was heard for as long as the connection may be held.
    case timedOut
    /// The handshake was given up by whoever asked for it.
    case abandoned
}

/// The code in a CLOSE frame.
package enum CloseCode: UInt64, Sendable {
    case none = 0
    case internalError = 1
    /// A frame that cannot be understood, or one that makes no sense.
    case protocolViolation = 2
    case flowControl = 3
    case streamLimit = 4
    case streamState = 5
    case finalSize = 6
    /// A key reached the number of packets it may protect.
    case keyExhausted = 7
    /// More load than any honest peer would make.
    case abuse = 8
    /// The peer goes away in good order.
    case goingAway = 9
    /// The peer may not be here: its grant ended or was taken back.
    case refused = 10

    init(_ error: StreamError) {
        switch error {
        case .flowControl: self = .flowControl
        case .finalSize: self = .finalSize
        case .streamLimit: self = .streamLimit
        case .streamState: self = .streamState
        case .changedData: self = .protocolViolation
        case .fragmentation, .churn: self = .abuse
        }
    }
}

extension ConnectionError: CustomStringConvertible {
    /// For people, as the end of a sentence.
    package var description: String {
        switch self {
        case .closedLocally(_, let reason): "closed here (\(reason))"
        case .closedByPeer(_, let reason): "it closed the connection (\(reason))"
        case .violation(_, let reason): "it broke the protocol: \(reason)"
        case .peerRestarted: "it was restarted"
        case .superseded: "it connected anew"
        case .timedOut: "nothing was heard for too long"
        case .abandoned: "given up"
        }
    }
}
