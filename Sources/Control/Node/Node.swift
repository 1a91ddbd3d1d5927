import Forwarding
import SRMUDP

/// The running program: one identity, one UDP socket, and a session for each peer.
///
/// This is where everything is put together; what a thing does is written at its type.
package final class Node {
    package struct Options {
        /// Nil: the address that was kept, or a new one.
        package var listen: SocketAddress?
        /// Refuse to start rather than listen at another port than the one that tickets name.
        package var keepsPort = false
        /// What every peer may do.
        package var grants = PeerGrants()
        /// What we call ourselves.
        package var label: String
        /// Whether peers may call us through rendezvous servers.
        package var isCallable = false
        package var meeting: MeetingSettings
        package var transport: TransportSettings

        /// What every command that runs a node takes from its command line.
        package init(
            label: String, listen: SocketAddress? = nil, meeting: MeetingSettings,
            transport: TransportSettings = TransportSettings()
        ) {
            self.label = label
            self.listen = listen
            self.meeting = meeting
            self.transport = transport
        }
    }

    /// How often the peers file is looked at for peers that were taken out.
    private static let reloadInterval: Interval = .seconds(2)
    /// How long a peer that answered a ticket is called.
    private static let punchTime: Interval = .seconds(600)
    /// How long we dial a peer that called us.
    static let answerTime: Interval = .seconds(20)

    package let loop: EventLoop
    package let directory: PeerDirectory
    let memory: NetworkMemory
    /// What is written beside the loop.
    let notes: NoteWriter
    var options: Options
    let context: CommandContext
    let endpoint: Endpoint
    let resolver: Resolver
    let dialer: Dialer
    let remoteListeners: RemoteListeners
    /// The pipe of this command, and the one peer that it is for.
    var pipe: (peer: PublicKey, forward: PipeForward)?
    /// Through which all UDP sockets of forwards move what they carry.
    package let datagramMemory = DatagramMemory()
    /// Ways through peers that end here.
    private(set) lazy var relayedLinks: RelayedLinks = makeRelayedLinks()
    /// Ways to peers that are reached through others only, by the peers' keys.
    var routes: [PublicKey: RelayedRoute] = [:]
    /// The sessions that these lead through, in the order in which they were made.
    var vias: [Session] = []
    let logger: Logger
    private let report: (Session, Session.Change) -> Void
    /// Nil only while it is made, because it is given a closure that needs `self`.
    private var madeDriver: EndpointDriver?
    /// The handover that is under way.
    var handover: Handover?
    /// Called right before another program takes over.
    var leaving: () -> Void = {}
    /// What whoever drives the node leaves to the program that goes on with it.
    var hostState: () throws(HandoverObstacle) -> [UInt8] = { () throws(HandoverObstacle) in [] }
    /// The forwards of this process, by the names that they have in that program too.
    var namedOrigins: () -> [(name: String, origin: ForwardOrigin)] = { [] }
    /// Nil where neither the node nor a peer names a server.
    var meeting: Meeting?
    /// The servers that the node itself names.
    var servers: [ServerAddress] = []
    /// Nil where the node does not wait to be reached.
    var portMappings: PortMappings?
    /// What is told of servers.
    var reportServer: ((ServerSession, ServerSession.Change) -> Void)?
    /// What is told of a peer's answer to REPORT REQUEST, with the number of the request.
    var receivedReport: ((Connection, UInt32, PathReport) -> Void)?
    private var list = SessionList()
    /// What has become of their connections and flows.
    let tally = SessionTally()
    /// Whether peers that were met through servers are reached directly.
    let punches: PunchWatch
    /// How fast the sessions are.
    private(set) lazy var traffic = TrafficSampler(loop: loop) { [unowned self] in sessions }
    let started: Instant
    var isDraining = false
    /// Who decides about what no rule permits; nil: nobody.
    var asker: (any DestinationAsker)?
    /// What the peers that have sessions may do.
    var accounts: [PublicKey: PeerAccount] = [:]
    /// Where the machine can be reached, as of the last look.
    var interfaceAddresses: [IPAddress] = []
    /// The peers that were in the file when we started or have been seen in it since.
    private var knownKeys: Set<PublicKey> = []
    /// Those among them that we called because they answered a ticket.
    private var punched: Set<PublicKey> = []

    /// - Parameter report: is told what happens in each session.
    /// - Throws: what keeps the node from starting, ready for the user.
    package init(
        options: Options, context: CommandContext, loop: EventLoop, clock: @escaping () -> UnixTime,
        logger: Logger, report: @escaping (Session, Session.Change) -> Void
    ) throws(CommandError) {
        let identity = try context.identity()
        notes = NoteWriter(loop: loop, logger: logger)
        let directory = PeerDirectory(
            peers: try context.knownPeers(), tickets: try context.issuedTickets(), notes: notes,
            clock: clock, logger: logger)
        self.loop = loop
        started = loop.now
        punches = PunchWatch(loop: loop)
        self.directory = directory
        memory = NetworkMemory(
            file: context.home.networks, notes: notes, clock: clock,
            network: NetworkFingerprint.current, logger: logger)
        self.options = options
        self.context = context
        self.logger = logger
        self.report = report
        resolver = Resolver(loop: loop)
        dialer = Dialer(loop: loop, family: options.meeting.family)
        remoteListeners = RemoteListeners(
            RemoteListeners.Surroundings(
                loop: loop, resolver: resolver, random: context.random, logger: logger,
                hold: .seconds(options.transport.hold.seconds), memory: datagramMemory,
                datagramLimits: options.transport.datagramLimits,
                inherited: context.inheritance?.listeners))
        endpoint = Endpoint(
            configuration: ConnectionConfiguration(options), identity: identity.keyPair,
            random: context.random, logger: logger, now: loop.now
        ) { key, ticketID in
            directory.secret(for: key, ticketID: ticketID)
        }
        endpoint.pathPolicy = options.meeting.path
        let socket = try NodeSocket.open(options, context: context, logger: logger)
        do throws(SystemError) {
            madeDriver = try EndpointDriver(endpoint: endpoint, socket: socket, loop: loop) {
                [unowned self] event in
                handle(event)
            }
        } catch {
            throw CommandError("network", "\(error)", .localError)
        }
        knownKeys = Set(directory.peers.peers.map(\.publicKey))
        try startMeeting()
        scheduleReload()
        if let inheritance = context.inheritance { restoreSessions(from: inheritance) }
    }

    var driver: EndpointDriver {
        guard let madeDriver else { preconditionFailure("init makes it") }
        return madeDriver
    }

    package var address: SocketAddress { driver.localAddress }
    package var publicKey: PublicKey { endpoint.publicKey }

    /// The session with a peer, which is dialled now and kept connected.
    package func connect(to peer: Peer) -> Session {
        let session = sessions(with: peer.publicKey).first ?? makeSession(with: peer)
        session.keepConnected()
        return session
    }

    // MARK: Events

    private func handle(_ event: EndpointEvent) {
        switch event {
        case .accepted(let connection, let ticketID): accept(connection, ticketID: ticketID)
        case .connection(let connection, let event):
            if let server = meeting?.server(of: connection) { return server.handle(event) }
            punches.handle(event, on: connection)
            guard let session = session(of: connection) else {
                // We have ended the session ourselves; of its connection only the end counts.
                if case .closed = event { meet(connection, event) }
                return
            }
            if event == .established { remember(connection) }
            meet(connection, event)
            session.handle(event)
            removeEnded()
        case .stream(let connection, let event):
            if let server = meeting?.server(of: connection) { return server.handle(event) }
            session(of: connection)?.handle(event)
        }
    }

    private func accept(_ connection: Connection, ticketID: [UInt8]?) {
        let key = connection.target.publicKey
        let address = connection.target.addresses.first ?? SocketAddress(.anyIPv6, port: 0)
        guard !isDraining else {
            return connection.close(code: .goingAway, reason: "going away", now: loop.now)
        }
        connection.openers = Openers()
        do throws(PeerError) {
            guard let peer = try directory.accept(key, ticketID: ticketID, from: address) else {
                return connection.close(code: .refused, reason: "not welcome", now: loop.now)
            }
            knownKeys.insert(key)
            // Our own dial may have become this connection.
            guard session(of: connection) == nil else { return }
            let waiting = sessions(with: key).first { $0.connection == nil }
            (waiting ?? makeSession(with: peer)).accepted(connection)
        } catch {
            logger.error("peer \(NodeID(key)) is turned away: \(error)")
            connection.close(code: .refused, reason: "not welcome", now: loop.now)
        }
    }

    var sessions: [Session] { list.all }
    func sessions(with peer: PublicKey) -> [Session] { list.with(peer) }

    /// The session that uses this very connection, not one that took its place.
    func session(of connection: Connection) -> Session? { list.using(connection) }

    func removeEnded() {
        if list.removeEnded() { forgetAccounts() }
    }

    func makeSession(with peer: Peer) -> Session {
        let account = account(of: peer)
        traffic.watch()
        let session = Session(
            peer: peer, loop: loop, connector: connector(account, of: peer.publicKey),
            account: account, tally: tally,
            dial: { [unowned self] session in dial(session) }, report: report)
        list.append(session)
        if let pipe, pipe.peer == peer.publicKey { session.add(pipe.forward) }
        return session
    }

    /// What the node permits to everybody, and what this peer's line in the peers file adds.
    private func connector(
        _ account: PeerAccount, of key: PublicKey
    ) -> any TargetConnector {
        let datagrams = DatagramDialer(
            loop: loop, memory: datagramMemory, limits: options.transport.datagramLimits)
        let targets = PolicyConnector(
            account: account, resolver: resolver, dialer: dialer, datagrams: datagrams)
        let listeners = remoteListeners.connector(for: key) { account }
        let router = RequestRouter(targets: targets, listeners: listeners, account: account) {
            [weak self] in
            guard let pipe = self?.pipe, pipe.peer == key else { return nil }
            return pipe.forward
        }
        return RelayConnector(for: key, links: relayedLinks, directory: self, next: router)
    }

    private func makeRelayedLinks() -> RelayedLinks {
        let links = RelayedLinks(network: driver)
        links.whenEnded = { [unowned self] in wayEnded($0) }
        return links
    }

    private func dial(_ session: Session) -> Connection {
        directory.reload()
        let peer = directory.peers.peer(with: session.peer.publicKey) ?? session.peer
        if let route = routes[peer.publicKey] {
            return endpoint.connect(to: target(peer, by: route), now: loop.now)
        }
        let remembered = memory.address(of: peer.publicKey)
        let others = peer.candidates.filter { $0 != remembered }
        let connection = endpoint.connect(
            to: target(peer, addresses: (remembered.map { [$0] } ?? []) + others), now: loop.now)
        meeting?.seek(peer, for: connection)
        watchPunching(connection)
        return connection
    }

    /// The peer was reached: it is looked for at that address first from now on.
    private func remember(_ connection: Connection) {
        guard let path = connection.currentPath, path.remote.isDialable else { return }
        let key = connection.target.publicKey
        memory.reached(key, at: path.remote)
        directory.contacted(key, at: path.remote)
    }

    // MARK: The peers file

    private func scheduleReload() {
        // A peer's time is over at the second that was said, not some time after.
        let untilExpiry = directory.secondsToNextExpiry.map { Interval.seconds(min($0, 3_600)) }
        let interval = min(Self.reloadInterval, untilExpiry ?? Self.reloadInterval)
        loop.schedule(after: interval) { [weak self] in
            guard let self else { return }
            reload()
            punchTowardsNewPeers()
            noticeNetworkChange()
            scheduleReload()
        }
    }

    /// Reads the peers file again if it changed, and does what it says.
    func reload() {
        directory.reload()
        dismissStrangers()
        renewGrants()
    }

    /// Ends the sessions of peers that were taken out of the file, or whose time is over.
    private func dismissStrangers() {
        for session in sessions where !directory.isWelcome(session.peer.publicKey) {
            guard !session.isOurs || punched.contains(session.peer.publicKey) else { continue }
            logger.info("'\(session.peer.name)' is no peer any more")
            // So that each of its flows says why it ended.
            accounts[session.peer.publicKey]?.grants = PeerGrants()
            session.end(code: .refused, reason: "no longer a peer")
        }
        removeEnded()
    }

    /// A peer that has just been added with addresses answered our ticket. If both of us sit behind
    /// NATs, it can reach us only once something of ours has gone out to it.
    /// Whoever was paired by a code calls us through a server instead.
    private func punchTowardsNewPeers() {
        guard options.isCallable else { return }
        for peer in directory.peers.peers where knownKeys.insert(peer.publicKey).inserted {
            guard !peer.candidates.isEmpty, peer.servers.isEmpty, !isDraining,
                sessions(with: peer.publicKey).isEmpty
            else { continue }
            let session = connect(to: peer)
            punched.insert(peer.publicKey)
            loop.schedule(after: Self.punchTime) { [weak session] in session?.stopDialling() }
        }
    }
}

extension ConnectionConfiguration {
    init(_ options: Node.Options) {
        self.init()
        congestion =
            switch options.transport.congestion {
            case .cubic: .cubic
            case .model: .modelBased
            }
        hold = .seconds(options.transport.hold.seconds)
        maximumDatagramSize = options.transport.largestDatagram
        probing.probesPerRound = options.meeting.probeBudget
        label = options.label
    }
}
