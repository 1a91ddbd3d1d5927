import Forwarding
import SRMUDP

/// One peer's life in this node: its connection, or the wait for the next one, and its flows.
///
///     state         event              becomes
///     connecting    established        up
///     connecting    closed             connecting (dials again), or ended if it was the peer's
///     up            closed             connecting (dials again), or ended if it was the peer's
///     any           end                ended
///
/// A session that we began lives until we end it and dials again whenever its connection is gone;
/// one that the peer began ends with its connection.
package final class Session {
    package enum State {
        case connecting
        case up(Connection, ForwardingSession)
        case ended
    }

    /// What people are told.
    package enum Change {
        case up(Connection)
        case lost(ConnectionError)
        case silent
        case heard
        case pathChanged(Connection)
        case forwarding(ForwardingReport)
    }

    /// How long after losing a connection the next dial begins; doubled each time until it holds.
    private static let redialIntervals: ClosedRange<Interval> = .milliseconds(500)...(.seconds(8))

    package let peer: Peer
    /// Since when the connection in use is up.
    private(set) var upSince: Instant?
    package private(set) var state: State = .connecting
    /// Whether we dial when there is no connection.
    package private(set) var isOurs = false
    /// The connection in use or being dialled.
    private(set) var connection: Connection? {
        didSet {
            guard let oldValue, oldValue !== connection else { return }
            tally.released(oldValue.statistics, of: peer.publicKey)
        }
    }

    private let loop: EventLoop
    private let connector: any TargetConnector
    private let account: PeerAccount
    private let tally: SessionTally
    private let dial: (Session) -> Connection
    private let report: (Session, Change) -> Void
    private var forwards: [any Forward] = []
    /// When we began to dial the connection; nil where the peer did.
    private var dialledAt: Instant?
    private var redialTimer: TimerID?
    private var redialInterval = redialIntervals.lowerBound

    init(
        peer: Peer, loop: EventLoop, connector: any TargetConnector, account: PeerAccount,
        tally: SessionTally, dial: @escaping (Session) -> Connection,
        report: @escaping (Session, Change) -> Void
    ) {
        self.peer = peer
        self.loop = loop
        self.connector = connector
        self.account = account
        self.tally = tally
        self.dial = dial
        self.report = report
    }

    // MARK: What the user wants

    /// Dials now, and again whenever the connection is lost.
    func keepConnected() {
        isOurs = true
        guard connection == nil else { return }
        begin()
    }

    /// From now on the session lives only as long as its connection; a dial under way is given up.
    func stopDialling() {
        isOurs = false
        guard case .connecting = state else { return }
        end(code: .none, reason: "not reached")
    }

    /// From now on the session ends with its connection, which goes on for as long as it is used.
    func letGo() { isOurs = false }

    /// Sends the connections of `forward` over this session from now on.
    func add(_ forward: any Forward) {
        forwards.append(forward)
        if case .up(_, let forwarding) = state { forward.attach(forwarding) }
    }

    /// Sends nothing of `forward` over this session any more; what it has under way goes on.
    func remove(_ forward: any Forward) {
        guard let index = forwards.firstIndex(where: { $0 === forward }) else { return }
        forwards.remove(at: index)
        forward.attach(nil)
    }

    var hasEnded: Bool { if case .ended = state { true } else { false } }

    /// The flows over the connection; nil without one.
    var forwarding: ForwardingSession? {
        if case .up(_, let forwarding) = state { forwarding } else { nil }
    }

    /// Lets flows finish until `deadline`, tells the peer good-bye, and ends.
    func drain(until deadline: Instant, completion: @escaping () -> Void) {
        isOurs = false
        for forward in forwards { forward.close() }
        guard case .up(_, let forwarding) = state else {
            end(code: .goingAway, reason: "going away")
            return completion()
        }
        forwarding.drain(until: deadline) { [weak self] in
            self?.end(code: .goingAway, reason: "going away")
            completion()
        }
    }

    /// Ends at once.
    func end(code: CloseCode, reason: String) {
        if let redialTimer { loop.cancel(redialTimer) }
        redialTimer = nil
        switch state {
        case .connecting: if connection != nil { tally.notEstablished(.abandoned) }
        case .up(_, let forwarding):
            tally.ended(.closedLocally(code: code, reason: reason))
            forwarding.close()
        case .ended: break
        }
        for forward in forwards { forward.attach(nil) }
        state = .ended
        connection?.close(code: code, reason: reason, now: loop.now)
        connection = nil
    }

    // MARK: Another program

    /// The listeners of its forwards as another program goes on with them.
    /// - Throws: why a forward cannot go on there.
    func listenerSnapshots() throws(HandoverObstacle) -> [ListenerSnapshot] {
        var snapshots: [ListenerSnapshot] = []
        for forward in forwards {
            if let snapshot = try forward.snapshot() { snapshots.append(snapshot) }
        }
        return snapshots
    }

    /// Goes on with the connection and the flows of another program; `tellRestored` says so.
    func restore(
        _ connection: Connection, _ snapshot: SessionSnapshot, from inheritance: Inheritance
    ) {
        self.connection = connection
        let forwarding = makeForwarding(over: connection)
        state = .up(connection, forwarding)
        upSince = loop.now
        forwarding.restore(snapshot, files: inheritance.files, origin: inheritance.origin)
    }

    func tellRestored() {
        if case .up(let connection, _) = state { report(self, .up(connection)) }
    }

    // MARK: What happened

    /// The peer dialled us.
    func accepted(_ connection: Connection) {
        detach()
        if let redialTimer { loop.cancel(redialTimer) }
        redialTimer = nil
        self.connection = connection
        dialledAt = connection.isEstablished ? nil : loop.now
    }

    func handle(_ event: ConnectionEvent) {
        switch event {
        case .established: established()
        case .pathChanged:
            if case .up(let connection, _) = state { report(self, .pathChanged(connection)) }
        case .silent: report(self, .silent)
        case .heard: report(self, .heard)
        // The connection tries them by itself.
        case .candidates: break
        case .datagram(let bytes):
            if case .up(_, let forwarding) = state { forwarding.handleDatagram(bytes) }
        case .closed(let error): closed(error)
        }
    }

    func handle(_ event: StreamEvent) {
        guard case .up(_, let forwarding) = state else { return }
        forwarding.handle(event)
    }

    private func established() {
        guard case .connecting = state, let connection else { return }
        let forwarding = makeForwarding(over: connection)
        state = .up(connection, forwarding)
        upSince = loop.now
        redialInterval = Self.redialIntervals.lowerBound
        tally.established(after: dialledAt.map { loop.now - $0 })
        report(self, .up(connection))
        for forward in forwards { forward.attach(forwarding) }
    }

    private func makeForwarding(over connection: Connection) -> ForwardingSession {
        ForwardingSession(
            loop: loop, carrier: ConnectionCarrier(connection: connection, loop: loop),
            connector: connector, account: account, tally: tally.flows
        ) { [weak self] change in
            guard let self else { return }
            report(self, .forwarding(change))
        }
    }

    private func closed(_ error: ConnectionError) {
        let wasUp = detach()
        wasUp ? tally.ended(error) : tally.notEstablished(error)
        connection = nil
        if wasUp || error.isRefusal { report(self, .lost(error)) }
        guard isOurs, !error.isRefusal else {
            state = .ended
            return
        }
        let wait = redialInterval
        redialInterval = min(wait * 2, Self.redialIntervals.upperBound)
        redialTimer = loop.schedule(after: wait) { [weak self] in
            self?.redialTimer = nil
            self?.begin()
        }
    }

    /// Resets the flows of a connection that is gone; the forwards wait for the next one.
    @discardableResult
    private func detach() -> Bool {
        guard case .up(_, let forwarding) = state else { return false }
        state = .connecting
        upSince = nil
        for forward in forwards { forward.attach(nil) }
        forwarding.carrierLost()
        return true
    }

    private func begin() {
        let connection = dial(self)
        self.connection = connection
        dialledAt = connection.isEstablished ? nil : loop.now
        // The peer may have dialled us in the meantime.
        if connection.isEstablished { established() }
    }
}

extension ConnectionError {
    /// The peer knows us and does not want us; dialling again would not change that.
    var isRefusal: Bool {
        if case .closedByPeer(.refused, _) = self { true } else { false }
    }
}
