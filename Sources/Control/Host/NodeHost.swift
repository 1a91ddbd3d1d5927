import Forwarding
import SRMUDP

/// The running node of a home: carries the forwards of all its commands, and answers at the control
/// socket.
///
/// `p2pfwd serve` is one that stays; the one that a command starts because there is none ends by
/// itself some time after its last use.
final class NodeHost {
    struct Options {
        /// What it is called: `serve`, or `node` for one that was started by a command.
        var command: String
        var node: Node.Options
        /// How long it stays when nobody uses it; nil: it is kept.
        var linger: Interval?
    }

    private static let recentLineLimit = 500

    /// How often a session that nobody needs any more is looked at until its flows have ended.
    private static let releaseInterval: Interval = .milliseconds(250)

    /// How long the flows of a command that is gone may go on.
    private static let drainTime: Interval = .seconds(5)

    let options: Options
    let runner: NodeRunner
    let context: CommandContext
    let journal: EventJournal
    let started: UnixTime
    let startedAt: Instant
    private let logger: Logger
    /// What the node and its parts use: clients hear of it, too.
    let nodeLogger: Logger
    private let log: LogQueue
    /// The last lines of the log, the oldest first.
    private(set) var recentLines: [JSONValue] = []
    /// Nil only while it is made, because it is given closures that need `self`.
    private var madeNode: Node?
    private var server: ControlServer?
    /// Where it is asked for.
    var web: WebServer?
    private(set) var groups: [HostedGroup] = []
    var groupCount = 0
    /// Connected clients that have asked for something.
    private var clients: [ObjectIdentifier: ClientState] = [:]
    /// The peers that are to be connected without any forward.
    private var pinnedPeers: Set<PublicKey> = []
    /// Calls that wait for a session.
    var waits: [SessionWait] = []
    /// Explanations of paths that are under way.
    var inquiries: [PathInquiry] = []
    /// Peers that are to answer.
    var pings: [PeerPing] = []
    /// The tokens of the web endpoint, once they were needed.
    var openTokenBook: WebTokenBook?
    var openTokenGate: WebTokenGate?
    private var idleTimer: TimerID?
    /// Speed tests that are under way.
    var speedTests: [SpeedTest] = []
    /// Pairings that are under way, by the names of the calls that began them.
    var invitations: [(name: String, invitation: CodeInvitation)] = []
    var entries: [CodeEntry] = []
    var invitationCount = 0
    let tallies = NodeTallies()
    /// Is told what happens in each session, besides those that are connected to the node.
    var observe: (Session, Session.Change) -> Void = { _, _ in }

    /// The same for rendezvous servers.
    var observeServer: (ServerSession, ServerSession.Change) -> Void = { _, _ in }

    private struct ClientState {
        var subscriptions: [EventJournal.Subscription] = []
        var statusTimer: TimerID?
    }

    /// - Throws: what keeps the node from starting, also that one of this home runs already.
    init(
        options: Options, runner: NodeRunner, context: CommandContext, logger: Logger
    ) throws(CommandError) {
        self.options = options
        self.runner = runner
        self.context = context
        self.logger = logger
        let log = LogQueue()
        self.log = log
        // Clients of the control socket may want to read what is logged.
        let tee = Logger(label: "", threshold: logger.threshold) { level, text in
            logger.log(text, at: level)
            log.append(LogQueue.Line(level: level, group: "", text: text))
        }
        nodeLogger = tee
        journal = EventJournal(clock: Program.now)
        started = Program.now()
        startedAt = runner.loop.now
        // Whoever has the control socket is the node of this home.
        _ = try context.identity()
        server = try ControlServer(
            path: context.home.control, loop: runner.loop, logger: logger, handler: self)
        do throws(CommandError) {
            madeNode = try runner.makeNode(options.node, context: context, logger: tee) {
                [unowned self] session, change in
                handle(change, of: session)
            }
        } catch {
            server?.close()
            throw error
        }
        node.receivedReport = { [unowned self] connection, number, report in
            for inquiry in inquiries { inquiry.received(report, on: connection) }
            for ping in pings { ping.received(number, on: connection) }
        }
        followPunching()
        node.reportServer = { [unowned self] in handle($1, of: $0) }
        node.leaving = { [unowned self] in leaveWeb() }
        node.namedOrigins = { [unowned self] in groups.flatMap { $0.group?.namedOrigins ?? [] } }
        node.hostState = { [unowned self] () throws(HandoverObstacle) in try handoverState() }
        _ = runner.loop.addTurnHook { [weak self] _ in
            self?.flushLog()
            return nil
        }
        restoreGroups()
        armIdleTimer()
    }

    var node: Node {
        guard let madeNode else { preconditionFailure("init makes it") }
        return madeNode
    }

    /// Runs until a signal or a client ends it.
    func run() throws(CommandError) -> ExitCode {
        runner.beforeEnding = { [unowned self] in
            journal.tell(NodeEvent(.node, "stopping", "the node is ending"))
            web?.close()
        }
        runner.whenReloaded = { [unowned self] keys in
            journal.tell(
                NodeEvent(
                    .node, "reloaded", "files were read again",
                    [("nextStart", .array(keys.map { .string($0) }))]))
        }
        defer { close() }
        return try runner.run(node)
    }

    /// Gives back what the next node of this home needs, and at last the word that this is the
    /// home's node: the next one begins at once then, whether this process has ended or not.
    private func close() {
        web?.close()
        for group in groups { group.end() }
        node.close()
        server?.close()
    }

    // MARK: Groups

    /// Adds the forwards of one command, or of the configuration file, under this name.
    ///
    /// - Throws: why nothing was begun.
    func add(
        _ options: ForwardOptions, _ identity: HostedGroup.Identity, call: ControlCall? = nil,
        follower: ControlConnection? = nil
    ) throws(CommandError) {
        let name = identity.name
        let options = options.hosted(by: node.options)
        let peer = try peer(named: options.peer)
        let group = HostedGroup(
            identity, follower: follower, call: call, journal: journal, clock: Program.now,
            flushLog: { [unowned self] in flushLog() }
        ) { [unowned self] in ended($0) }
        groups.append(group)
        do throws(CommandError) {
            try group.setUp(
                options, to: peer, through: [], loop: runner.loop,
                logger: log.logger(for: name, level: .debug), inheritance: context.inheritance)
        } catch {
            flushLog()
            groups.removeAll { $0 === group }
            throw error
        }
        group.group?.begin(with: node)
        armIdleTimer()
    }

    /// Ends a group; its flows may go on until they are done, unless they are given a limit.
    func end(_ group: HostedGroup) {
        group.end()
        ended(group)
    }

    func group(named name: String) throws(ControlError) -> HostedGroup {
        guard let group = groups.first(where: { $0.name == name }) else {
            throw ControlError(
                CommandError("group", "there is no '\(name.escapedForMessage)'", .failure))
        }
        return group
    }

    func peer(named name: String) throws(CommandError) -> Peer {
        node.directory.reload()
        do throws(PeerError) {
            let peer = try node.directory.peers.peer(named: name)
            guard node.directory.isWelcome(peer.publicKey) else {
                throw .expired(name: peer.name)
            }
            return peer
        } catch {
            throw CommandError("peer", error)
        }
    }

    private func ended(_ group: HostedGroup) {
        groups.removeAll { $0 === group }
        if let peer = group.peer { release(peer) }
        armIdleTimer()
    }

    // MARK: Sessions

    func pin(_ peer: Peer) {
        pinnedPeers.insert(peer.publicKey)
        armIdleTimer()
    }

    func unpin(_ peer: Peer) {
        pinnedPeers.remove(peer.publicKey)
        release(peer)
        armIdleTimer()
    }

    /// Ends our session with a peer unless forwards, or somebody who said so, need it.
    func releaseIfUnneeded(_ peer: Peer) {
        release(peer)
        armIdleTimer()
    }

    /// Whether forwards, or somebody who said so, need the session with this peer.
    func needs(_ peer: Peer) -> Bool {
        pinnedPeers.contains(peer.publicKey)
            || groups.contains { $0.peer?.publicKey == peer.publicKey }
            || waits.contains { $0.key == peer.publicKey }
            || inquiries.contains { $0.key == peer.publicKey }
            || pings.contains { $0.key == peer.publicKey }
    }

    /// Ends our session with a peer that nobody needs any more, once its flows have ended.
    private func release(_ peer: Peer) {
        guard !needs(peer),
            let session = node.sessions(with: peer.publicKey).first
        else { return }
        session.letGo()
        guard (session.forwarding?.flowCount ?? 0) == 0 else {
            runner.loop.schedule(after: Self.releaseInterval) { [weak self] in
                self?.release(peer)
            }
            return
        }
        session.end(code: .goingAway, reason: "going away")
        node.removeEnded()
    }

    // MARK: Clients

    /// Takes note of a client that asks for something, and of its end.
    func note(_ client: ControlConnection) {
        let id = ObjectIdentifier(client)
        guard clients[id] == nil else { return }
        clients[id] = ClientState()
        // The client drops the closure when it has called it.
        client.whenGone { [weak self] in self?.gone(client) }
        armIdleTimer()
    }

    func addSubscription(
        of client: ControlConnection, to topics: Set<NodeEvent.Topic>
    ) {
        let subscription = journal.subscribe(to: topics) { [weak client] json in
            client?.notify("event", json)
        }
        clients[ObjectIdentifier(client), default: ClientState()].subscriptions.append(subscription)
    }

    /// Sends the client the node's status again and again.
    func sendStatus(to client: ControlConnection, every interval: Interval) {
        let id = ObjectIdentifier(client)
        guard client.isOpen, clients[id] != nil else { return }
        let event = NodeEvent(.status, "sample", "", status(withFlows: true).members ?? [])
        client.notify("event", event.json(at: Program.now()))
        clients[id]?.statusTimer = runner.loop.schedule(after: interval) {
            [weak self, weak client] in
            guard let client else { return }
            self?.sendStatus(to: client, every: interval)
        }
    }

    func endSubscriptions(of client: ControlConnection) {
        let id = ObjectIdentifier(client)
        if let timer = clients[id]?.statusTimer { runner.loop.cancel(timer) }
        clients[id]?.statusTimer = nil
        for subscription in clients[id]?.subscriptions ?? [] { journal.unsubscribe(subscription) }
        clients[id]?.subscriptions = []
    }

    private func gone(_ client: ControlConnection) {
        endSubscriptions(of: client)
        clients[ObjectIdentifier(client)] = nil
        for group in groups where group.owner === client && !group.isKept {
            group.endFlows(
                of: group.indices, deadline: runner.loop.now + Self.drainTime, loop: runner.loop
            ) {}
            end(group)
        }
        armIdleTimer()
    }

    // MARK: The end

    private var isUsed: Bool {
        !groups.isEmpty || !clients.isEmpty || !invitations.isEmpty || !pinnedPeers.isEmpty
            || !node.sessions.isEmpty
    }

    func armIdleTimer() {
        guard let linger = options.linger else { return }
        if let idleTimer { runner.loop.cancel(idleTimer) }
        idleTimer = runner.loop.schedule(after: linger) { [weak self] in
            guard let self else { return }
            idleTimer = nil
            guard !isUsed else { return armIdleTimer() }
            logger.info("nobody has used this node for a while; it ends")
            runner.end()
        }
    }

    // MARK: What happens

    private func handle(_ change: Session.Change, of session: Session) {
        observe(session, change)
        for group in groups { group.group?.handle(change, of: session) }
        let settled = waits.filter { $0.isSettled(by: change, of: session) }
        waits.removeAll { wait in settled.contains { $0 === wait } }
        for wait in settled { wait.settle(change) }
        if let event = NodeEvent(change, of: session) { journal.tell(event) }
    }

    private func handle(_ change: ServerSession.Change, of server: ServerSession) {
        ServerReporter(logger: nodeLogger).report(server, change)
        observeServer(server, change)
        tallies.servers.note(change)
        for entry in invitations { entry.invitation.handle(change, of: server) }
        for entry in entries { entry.handle(change, of: server) }
        if let event = NodeEvent(change, of: server) { journal.tell(event) }
    }

    /// Passes on what was logged since the last turn.
    private func flushLog() {
        for line in log.take() {
            if !line.group.isEmpty {
                groups.first { $0.name == line.group }?.tell(line)
                logger.labelled(line.group).log(line.text, at: line.level)
            }
            keep(line)
        }
    }

    private func keep(_ line: LogQueue.Line) {
        let text = line.group.isEmpty ? line.text : "\(line.group): \(line.text)"
        if recentLines.count == Self.recentLineLimit { recentLines.removeFirst() }
        recentLines.append(
            .object([
                ("time", .string("\(Program.now())")), ("level", .string("\(line.level)")),
                ("text", .string(text)),
            ]))
        journal.tell(NodeEvent(.log, "line", text, [("level", .string("\(line.level)"))]))
    }
}
