import SRMUDP

/// The listeners that the peer holds for us in this session, and who takes what comes in there.
///
/// Stands between the session and what it asks about the peer's requests: of those it decides
/// only the ones about its own listeners.
package final class AskedListeners: TargetConnector {
    private let other: any TargetConnector
    private var asked: [ListenerID: AskedListener] = [:]
    private var lastID: UInt32 = 0

    /// - Parameter other: decides all other requests.
    init(besides other: any TargetConnector) { self.other = other }

    /// - Parameters:
    ///   - connector: is asked about each `.accepted` of the new listener.
    ///   - origin: the forward that the flows belong to.
    package func add(_ connector: any TargetConnector, for origin: ForwardOrigin) -> ListenerID {
        repeat { lastID &+= 1 } while asked[ListenerID(lastID)] != nil
        let id = ListenerID(lastID)
        asked[id] = AskedListener(connector: connector, origin: origin)
        return id
    }

    package func remove(_ id: ListenerID) { asked[id] = nil }

    /// The forward that a connection belongs to which the peer accepted; nil for other requests.
    func origin(of request: OpenRequest) -> ForwardOrigin? {
        guard case .accepted(let connection) = request else { return nil }
        return asked[connection.listener]?.origin
    }

    package func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        guard case .accepted(let connection) = request else {
            return other.connect(to: request, completion: completion)
        }
        guard let connector = asked[connection.listener]?.connector else {
            completion(.refused(OpenReply(.notPermitted, detail: "no such listener here")))
            return FinishedAttempt()
        }
        return connector.connect(to: request, completion: completion)
    }
}

private struct AskedListener {
    let connector: any TargetConnector
    let origin: ForwardOrigin
}
