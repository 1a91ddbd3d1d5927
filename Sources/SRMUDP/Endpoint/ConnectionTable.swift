/// Which connection a datagram belongs to, and which connections have something to say.
///
/// Shared by an endpoint and its connections, so that a connection can claim an ID or ask for its
/// turn without knowing the endpoint.
final class ConnectionTable {
    private(set) var connections: [Connection] = []
    private var byID: [ConnectionID: Connection] = [:]
    /// The connection asked for last; packets come in runs.
    private var lastFound: (id: ConnectionID, connection: Connection)?
    private var byPeer: [PublicKey: [Connection]] = [:]
    private var byResetToken: [[UInt8]: Connection] = [:]
    private var transmitQueue: [Connection] = []
    private var eventQueue: [Connection] = []
    var deadlines = ConnectionDeadlines()
    /// The empty list of the last run of packets, whose memory the next one uses.
    var spareRun: [OpenedPacket] = []
    /// Connections with peers known by a shared key came or went since the endpoint looked.
    var sharedKeysChanged = false

    func connection(for id: ConnectionID) -> Connection? {
        if let lastFound, lastFound.id == id { return lastFound.connection }
        guard let connection = byID[id] else { return nil }
        lastFound = (id, connection)
        return connection
    }

    /// The connections with one peer: several if it runs several processes.
    func connections(with peer: PublicKey) -> [Connection] { byPeer[peer] ?? [] }
    func connection(resetBy token: [UInt8]) -> Connection? { byResetToken[token] }

    func insert(_ connection: Connection) {
        connections.append(connection)
        byPeer[connection.target.publicKey, default: []].append(connection)
        noteSharedKey(of: connection)
        deadlines.insert(connection)
    }

    private func noteSharedKey(of connection: Connection) {
        if connection.target.pattern == .nnpsk0 { sharedKeysChanged = true }
    }

    func claim(_ id: ConnectionID, for connection: Connection) {
        byID[id] = connection
        lastFound = nil
    }

    func release(_ id: ConnectionID) {
        byID[id] = nil
        lastFound = nil
    }
    func release(resetToken: [UInt8]) { byResetToken[resetToken] = nil }

    func claim(resetToken: [UInt8], for connection: Connection) {
        byResetToken[resetToken] = connection
    }

    /// Forgets a connection that is over.
    func remove(_ connection: Connection) {
        connections.removeAll { $0 === connection }
        noteSharedKey(of: connection)
        byID = byID.filter { $0.value !== connection }
        lastFound = nil
        byResetToken = byResetToken.filter { $0.value !== connection }
        let rest = connections(with: connection.target.publicKey).filter { $0 !== connection }
        byPeer[connection.target.publicKey] = rest.isEmpty ? nil : rest
        deadlines.remove(connection)
    }

    /// Forgets all connections, because their endpoint goes.
    func removeAll() {
        for connection in connections { deadlines.remove(connection) }
        connections = []
        byID = [:]
        lastFound = nil
        byPeer = [:]
        byResetToken = [:]
        transmitQueue = []
        eventQueue = []
        deadlines = ConnectionDeadlines()
    }

    // MARK: Turns

    /// The connection asks for its turn, and to be asked for its deadline.
    func queueTransmit(of connection: Connection) {
        deadlines.changed(connection)
        guard !connection.isQueued else { return }
        connection.isQueued = true
        transmitQueue.append(connection)
    }

    func queueEvents(of connection: Connection) {
        guard !connection.hasQueuedEvents else { return }
        connection.hasQueuedEvents = true
        eventQueue.append(connection)
    }

    var nextToTransmit: Connection? { transmitQueue.first }
    var nextWithEvents: Connection? { eventQueue.first }

    /// The first connection has nothing more to send.
    func transmitDone() {
        let connection = transmitQueue.removeFirst()
        connection.isQueued = false
        deadlines.changed(connection)
    }

    /// The first connection sent a batch; the others come before its next one.
    func transmitAgain() {
        let connection = transmitQueue.removeFirst()
        transmitQueue.append(connection)
        deadlines.changed(connection)
    }

    func eventsDone() { eventQueue.removeFirst().hasQueuedEvents = false }
}
