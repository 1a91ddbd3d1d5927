import Forwarding
import SRMUDP

/// The life with one rendezvous server: its key, connection after connection, and the talk over
/// them (`RendezvousClient`).
///
///     state       event                     becomes
///     idle        start                     resolving
///     resolving   addresses                 dialing, or asking if the key is not known
///     asking      the key                   dialing
///     dialing     established               greeting
///     greeting    WELCOME                   up
///     any         closed, failed, no way    waiting
///     waiting     time                      resolving
///     any         another key than before   denied
///
/// The server is reached by UDP. Where that brings no answer for a while, where it brought none in
/// this network before, and where the address says so, a WebSocket is opened to it as well: to the
/// connection that is one more address.
final class ServerSession {
    enum State {
        case idle
        case resolving
        case asking
        case dialing(Connection)
        case greeting(Connection)
        case up(Connection)
        case waiting(String)
        /// It is not tried again.
        case denied(String)
    }

    enum Change {
        /// We are registered. `isFirst` is false after the connection was lost.
        case up(isFirst: Bool)
        /// The server sees us somewhere else.
        case observed
        /// The connection takes another path.
        case moved(SocketAddress)
        case down(String)
        case denied(CommandError)
        case event(RendezvousClientEvent)
    }

    /// How long UDP is given before a WebSocket is tried as well.
    private static let webSocketDelay: Interval = .seconds(3)
    /// The same for a server that answered until now: its silence was waited for already, and flows
    /// may be waiting for it.
    private static let silenceDelay: Interval = .milliseconds(500)
    /// How long a dial may take.
    private static let dialTime: Interval = .seconds(20)
    private static let waits: ClosedRange<Interval> = .milliseconds(500)...(.seconds(8))

    let address: ServerAddress
    /// The WebSocket to try when UDP brings nothing; nil: the usual port of the same host.
    private let fallback: ServerAddress?
    let client: RendezvousClient
    private(set) var state = State.idle
    private(set) var observedAddress: SocketAddress?
    private(set) var relays = false
    /// A second port of the server, by which kinds of NAT are told apart.
    private(set) var otherPort: UInt16?
    private let services: MeetingServices
    private let report: (ServerSession, Change) -> Void
    private var key: PublicKey?
    private var channel: MessageChannel?
    private var webSocket: ServerWebSocket?
    private var wasUp = false
    private var wait = waits.lowerBound
    private var timer: TimerID?
    private var clientTimer: TimerID?

    init(
        address: ServerAddress, fallback: ServerAddress?, services: MeetingServices,
        report: @escaping (ServerSession, Change) -> Void
    ) {
        self.address = address
        self.fallback = fallback
        self.services = services
        self.report = report
        key = address.publicKey ?? fallback?.publicKey
        client = RendezvousClient(
            isCallable: services.isCallable, label: services.choices.label, random: services.random)
    }

    // MARK: Getters

    var isUp: Bool { if case .up = state { true } else { false } }

    var connection: Connection? {
        switch state {
        case .dialing(let connection), .greeting(let connection), .up(let connection): connection
        case .idle, .resolving, .asking, .waiting, .denied: nil
        }
    }

    /// Where the server is reached now.
    var place: SocketAddress? { connection?.currentPath?.remote }

    /// The address with the server's key, for others.
    var pinnedAddress: ServerAddress { key.map { address.pinned(to: $0) } ?? address }

    /// For people.
    var stateText: String {
        switch state {
        case .idle, .resolving: "its name is being looked up"
        case .asking: "asking for its key"
        case .dialing, .greeting: "no answer yet"
        case .up: "registered"
        case .waiting(let reason), .denied(let reason): reason
        }
    }

    // MARK: Inputs

    func start() {
        cancelTimer()
        state = .resolving
        guard address.isUDP else {
            openWebSocket()
            return haveAddresses([])
        }
        _ = services.resolver.resolve(address.host) { [weak self] result in
            guard let self, case .resolving = state else { return }
            switch result {
            case .addresses(let addresses):
                haveAddresses(addresses.map { SocketAddress($0, port: address.port) })
            case .failure(let reason): fail("its name cannot be looked up: \(reason)")
            }
        }
    }

    /// Says good-bye.
    func stop() {
        cancelTimer()
        connection?.close(code: .goingAway, reason: "going away", now: services.loop.now)
        webSocket?.close()
        webSocket = nil
        state = .idle
    }

    func networkChanged() {
        if case .waiting = state { start() }
    }

    /// What kept us from it may be over: it is tried at once.
    func settingsChanged() {
        switch state {
        case .waiting, .denied: start()
        case .idle, .resolving, .asking, .dialing, .greeting, .up: break
        }
    }

    func handle(_ event: ConnectionEvent) {
        switch event {
        case .established: established()
        case .pathChanged(let remote):
            rememberWay(remote)
            report(self, .moved(remote))
        case .closed(let error): closed(error)
        case .silent: openWebSocketLater(after: Self.silenceDelay)
        case .heard, .candidates, .datagram: break
        }
    }

    func handle(_ event: StreamEvent) {
        guard let channel, event.stream == channel.stream else { return }
        do throws(MessageChannel.Failure) {
            for message in try channel.handle(event, now: services.loop.now) {
                client.receive(message, now: services.loop.now)
            }
        } catch {
            switch error {
            case .invalidLength: client.receivedNonsense()
            case .ended, .overflow: return fail("\(error)")
            }
        }
        flush()
    }

    /// Sends what the client has to say, and tells what happened. To be called after each request.
    func flush() {
        do throws(MessageChannel.Failure) {
            while let message = client.pollMessage() { try channel?.send(message.encoded) }
        } catch {
            return fail("\(error)")
        }
        while let event = client.pollEvent() { handle(event) }
        scheduleClient()
    }

    // MARK: The way to a connection

    private func haveAddresses(_ addresses: [SocketAddress]) {
        if webSocket == nil, services.memory.isBlocked(address) { openWebSocket() }
        if case .denied = state { return }
        let places = addresses + (webSocket.map { [$0.address.socketAddress] } ?? [])
        if address.isUDP { openWebSocketLater(after: Self.webSocketDelay) }
        if let key { return dial(key, at: places) }
        do throws(KnownServersError) {
            if let known = try services.knownServers.key(of: address) {
                key = known
                return dial(known, at: places)
            }
        } catch {
            return deny(CommandError("rendezvous", error))
        }
        state = .asking
        for place in places { ask(place, all: places) }
        timer = services.loop.schedule(after: Self.dialTime) { [weak self] in
            self?.fail("it does not tell its key")
        }
    }

    private func ask(_ place: SocketAddress, all places: [SocketAddress]) {
        _ = services.probes.askKey(of: place) { [weak self] key in
            guard let self, case .asking = state, let key else { return }
            do throws(KnownServersError) {
                try services.knownServers.learned(key, of: address)
                self.key = key
                dial(key, at: places)
            } catch {
                deny(CommandError("rendezvous", error))
            }
        }
    }

    private func dial(_ key: PublicKey, at places: [SocketAddress]) {
        cancelTimer()
        let target = PeerTarget(
            publicKey: key, preSharedKey: services.secret(key), addresses: places)
        let connection = services.endpoint.dial(to: target, now: services.loop.now)
        state = .dialing(connection)
        timer = services.loop.schedule(after: Self.dialTime) { [weak self] in
            self?.fail("no answer")
        }
    }

    private func established() {
        guard case .dialing(let connection) = state else { return }
        cancelTimer()
        state = .greeting(connection)
        channel = MessageChannel.open(on: connection)
        client.label = services.choices.label
        client.connected(now: services.loop.now)
        flush()
    }

    private func closed(_ error: ConnectionError) {
        if case .dialing = state { return fail("\(error)") }
        fail(error.isRefusal ? "it refuses us" : "\(error)")
    }

    /// Tries again later.
    private func fail(_ reason: String) {
        let wasUp = isUp
        let old = connection
        cancelTimer()
        channel = nil
        client.disconnected()
        state = .waiting(reason)
        old?.close(code: .goingAway, reason: "", now: services.loop.now)
        if !wasUp {
            webSocket?.close()
            webSocket = nil
        }
        flush()
        timer = services.loop.schedule(after: wait) { [weak self] in self?.start() }
        wait = min(wait * 2, Self.waits.upperBound)
        if wasUp { report(self, .down(reason)) }
    }

    private func deny(_ error: CommandError) {
        cancelTimer()
        state = .denied(error.why)
        report(self, .denied(error))
    }

    // MARK: The client

    private func handle(_ event: RendezvousClientEvent) {
        switch event {
        case .welcome(let welcome, let isNew):
            observedAddress = welcome.observed
            relays = welcome.relays
            otherPort = welcome.otherPort
            isNew ? welcomed() : report(self, .observed)
        case .failed(let failure): fail("\(failure)")
        case .incoming, .called, .callFailed, .answerRefused, .attached, .attachFailed, .joined,
            .detached, .claimed, .claimFailed, .entered, .joinedCode, .joinFailed, .message,
            .postRefused, .closed, .counters:
            report(self, .event(event))
        }
    }

    private func welcomed() {
        guard case .greeting(let connection) = state else { return }
        state = .up(connection)
        wait = Self.waits.lowerBound
        let isFirst = !wasUp
        wasUp = true
        if let place { rememberWay(place) }
        report(self, .up(isFirst: isFirst))
    }

    /// Whether UDP gets through to the server, for the next time in this network.
    private func rememberWay(_ remote: SocketAddress) {
        guard address.isUDP, isUp else { return }
        services.memory.reached(address, byUDP: !remote.ip.isLink)
    }

    private func scheduleClient() {
        if let clientTimer { services.loop.cancel(clientTimer) }
        clientTimer = nil
        guard let due = client.nextTimeout else { return }
        clientTimer = services.loop.schedule(at: due) { [weak self] in
            guard let self else { return }
            client.handleTimeout(now: services.loop.now)
            flush()
        }
    }

    // MARK: The WebSocket

    private func openWebSocketLater(after delay: Interval) {
        guard webSocket == nil else { return }
        services.loop.schedule(after: delay) { [weak self] in
            guard let self, webSocket == nil, needsWebSocket else { return }
            openWebSocket()
            guard let place = webSocket?.address.socketAddress else { return }
            if let connection { connection.addAddress(place, now: services.loop.now) }
            if case .asking = state { ask(place, all: [place]) }
        }
    }

    /// UDP brings no answer.
    private var needsWebSocket: Bool {
        switch state {
        case .asking, .dialing: true
        case .greeting(let connection), .up(let connection): connection.isSilent
        case .idle, .resolving, .waiting, .denied: false
        }
    }

    private func openWebSocket() {
        do throws(CommandError) {
            webSocket = try ServerWebSocket(to: fallback ?? address, services: services) {
                [weak self] reason in
                self?.webSocketClosed(reason)
            }
        } catch {
            deny(error)
        }
    }

    private func webSocketClosed(_ reason: String) {
        guard let closed = webSocket else { return }
        webSocket = nil
        connection?.removeAddress(closed.address.socketAddress, now: services.loop.now)
        services.logger.debug("\(address.place): \(reason)")
        guard !address.isUDP else { return }
        fail(reason)
    }

    private func cancelTimer() {
        if let timer { services.loop.cancel(timer) }
        timer = nil
    }
}
