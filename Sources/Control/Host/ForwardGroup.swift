import Forwarding
import SRMUDP

/// The forwards to one peer that one command asked for, in the node that carries them.
///
///     state       event                                   becomes
///     starting    the peer is reached and all are up      up
///     starting    not reached in time, or one failed      ended, with the error
///     up          the peer is lost                        up: it is dialled again, listeners stay
///     up          the peer refuses us, or none is left    ended, with the error
///     any         end                                     ended
///
/// What people are to read goes through the logger that is given; who is told what became of the
/// group says so at construction.
final class ForwardGroup {
    private enum State {
        case starting
        case up
        case ended
    }

    /// What becomes of a group; each of these is told once.
    enum Change {
        case up
        /// Nil: it has done what it was there for (`-W`).
        case ended(CommandError?)
    }

    let options: ForwardOptions
    let peer: Peer
    let forwards: ForwardSet
    private let vias: [Peer]
    private let loop: EventLoop
    private let logger: Logger
    private let changed: (Change) -> Void
    private var state: State = .starting
    private var complaints = RepetitionFilter()
    private var wasUp = false
    /// The session with the peer itself, not with one on the way to it.
    private(set) weak var session: Session?
    private weak var node: Node?
    private var connectTimer: TimerID?

    /// Takes what is taken on this machine: the listeners are bound before anything else, so that a
    /// mistake shows at once. Connections that come before the peer is reached wait.
    ///
    /// - Parameters:
    ///   - vias: the peers that the way leads through.
    ///   - inheritance: what another program of this process left.
    ///   - forwardName: the name of the forward with this index.
    ///   - announce: is told where the forward with this index listens.
    init(
        options: ForwardOptions, to peer: Peer, through vias: [Peer], loop: EventLoop,
        logger: Logger, inheritance: Inheritance? = nil,
        forwardName: @escaping (Int) -> String,
        announce: @escaping (Int, ForwardNotice) -> Void,
        changed: @escaping (Change) -> Void
    ) throws(CommandError) {
        self.options = options
        self.peer = peer
        self.vias = vias
        self.loop = loop
        self.logger = logger
        self.changed = changed
        // Set right below, because it needs to reach this group.
        var complain: (ForwardingReport) -> Void = { _ in }
        forwards = ForwardSet(
            options: options, loop: loop, logger: logger, inheritance: inheritance,
            forwardName: forwardName, announce: announce
        ) {
            complain($0)
        }
        try forwards.setUp()
        complain = { [weak self] report in
            self?.count(report)
            self?.complain(report)
        }
        forwards.whenUp = { [weak self] in self?.checkUp() }
        forwards.whenFailed = { [weak self] in self?.finish($0) }
        forwards.whenDone = { [weak self] in self?.finish(nil) }
    }

    var isUp: Bool { state == .up }

    /// What its forwards' flows are known by, those of cancelled forwards among them.
    var namedOrigins: [(name: String, origin: ForwardOrigin)] {
        forwards.members.enumerated().compactMap { index, member in
            member.origin.map { (forwards.forwardName(index), $0) }
        }
    }

    /// Reaches the peer with this node.
    func begin(with node: Node) {
        self.node = node
        let session = node.connect(to: peer, through: vias)
        self.session = session
        forwards.join(session)
        connectTimer = loop.schedule(after: .seconds(options.connectTimeout.seconds)) {
            [weak self] in
            self?.giveUp()
        }
        // Other forwards may have brought us there before.
        if case .up(let connection, _) = session.state { connected(connection) }
    }

    /// Takes one forward out; the group ends with its last one.
    func cancel(_ index: Int) {
        forwards.cancel(index, of: session)
        if forwards.isEmpty { finish(nil) }
    }

    /// Ends the group; nobody is told. Nothing new enters; flows are the session's business.
    func end() {
        guard state != .ended else { return }
        state = .ended
        stopWaiting()
        for index in forwards.members.indices { forwards.cancel(index, of: session) }
    }

    // MARK: What happens

    /// A change of any session of the node.
    func handle(_ change: Session.Change, of session: Session) {
        if case .forwarding(let event) = change, session === self.session {
            return complain(event)
        }
        guard state != .ended else { return }
        guard session === self.session else {
            if vias.contains(where: { $0.publicKey == session.peer.publicKey }) {
                handleVia(change, of: session)
            }
            return
        }
        let name = session.peer.name
        switch change {
        case .up(let connection): connected(connection)
        case .lost(let error) where error.isRefusal: finish(.refused(by: name, error))
        case .lost(let error): logger.info("lost '\(name)': \(error); waiting for it")
        case .silent: logger.info("'\(name)' does not answer; waiting, all flows are kept")
        case .heard: logger.info("'\(name)' answers again")
        case .pathChanged(let connection):
            logger.info("'\(name)' is now reached at \(connection.pathText)")
        case .forwarding: break
        }
    }

    /// What happens with a peer that the way leads through.
    private func handleVia(_ change: Session.Change, of session: Session) {
        let name = session.peer.name
        switch change {
        case .up(let connection):
            logger.info("the way leads through '\(name)': \(connection.pathText)")
        case .lost(let error) where error.isRefusal: finish(.refused(by: name, error))
        case .lost(let error):
            logger.info("lost '\(name)', through which the way leads: \(error); waiting for it")
        case .silent: logger.info("'\(name)', through which the way leads, does not answer")
        case .heard: logger.info("'\(name)' answers again")
        case .pathChanged: break
        // The route itself says why it is refused.
        case .forwarding: break
        }
    }

    private func connected(_ connection: Connection) {
        stopWaiting()
        logger.info("connected to '\(peer.name)'\(wasUp ? " again" : ""): \(connection.pathText)")
        wasUp = true
        checkUp()
    }

    private func checkUp() {
        guard state == .starting, wasUp, forwards.isUp else { return }
        state = .up
        changed(.up)
    }

    /// Those that waited for the session are known to no session.
    private func count(_ report: ForwardingReport) {
        guard case .connectionsDropped(_, let count) = report else { return }
        node?.tally.flows.failed(by: .node, .dropped, count: count)
    }

    private func complain(_ report: ForwardingReport) {
        if let line = report.complaint, let text = complaints.admit(line, now: loop.now) {
            logger.warning(text)
        }
    }

    // MARK: The end

    private func giveUp() {
        connectTimer = nil
        finish(
            PeerLookup.unreachable(
                peer, after: options.connectTimeout, meeting: node?.meeting,
                connection: session?.connection))
    }

    private func finish(_ error: CommandError?) {
        guard state != .ended else { return }
        end()
        changed(.ended(error))
    }

    private func stopWaiting() {
        if let connectTimer { loop.cancel(connectTimer) }
        connectTimer = nil
    }
}
