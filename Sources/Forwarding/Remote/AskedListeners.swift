import SRMUDP

/// The listeners that the peer holds for us in this session, and who takes what comes in there.
///
/// Stands between the session and what it asks about the peer's requests: of those it decides
/// only the ones about its own listeners.
package final class AskedListeners: TargetConnector {
    private let other: any TargetConnector
    private var connectors: [ListenerID: any TargetConnector] = [:]
    private var lastID: UInt32 = 0

    /// - Parameter other: decides all other requests.
    init(besides other: any TargetConnector) { self.other = other }

    /// - Parameter connector: is asked about each `.accepted` of the new listener.
    package func add(_ connector: any TargetConnector) -> ListenerID {
        repeat { lastID &+= 1 } while connectors[ListenerID(lastID)] != nil
        let id = ListenerID(lastID)
        connectors[id] = connector
        return id
    }

    package func remove(_ id: ListenerID) { connectors[id] = nil }

    package func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        guard case .accepted(let connection) = request else {
            return other.connect(to: request, completion: completion)
        }
        guard let connector = connectors[connection.listener] else {
            completion(.refused(OpenReply(.notPermitted, detail: "no such listener here")))
            return FinishedAttempt()
        }
        return connector.connect(to: request, completion: completion)
    }
}
