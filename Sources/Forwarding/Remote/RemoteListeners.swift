import SRMUDP

/// What peers have this node listen at (`-R`), each listener the property of a peer's key.
///
///     LISTEN for a place            what becomes of it
///     free, permitted               bound, and held for as long as the stream that asked
///     held for the same key         handed over at once: the former stream is reset with code 5
///     held for another key          refused: address in use
///     not permitted                 refused with the policy's reason
///
/// What comes in at a TCP port or a path is a connection, or the client of a proxy if the peer asked
/// for one; at a UDP port each source is a flow of datagrams.
///
/// A peer that comes back over a new connection has its listener at once, even where the former
/// connection is not known to be dead.
package final class RemoteListeners {
    /// Listeners of one peer at a time; more are refused.
    package static let limitPerPeer = 64

    /// What listeners are made with.
    package struct Surroundings {
        package let loop: EventLoop
        package let resolver: Resolver
        package let random: any RandomSource
        package let logger: Logger
        /// How long an accepted connection waits for a stream.
        package var hold: Interval
        package let memory: DatagramMemory
        package let limits: ForwardingLimits
        package var datagramLimits: DatagramLimits
        /// Listeners of another program of this process.
        let inherited: InheritedListeners?

        package init(
            loop: EventLoop, resolver: Resolver, random: any RandomSource, logger: Logger,
            hold: Interval, memory: DatagramMemory, limits: ForwardingLimits = ForwardingLimits(),
            datagramLimits: DatagramLimits = DatagramLimits(),
            inherited: InheritedListeners? = nil
        ) {
            self.loop = loop
            self.resolver = resolver
            self.random = random
            self.logger = logger
            self.hold = hold
            self.memory = memory
            self.limits = limits
            self.datagramLimits = datagramLimits
            self.inherited = inherited
        }
    }

    private var surroundings: Surroundings
    private var listeners: [RemoteListener] = []

    package init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    package var count: Int { listeners.count }

    /// Has listeners that are asked for from now on use these.
    package func use(hold: Interval, datagramLimits: DatagramLimits) {
        surroundings.hold = hold
        surroundings.datagramLimits = datagramLimits
    }

    /// Decides the LISTEN requests of one peer.
    package func connector(
        for owner: PublicKey, policy: @escaping () -> any ListenPolicy
    ) -> any TargetConnector {
        ListenConnector(listeners: self, owner: owner, policy: policy)
    }

    /// Closes all of them, at the node's end.
    package func close() {
        for listener in Array(listeners) { listener.close() }
    }

    /// The listeners as another program goes on with them, when it puts the peers' requests anew.
    /// - Throws: why it cannot.
    package func snapshots() throws(HandoverObstacle) -> [ListenerSnapshot] {
        var snapshots: [ListenerSnapshot] = []
        for listener in listeners {
            if let snapshot = try listener.snapshot() { snapshots.append(snapshot) }
        }
        return snapshots
    }

    // MARK: Requests

    fileprivate func listen(
        _ request: ListenRequest, for owner: PublicKey, _ policy: any ListenPolicy,
        _ attempt: ListenAttempt
    ) {
        switch policy.judge(request.place) {
        case .refused(let reason): attempt.refuse(.notPermitted, reason)
        case .allowed(let place): listen(request, at: place, for: owner, attempt)
        }
    }

    private func listen(
        _ request: ListenRequest, at place: ListenRequest.Place, for owner: PublicKey,
        _ attempt: ListenAttempt
    ) {
        if let held = listeners.first(where: { $0.covers(place, isDynamic: request.isDynamic) }) {
            guard held.owner == owner else {
                return attempt.refuse(.generalFailure, "\(place): address in use by another peer")
            }
            if let reply = Self.refusal(of: request, isExposed: held.isExposed) {
                return attempt.finish(.refused(reply))
            }
            return attempt.finish(.taken { held.handOver(to: request, at: $0) })
        }
        guard listeners.count(where: { $0.owner == owner }) < Self.limitPerPeer else {
            return attempt.refuse(
                .tooManyRequests, "a peer may have \(Self.limitPerPeer) listeners")
        }
        let listener = RemoteListener(owner: owner, request, at: place)
        switch place {
        case .socket(let path): bind(listener, .file(SocketFile(path: path)), request, attempt)
        case .tcp(let host, let port), .udp(let host, let port):
            if let addresses = Self.addresses(of: host) {
                return bind(listener, .at(addresses, port: port), request, attempt)
            }
            attempt.query = surroundings.resolver.resolve(host) {
                [weak self, weak attempt] result in
                guard let self, let attempt, !attempt.isCancelled else { return }
                attempt.query = nil
                switch result {
                case .addresses(let addresses):
                    bind(listener, .at(addresses, port: port), request, attempt)
                case .failure(let reason): attempt.refuse(.nameNotFound, reason)
                }
            }
        }
    }

    /// - Returns: nil for a name that has to be resolved.
    private static func addresses(of host: String) -> [IPAddress]? {
        if host.isEmpty { return [.anyIPv6, .anyIPv4] }
        if host.lowercased() == "localhost" { return [.loopbackIPv4, .loopbackIPv6] }
        return IPAddress(host).map { [$0] }
    }

    private func bind(
        _ listener: RemoteListener, _ wanted: ListeningPlace, _ request: ListenRequest,
        _ attempt: ListenAttempt
    ) {
        if let reply = Self.refusal(of: request, isExposed: DynamicForward.isExposed(wanted)) {
            return attempt.finish(.refused(reply))
        }
        do throws(SystemError) {
            try listener.bind { (door) throws(SystemError) in
                try makeIntake(wanted, request, door, name: listener.name)
            }
        } catch {
            return attempt.refuse(.generalFailure, "\(request.place): \(error.reason)")
        }
        listener.closed = { [weak self, unowned listener] in
            self?.listeners.removeAll { $0 === listener }
        }
        listeners.append(listener)
        for address in listener.addresses {
            surroundings.logger.info("listening on \(address) for a peer")
        }
        attempt.finish(.taken { listener.handOver(to: request, at: $0) })
    }

    /// Why a proxy may not be where others could reach it.
    private static func refusal(of request: ListenRequest, isExposed: Bool) -> OpenReply? {
        guard request.isDynamic, request.users.isEmpty, isExposed else { return nil }
        return OpenReply(
            .notPermitted, detail: "other machines could use the proxy without a password")
    }

    private func makeIntake(
        _ wanted: ListeningPlace, _ request: ListenRequest, _ door: ListenerDoor, name: [UInt8]
    ) throws(SystemError) -> any ListenerIntake {
        let loop = surroundings.loop
        let logger = surroundings.logger
        if case .udp = request.place, case .addresses(let addresses) = wanted {
            return try DatagramForward(
                loop: loop, listening: addresses, request: { door.admit(from: $0) },
                memory: surroundings.memory, limits: surroundings.datagramLimits, report: door.note)
        }
        if request.isDynamic {
            let associations = UDPAssociations(
                loop: loop, memory: surroundings.memory, limits: surroundings.datagramLimits,
                door: door, logger: logger)
            let entrance = ProxyEntrance(
                loop: loop, users: ProxyUsers(request.users), hold: surroundings.hold,
                random: surroundings.random, logger: logger, report: door.note, door: door,
                associate: { associations.accept($0, expecting: $1) })
            return try ProxyIntake(
                wanted, loop: loop, entrance: entrance, associations: associations, logger: logger)
        }
        let queue = StreamQueue(
            loop: loop, hold: surroundings.hold, limit: surroundings.limits.waitingConnections,
            origin: nil, report: door.note)
        return try ConnectionIntake(
            wanted, loop: loop, queue: queue, logger: logger, inherited: surroundings.inherited,
            named: name, door: door)
    }
}

extension ListeningPlace {
    fileprivate static func at(_ addresses: [IPAddress], port: UInt16) -> ListeningPlace {
        .addresses(addresses.map { SocketAddress($0, port: port) })
    }
}

/// Decides LISTEN requests of one peer.
private final class ListenConnector: TargetConnector {
    private let listeners: RemoteListeners
    private let owner: PublicKey
    private let policy: () -> any ListenPolicy

    init(
        listeners: RemoteListeners, owner: PublicKey, policy: @escaping () -> any ListenPolicy
    ) {
        self.listeners = listeners
        self.owner = owner
        self.policy = policy
    }

    func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        let attempt = ListenAttempt(completion)
        if case .listen(let request) = request {
            listeners.listen(request, for: owner, policy(), attempt)
        } else {
            attempt.refuse(.notPermitted, "not offered here")
        }
        return attempt
    }
}

private final class ListenAttempt: ConnectAttempt {
    /// Held so that the name's answer is not called off by its loss.
    var query: Resolver.Query?
    private var completion: ((ConnectOutcome) -> Void)?

    init(_ completion: @escaping (ConnectOutcome) -> Void) { self.completion = completion }

    func finish(_ outcome: ConnectOutcome) {
        let completion = completion
        self.completion = nil
        completion?(outcome)
    }

    func refuse(_ status: OpenReply.Status, _ detail: String) {
        finish(.refused(OpenReply(status, detail: detail)))
    }

    var isCancelled: Bool { completion == nil }

    func cancel() { completion = nil }
}
