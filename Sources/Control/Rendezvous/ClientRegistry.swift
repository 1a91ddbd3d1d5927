import SRMUDP

/// The clients that are connected to a rendezvous server, by number, by key and by source.
struct ClientRegistry {
    enum Greeting: Equatable {
        /// Connected, and nothing said yet.
        case awaited
        /// Said HELLO and may not be called.
        case present
        /// Said HELLO and may be called by peers.
        case callable
    }

    struct Client {
        let id: RendezvousServer.ClientID
        let key: PublicKey
        var place: ClientPlace
        var greeting = Greeting.awaited
        /// Its sides of channels.
        var channels: Set<RelayChannelID> = []
        /// Its mailboxes, as issuer or joiner.
        var mailboxes: Set<MailboxID> = []
    }

    private var clients: [RendezvousServer.ClientID: Client] = [:]
    /// The clients of each key, in the order in which they came.
    private var byKey: [PublicKey: [RendezvousServer.ClientID]] = [:]
    private var bySource: [SourceNetwork: Int] = [:]
    private(set) var callableCount = 0

    var count: Int { clients.count }

    func count(of source: SourceNetwork) -> Int { bySource[source] ?? 0 }

    subscript(id: RendezvousServer.ClientID) -> Client? { clients[id] }

    /// Those of the key that may be called, the newest first.
    func callable(_ key: PublicKey) -> [RendezvousServer.ClientID] {
        (byKey[key] ?? []).reversed().filter { clients[$0]?.greeting == .callable }
    }

    mutating func insert(_ client: Client) {
        clients[client.id] = client
        byKey[client.key, default: []].append(client.id)
        bySource[client.place.source, default: 0] += 1
    }

    mutating func greet(_ id: RendezvousServer.ClientID, isCallable: Bool) {
        clients[id]?.greeting = isCallable ? .callable : .present
        if isCallable { callableCount += 1 }
    }

    mutating func move(_ id: RendezvousServer.ClientID, to place: ClientPlace) {
        guard let old = clients[id]?.place else { return }
        clients[id]?.place = place
        guard old.source != place.source else { return }
        leave(old.source)
        bySource[place.source, default: 0] += 1
    }

    mutating func remove(_ id: RendezvousServer.ClientID) -> Client? {
        guard let client = clients.removeValue(forKey: id) else { return nil }
        byKey[client.key]?.removeAll { $0 == id }
        if byKey[client.key]?.isEmpty ?? false { byKey[client.key] = nil }
        leave(client.place.source)
        if client.greeting == .callable { callableCount -= 1 }
        return client
    }

    mutating func add(_ channel: RelayChannelID, to id: RendezvousServer.ClientID) {
        clients[id]?.channels.insert(channel)
    }

    mutating func remove(_ channel: RelayChannelID, from id: RendezvousServer.ClientID) {
        clients[id]?.channels.remove(channel)
    }

    mutating func add(_ mailbox: MailboxID, to id: RendezvousServer.ClientID) {
        clients[id]?.mailboxes.insert(mailbox)
    }

    mutating func remove(_ mailbox: MailboxID, from id: RendezvousServer.ClientID) {
        clients[id]?.mailboxes.remove(mailbox)
    }

    private mutating func leave(_ source: SourceNetwork) {
        let rest = (bySource[source] ?? 1) - 1
        bySource[source] = rest > 0 ? rest : nil
    }
}
