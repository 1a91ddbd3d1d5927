import SRMUDP

/// One listener that a peer has here.
///
/// It belongs to one stream of the peer's at a time. What comes in is offered to the session of
/// that stream.
final class RemoteListener {
    let owner: PublicKey
    /// Told when the listener has closed.
    var closed: () -> Void = {}

    private let place: ListenRequest.Place
    private let isDynamic: Bool
    /// Of the stream that has the listener, or is about to.
    private var id: ListenerID
    private weak var session: ForwardingSession?
    private var intake: (any ListenerIntake)?
    private var user: ListeningUser?

    /// - Parameter place: the one that was permitted.
    init(owner: PublicKey, _ request: ListenRequest, at place: ListenRequest.Place) {
        self.owner = owner
        self.place = place
        isDynamic = request.isDynamic
        id = request.id
    }

    /// - Parameter makeIntake: binds what there is to bind.
    func bind(
        _ makeIntake: (ListenerDoor) throws(SystemError) -> any ListenerIntake
    ) throws(SystemError) {
        intake = try makeIntake(ListenerDoor(listener: self))
    }

    var addresses: [SocketAddress] { intake?.addresses ?? [] }

    /// Tells it from all other listeners: the owner, then the number that it has from there.
    var name: [UInt8] {
        owner.bytes
            + stride(from: 24, through: 0, by: -8).map {
                UInt8(truncatingIfNeeded: id.value >> UInt32($0))
            }
    }

    func snapshot() throws(HandoverObstacle) -> ListenerSnapshot? {
        try intake?.snapshot(named: name)
    }

    /// Whether other machines may be able to reach it.
    var isExposed: Bool { DynamicForward.isExposed(.addresses(addresses)) }

    /// Whether a request means this listener: the same words, or its own port where any port was
    /// asked for.
    func covers(_ other: ListenRequest.Place, isDynamic: Bool) -> Bool {
        guard isDynamic == self.isDynamic else { return false }
        switch (place, other) {
        case (.tcp(let host, 0), .tcp(let otherHost, let port)),
            (.udp(let host, 0), .udp(let otherHost, let port)):
            return port != 0 && host == otherHost && addresses.first?.port == port
        default: return place == other && !other.takesAnyPort
        }
    }

    /// Gives the listener to the stream at `streamPlace`, whose connection may be a new one.
    func handOver(to request: ListenRequest, at streamPlace: StreamPlace) -> any StreamUser {
        let former = user
        let user = ListeningUser(request, addresses: addresses, at: streamPlace)
        user.ended = { [weak self, unowned user] in
            guard let self, self.user === user else { return }
            close()
        }
        self.user = user
        id = request.id
        former?.takeOver()
        intake?.admit(ProxyUsers(request.users))
        session = streamPlace.session
        intake?.attach(session)
        return user
    }

    func close() {
        intake?.close()
        intake = nil
        let former = user
        user = nil
        former?.close()
        closed()
    }

    fileprivate func admit(from source: SocketAddress, to target: Target?) -> OpenRequest? {
        guard let request = request(from: source, to: target) else { return nil }
        guard let reply = session?.refusalOfFlow() else { return request }
        session?.note(.servedRefused(request: request, reply))
        return nil
    }

    fileprivate func note(_ change: ForwardingReport) { session?.note(change) }

    fileprivate func request(
        from source: SocketAddress, to target: Target?
    ) -> OpenRequest? {
        // Who came in at a path has no address.
        let origin = source.ip.isUnspecified ? "" : "\(source)"
        return AcceptedConnection(listener: id, origin: origin, target: target)
            .map(OpenRequest.accepted)
    }
}

/// What those who let clients in need of their listener, which they do not own.
struct ListenerDoor {
    fileprivate weak var listener: RemoteListener?

    /// What the peer is asked for when somebody comes; nil when nobody may come now.
    func admit(from source: SocketAddress) -> OpenRequest? {
        listener?.admit(from: source, to: nil)
    }

    /// The same for who was admitted before: the listener may have another ID by now.
    func request(from source: SocketAddress) -> OpenRequest? {
        listener?.request(from: source, to: nil)
    }

    func note(_ change: ForwardingReport) { listener?.note(change) }
}

extension ListenerDoor: ProxyDoor {
    func admit(from source: SocketAddress, to target: Target) -> OpenRequest? {
        listener?.admit(from: source, to: target)
    }

    func request(from source: SocketAddress, to target: Target) -> OpenRequest? {
        listener?.request(from: source, to: target)
    }
}

extension ListenRequest.Place {
    /// Two of these are two listeners all the same.
    var takesAnyPort: Bool {
        switch self {
        case .tcp(_, 0), .udp(_, 0): true
        case .tcp, .udp, .socket: false
        }
    }
}

/// Our end of the stream that stands for a listener here: says where it is, and ends with it.
private final class ListeningUser: StreamUser {
    let request: OpenRequest
    var ended: () -> Void = {}
    private let place: StreamPlace
    let isConnected = true
    /// The reply and the place are told once more, which who asked does not read any more.
    let handover = StreamHandover.asksAnew
    let uploadedBytes: UInt64 = 0
    let downloadedBytes: UInt64 = 0
    private(set) var endReason: FlowEnd?

    init(_ request: ListenRequest, addresses: [SocketAddress], at place: StreamPlace) {
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
