import SRMUDP

/// The UDP sockets of one forward, and a flow for each client that sends to them.
///
/// A client is a source address. Its first datagram opens a flow, in which it and what follows
/// travel; what comes back leaves from the address that the client wrote to. Without a session, or
/// without a stream to spare, datagrams are dropped: whoever speaks UDP repeats what matters.
///
/// At the side that listens for its peer (`-R`) the request names the listener and the client.
package final class DatagramForward {
    /// Where the sockets are, with the ports that the system chose where port 0 was asked for.
    package var addresses: [SocketAddress] { listeners.map(\.address) }
    /// Datagrams that came from clients and found no flow.
    package private(set) var droppedCount: UInt64 = 0
    /// Clients that were idle longest when there were too many.
    package private(set) var displacedCount: UInt64 = 0

    package let origin = ForwardOrigin()
    private let loop: EventLoop
    private let limits: DatagramLimits
    private let request: (SocketAddress) -> OpenRequest?
    private let report: (ForwardingReport) -> Void
    private var listeners: [DatagramListener] = []
    private var session: ForwardingSession?
    private var clients: [DatagramClient.Place: DatagramClient] = [:]
    /// Until then no flow is opened, because one was refused.
    private var refusedUntil: Instant?

    /// Binds all of `addresses`, or none, with the rules of `LocalForward`.
    ///
    /// - Parameters:
    ///   - request: what the far side is asked for when a client at this address comes; nil: it is
    ///     turned away.
    ///   - report: is told of clients that found no room.
    /// - Throws: `SystemError` of the address that could not be bound.
    package init(
        loop: EventLoop, listening addresses: [SocketAddress],
        request: @escaping (SocketAddress) -> OpenRequest?, memory: DatagramMemory,
        limits: DatagramLimits = DatagramLimits(),
        report: @escaping (ForwardingReport) -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.limits = limits
        self.request = request
        self.report = report
        listeners = try ListenerSet.bind(addresses) { [weak self] address throws(SystemError) in
            try DatagramListener(at: address, loop: loop, memory: memory) {
                [weak self] listener, datagram, source, local in
                let place = DatagramClient.Place(
                    listener: listener, address: source, local: local)
                self?.take(datagram, from: place)
            }
        }
    }

    deinit {
        for listener in listeners { listener.close() }
    }

    /// How many clients have a flow.
    package var clientCount: Int { clients.count }

    private func take(_ datagram: [UInt8], from place: DatagramClient.Place) {
        if let client = clients[place] { return client.send(datagram) }
        guard let client = makeClient(at: place) else {
            droppedCount += 1
            return
        }
        client.send(datagram)
    }

    private func makeClient(at place: DatagramClient.Place) -> DatagramClient? {
        if let refusedUntil, loop.now < refusedUntil { return nil }
        refusedUntil = nil
        guard let session, session.isOpen, let request = request(place.address) else {
            return nil
        }
        if clients.count >= limits.clients { displaceOne() }
        let client = DatagramClient(at: place) { [weak self] in self?.ended($0, $1) }
        let limits = limits
        let isOpened = session.open(from: origin) { streamPlace in
            let flow = DatagramFlow.opening(
                request, source: client, limits: limits, at: streamPlace)
            client.flow = flow
            return flow
        }
        guard isOpened else { return nil }
        clients[place] = client
        return client
    }

    private func displaceOne() {
        let oldest = clients.values.min { $0.lastActive < $1.lastActive }
        displacedCount += 1
        if let oldest, let flow = oldest.flow {
            report(.clientDisplaced(request: flow.request))
            flow.displace()
        }
    }

    private func endFlows() {
        for client in Array(clients.values) { client.flow?.close() }
    }

    private func ended(_ client: DatagramClient, _ end: DatagramFlow.End) {
        if clients[client.place] === client { clients[client.place] = nil }
        if case .refused = end { refusedUntil = loop.now + limits.refusalTime }
    }
}

extension DatagramForward: Forward {
    package func attach(_ session: ForwardingSession?) {
        // Flows of another connection may be dead without anybody knowing yet.
        if session !== self.session { endFlows() }
        self.session = session
        refusedUntil = nil
    }

    package func close() {
        for listener in listeners { listener.close() }
        listeners = []
        endFlows()
        session = nil
    }
}

/// One client of a `DatagramForward`.
private final class DatagramClient: DatagramSource {
    /// Who it is, and where it writes to.
    struct Place: Hashable {
        let listener: DatagramListener
        let address: SocketAddress
        /// Which of our addresses; nil where the listener has only one.
        let local: IPAddress?

        static func == (left: Place, right: Place) -> Bool {
            left.listener === right.listener && left.address == right.address
                && left.local == right.local
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(address)
            hasher.combine(local)
        }
    }

    let place: Place
    private let ended: (DatagramClient, DatagramFlow.End) -> Void
    weak var flow: DatagramFlow?

    init(at place: Place, ended: @escaping (DatagramClient, DatagramFlow.End) -> Void) {
        self.place = place
        self.ended = ended
    }

    var address: SocketAddress? { place.address }
    var lastActive: Instant { flow?.lastActive ?? Instant(nanoseconds: 0) }

    func send(_ datagram: [UInt8]) { flow?.send(datagram) }

    func deliver(_ datagram: ArraySlice<UInt8>) -> Bool {
        place.listener.send(datagram, to: place.address, from: place.local)
    }

    func flowEnded(_ end: DatagramFlow.End) { ended(self, end) }
}
