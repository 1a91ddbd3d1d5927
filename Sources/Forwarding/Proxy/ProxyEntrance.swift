import SRMUDP

/// What a proxy port allows its clients.
package struct ProxyLimits: Sendable {
    /// Clients that have not said yet what they want. One more takes the place of the oldest, so
    /// that whoever opens connections and is silent shuts nobody out.
    package var negotiatingClients = 512
    package var negotiationTime = Interval.seconds(10)
    /// Clients that wait for the answer to a wrong password; more are closed at once.
    package var delayedAnswers = 256
    /// How long that takes, and by how much it varies, so that guessing is slow and its timing says
    /// nothing.
    package var answerDelay = Interval.seconds(1)
    package var answerJitter = Interval.milliseconds(250)
    /// Clients that wait for a session or a stream.
    package var waitingClients = 1024

    package init() {}
}

/// Where the clients of a proxy port come in, at whichever side listens: it negotiates with each and
/// opens a stream for what the client asked for.
///
/// A SOCKS or CONNECT client then becomes a `Flow`, which tells it of the far side's reply; one that
/// speaks plain HTTP becomes an `HTTPProxyConnection`. Names are resolved by the far side only.
package final class ProxyEntrance {
    /// Takes over a client that asked for UDP ASSOCIATE, and answers it with
    /// `SOCKS5Admission.reply`. The socket is not registered with the loop.
    package typealias Associate = (_ control: TCPSocket, _ from: SocketAddress) -> Void

    private static let offence = Interval.seconds(6)

    /// Who may use the proxy from now on; nil: everybody who reaches it. Those who are in stay.
    package var users: ProxyUsers?

    private let loop: EventLoop
    private let limits: ProxyLimits
    private let random: any RandomSource
    private let logger: Logger
    private let door: any ProxyDoor
    private let associate: Associate?
    private let streams: StreamQueue

    private var negotiating: [UInt64: ProxyClient] = [:]
    private var nextClient: UInt64 = 0
    private var exchanging: [ObjectIdentifier: HTTPProxyConnection] = [:]
    private var penalties = PenaltyTable(
        threshold: .seconds(15), maximum: .seconds(600), capacity: 1024)
    private var hints = RepetitionFilter(interval: .seconds(60))

    /// - Parameters:
    ///   - hold: how long a client waits for a session or a stream.
    ///   - origin: the forward that this is the entrance of; nil: none of this side's.
    ///   - door: what the far side is asked for.
    ///   - associate: nil: UDP ASSOCIATE is not offered.
    package init(
        loop: EventLoop, users: ProxyUsers?, hold: Interval, limits: ProxyLimits = ProxyLimits(),
        random: any RandomSource, logger: Logger, origin: ForwardOrigin? = nil,
        report: @escaping (ForwardingReport) -> Void, door: any ProxyDoor = LocalProxyDoor(),
        associate: Associate? = nil
    ) {
        self.loop = loop
        self.users = users
        self.limits = limits
        self.random = random
        self.logger = logger
        self.door = door
        self.associate = associate
        streams = StreamQueue(
            loop: loop, hold: hold, limit: limits.waitingClients, origin: origin, report: report)
    }

    /// Clients that have not said yet what they want.
    package var negotiatingCount: Int { negotiating.count }
    /// Whether all its clients have become flows.
    var isIdle: Bool { negotiating.isEmpty && exchanging.isEmpty && streams.count == 0 }
    /// Clients that wait for a session or a stream.
    package var waitingCount: Int { streams.count }
    /// Clients that wait for the answer to a wrong password.
    package private(set) var delayedCount = 0

    /// Uses `session` from now on; nil when there is none.
    package func attach(_ session: ForwardingSession?) { streams.attach(session) }

    /// Takes over an accepted socket.
    package func accept(_ socket: TCPSocket) {
        // Sockets with a path have no address, and their file says who may use them.
        let source = SourceNetwork(socket.peerAddress.ip)
        guard !penalties.isKeptAway(source, now: loop.now) else { return socket.abort() }
        if negotiating.count >= limits.negotiatingClients, let oldest = negotiating.keys.min() {
            negotiating[oldest]?.giveUp()
        }
        let number = nextClient
        nextClient += 1
        let client = ProxyClient(socket, ProxyAdmission(users: users), loop: loop) {
            [weak self] client, outcome in
            self?.negotiationEnded(number, client.socket, outcome)
        }
        negotiating[number] = client
        client.start(deadline: loop.now + limits.negotiationTime)
    }

    /// Turns everybody away who has no flow yet. Flows are the session's business.
    package func close() {
        for client in Array(negotiating.values) { client.giveUp() }
        for connection in Array(exchanging.values) { connection.close() }
        streams.close()
    }

    private func negotiationEnded(
        _ number: UInt64, _ socket: TCPSocket, _ outcome: ProxyClient.Outcome
    ) {
        negotiating[number] = nil
        switch outcome {
        case .gone: break
        case .refused(let refusal): turnAway(socket, refusal)
        case .request(.connect(let target, let dialect), let rest):
            connect(socket, to: target, dialect, rest)
        case .request(.exchange(let request), let rest):
            exchange(socket, request, rest)
        case .request(.associate(let source), _):
            guard let associate else {
                let answer = SOCKS5Admission.reply(7)
                return turnAway(socket, ProxyRefusal(.unsupportedCommand, answer: answer))
            }
            associate(socket, source)
        }
    }

    private func connect(
        _ socket: TCPSocket, to target: HostPort, _ dialect: ProxyDialect, _ rest: [UInt8]
    ) {
        let source = socket.peerAddress
        guard let open = door.admit(from: source, to: .tcp(target)) else {
            let answer = dialect.answer(to: OpenReply(.badRequest))
            return turnAway(socket, ProxyRefusal(.badTarget, answer: answer))
        }
        streams.wait(for: open) { [door] place in
            Flow.opening(
                door.request(from: source, to: .tcp(target)) ?? open, client: socket,
                answering: dialect.answer, sending: rest, at: place)
        } dropped: { [loop] in
            let reply = OpenReply(.generalFailure, detail: "there is no way to the peer now")
            SocketFarewell(socket, saying: dialect.answer(to: reply), loop: loop)
        }
    }

    private func exchange(_ socket: TCPSocket, _ request: HTTPProxyRequest, _ rest: [UInt8]) {
        let surroundings = HTTPProxyConnection.Surroundings(
            loop: loop, users: users, streams: streams, door: door,
            turnAway: { [weak self] in self?.turnAway($0, $1) },
            ended: { [weak self] in self?.exchanging[ObjectIdentifier($0)] = nil })
        let connection = HTTPProxyConnection(socket, in: surroundings)
        exchanging[ObjectIdentifier(connection)] = connection
        connection.start(request, rest: rest)
    }

    // MARK: Turning away

    /// Answers a client that gets nothing, and closes its socket, which is not registered.
    private func turnAway(_ socket: TCPSocket, _ refusal: ProxyRefusal) {
        explain(refusal.reason)
        guard refusal.reason == .wrongCredentials else {
            SocketFarewell(socket, saying: refusal.answer, loop: loop)
            return
        }
        penalties.add(Self.offence, to: SourceNetwork(socket.peerAddress.ip), now: loop.now)
        guard delayedCount < limits.delayedAnswers else { return socket.abort() }
        delayedCount += 1
        let span = limits.answerJitter * 2
        let jitter = Int64(random.next(below: UInt64(max(1, span.nanoseconds))))
        let delay = limits.answerDelay - limits.answerJitter + .nanoseconds(jitter)
        loop.schedule(after: delay) { [weak self, loop] in
            self?.delayedCount -= 1
            SocketFarewell(socket, saying: refusal.answer, loop: loop)
        }
    }

    private func explain(_ reason: ProxyRefusal.Reason) {
        let line: String
        switch reason {
        case .encrypted:
            line =
                "a client speaks TLS to the proxy port; "
                + "its proxy setting should begin with http:// instead of https://"
        case .wrongCredentials: line = "a client of the proxy port came with a wrong password"
        case .unknownProtocol, .malformed, .credentialsNeeded, .unsupportedCommand,
            .unsupportedAddress, .badTarget:
            return
        }
        if let text = hints.admit(line, now: loop.now) { logger.warning(text) }
    }
}
