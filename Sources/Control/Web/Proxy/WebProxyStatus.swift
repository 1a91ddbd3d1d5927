/// What a client of a link is told of its connection, each time that it changes.
package enum WebProxyStatus: String, Equatable {
    case connected = "CONNECTED"
    case waiting = "UDP_WAITING"
    case established = "UDP_ESTABLISHED"
    case reconnecting = "RECONNECTING"
    case error = "ERROR"

    /// The words for people where nothing more is known.
    package var message: String {
        switch self {
        case .connected: "WebSocket connected, UDP connection not yet established"
        case .waiting: "Waiting for the remote peer"
        case .established: "UDP connection established with remote peer"
        case .reconnecting: "The remote peer is silent, trying to reach it again"
        case .error: "The connection has failed"
        }
    }
}
