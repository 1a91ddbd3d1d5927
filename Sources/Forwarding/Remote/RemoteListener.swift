import SRMUDP

/// One listener that a peer has here.
///
/// It belongs to one stream of the peer's at a time. What comes in is offered to the session of
/// that stream, in order; connections wait while the session has no stream to spare.
final class RemoteListener {
    let owner: PublicKey
    /// Told when the listener has closed.
    var closed: () -> Void = {}

    private let place: ListenRequest.Place
    private let loop: EventLoop
    private let hold: Interval
    private let limit: Int
    /// Connections that wait for a stream.
    private lazy var queue = StreamQueue(
        loop: loop, hold: hold, limit: limit,
        report: { [weak self] in self?.session?.note($0) })
    /// Negotiates with those who come in, where they name their own destinations.
    private var entrance: ProxyEntrance?
    private weak var session: ForwardingSession?
    private var listeners: ListenerGroup?
    private var user: ListeningUser?

    /// - Parameters:
    ///   - hold: how long a connection waits for a stream.
    ///   - limit: how many may wait.
    init(
        owner: PublicKey, place: ListenRequest.Place, loop: EventLoop, hold: Interval, limit: Int
    ) {
        self.owner = owner
        self.place = place
        self.loop = loop
        self.hold = hold
        self.limit = limit
    }

    /// Clients are asked where they want to go, from now on.
    func becomeProxy(limits: ForwardingLimits, random: any RandomSource, logger: Logger) {
        var proxyLimits = ProxyLimits()
        proxyLimits.waitingClients = limits.waitingConnections
        entrance = ProxyEntrance(
            loop: loop, users: nil, hold: hold, limits: proxyLimits, random: random,
            logger: logger, report: { [weak self] in self?.session?.note($0) },
            request: { [weak self] in self?.request(for: $1, to: $0) })
    }

    var isDynamic: Bool { entrance != nil }

    func bind(_ wanted: ListeningPlace, logger: Logger) throws(SystemError) {
        listeners = try ListenerGroup(wanted, loop: loop, logger: logger) { [weak self] socket in
            self?.accept(socket)
        }
    }

    var addresses: [SocketAddress] { listeners?.addresses ?? [] }

    /// Whether a request for `other` means this listener: the same words, or its own port where any
    /// port was asked for.
    func covers(_ other: ListenRequest.Place) -> Bool {
        switch (place, other) {
        case (.tcp(let host, 0), .tcp(let otherHost, let port)):
            port != 0 && host == otherHost && addresses.first?.port == port
        default: place == other && !other.takesAnyPort
        }
    }

    /// Gives the listener to the stream at `streamPlace`, whose connection may be a new one.
    func handOver(to request: ListenRequest, at streamPlace: StreamPlace) -> any StreamUser {
        let former = user
        let user = ListeningUser(
            request, addresses: addresses, at: streamPlace)
        user.ended = { [weak self, unowned user] in
            guard let self, self.user === user else { return }
            close()
        }
        self.user = user
        former?.takeOver()
        session = streamPlace.session
        queue.attach(session)
        entrance?.attach(session)
        return user
    }

    func close() {
        listeners?.close()
        listeners = nil
        queue.close()
        entrance?.close()
        let former = user
        user = nil
        former?.close()
        closed()
    }

    private func accept(_ socket: TCPSocket) {
        guard let request = request(for: socket) else { return socket.abort() }
        if let reply = session?.refusalOfFlow() {
            session?.note(.servedRefused(request: request, reply))
            return socket.abort()
        }
        if let entrance { return entrance.accept(socket) }
        queue.wait(for: request) { [weak self] place in
            // The listener may have been handed over since, to a stream with another ID.
            Flow.opening(self?.request(for: socket) ?? request, socket: socket, at: place)
        } dropped: {
            socket.abort()
        }
    }

    private func request(for socket: TCPSocket, to target: Target? = nil) -> OpenRequest? {
        let peer = socket.peerAddress
        let origin = peer.ip.isUnspecified ? "" : "\(peer)"
        guard let user else { return nil }
        return AcceptedConnection(listener: user.id, origin: origin, target: target)
            .map(OpenRequest.accepted)
    }
}

extension ListenRequest.Place {
    /// Two of these are two listeners all the same.
    fileprivate var takesAnyPort: Bool {
        switch self {
        case .tcp(_, 0), .udp(_, 0): true
        case .tcp, .udp, .socket: false
        }
    }
}

/// Our end of the stream that stands for a listener here: says where it is, and ends with it.
private final class ListeningUser: StreamUser {
    let id: ListenerID
    let request: OpenRequest
    var ended: () -> Void = {}
    private let place: StreamPlace
    let isConnected = true
    let uploadedBytes: UInt64 = 0
    let downloadedBytes: UInt64 = 0
    private(set) var endReason: FlowEnd?

    init(_ request: ListenRequest, addresses: [SocketAddress], at place: StreamPlace) {
        id = request.id
        self.request = .listen(request)
        self.place = place
        let answer = ListenAnswer(addresses: addresses)
        place.carrier.write(place.stream, OpenReply(.connected).encoded + answer.encoded)
        // Nothing more is expected; the end may be here already and is told in time.
        _ = streamReadable()
    }

    /// Another connection has the listener now.
    func takeOver() {
        ended = {}
        place.carrier.reset(place.stream, code: FlowErrorCode.takenOver)
        place.carrier.stopReading(place.stream, code: FlowErrorCode.takenOver)
    }

    /// The listener is closed by us.
    func close() {
        ended = {}
        place.carrier.finish(place.stream)
        place.carrier.stopReading(place.stream, code: FlowErrorCode.sessionClosed)
    }

    func streamReadable() -> OpenReply? {
        let status = place.carrier.withReadable(place.stream) { $0.byteCount }
        if status == .finished { end() }
        return nil
    }

    func streamWritable() {}
    func streamReset() { end() }
    func streamStopped() { end() }
    func streamClosed() { end() }
    func drain() { end() }
    func carrierLost() { end() }

    func abort() {
        place.carrier.reset(place.stream, code: FlowErrorCode.sessionClosed)
        end()
    }

    func withdraw() {
        endReason = .notPermitted
        place.carrier.reset(place.stream, code: FlowErrorCode.noLongerPermitted)
        place.carrier.stopReading(place.stream, code: FlowErrorCode.noLongerPermitted)
        end()
    }

    /// Ends our direction too; the listener hears of it once.
    private func end() {
        let ended = ended
        self.ended = {}
        place.carrier.finish(place.stream)
        ended()
    }
}
