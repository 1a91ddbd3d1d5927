import Forwarding
import SRMUDP

// How the node finds peers, and is found.
extension Node {
    /// Begins with the servers that the node itself names; those of peers follow when they are
    /// dialled.
    func startMeeting() throws(CommandError) {
        interfaceAddresses = LocalAddresses.list()
        let relays = RelayClient(carrier: driver) { [unowned self] channel in
            self.meeting?.strayed(channel)
        }
        driver.setHandler(relays, for: DatagramKind.relayed)
        let services = MeetingServices(
            loop: loop, endpoint: endpoint, driver: driver, relays: relays,
            probes: ProbeClient(driver: driver, loop: loop, random: context.random),
            webTools: WebSocketLink.Tools(
                loop: loop, resolver: resolver, dialer: dialer, random: context.random),
            resolver: resolver, random: context.random, logger: logger,
            choices: MeetingChoices(options, password: try options.meeting.password()),
            isCallable: options.isCallable, knownServers: try context.knownServers(),
            memory: memory,
            localCandidates: { [unowned self] in hostCandidates })
        let meeting = Meeting(
            services: services,
            callbacks: .init(
                peer: { [unowned self] key in welcomePeer(key) },
                answer: { [unowned self] peer, message in answer(peer, message) },
                answered: { [unowned self] in punches.answered($0) },
                mappingLearned: { [unowned self] in renewPortMapping() },
                report: { [unowned self] server, change in reportServer?(server, change) }))
        self.meeting = meeting
        servers = try context.servers(options.meeting)
        meeting.use(servers)
        renewPortMapping()
    }

    /// A node that waits to be reached has its port opened in the routers that do so; and so has one
    /// that nobody could send to otherwise, because its NAT takes another port for each destination.
    func renewPortMapping() {
        let isHard = meeting?.mapping.dependsOnDestination ?? false
        let isWanted =
            (options.isCallable || isHard) && options.meeting.path != .relay
            && !address.ip.isLoopback
        guard isWanted != (portMappings != nil) else { return }
        if let mappings = portMappings {
            portMappings = nil
            return mappings.release { withExtendedLifetime(mappings) {} }
        }
        let mappings = PortMappings(
            of: address, preferring: memory.dialect ?? .pcp, loop: loop, random: context.random,
            logger: logger
        ) { [unowned self] _ in
            for case let mapping? in portMappings?.outcomes.map(\.mapping) ?? [] {
                memory.mapped(by: mapping.dialect)
            }
            meeting?.announceCandidates()
        }
        mappings.start()
        portMappings = mappings
    }

    /// What is needed to dial a peer.
    func target(_ peer: Peer, addresses: [SocketAddress]) -> PeerTarget {
        var target = PeerTarget(
            publicKey: peer.publicKey, preSharedKey: peer.preSharedKey,
            ticketID: peer.ticketID?.bytes,
            addresses: addresses.filter { options.meeting.family.admits($0.ip) })
        target.pathPolicy = options.meeting.path
        let canMeet = meeting.map { !$0.servers.isEmpty } ?? false
        target.openers = canMeet ? Openers() : nil
        return target
    }

    /// Where the node is that serves with this home.
    private var keptCandidates: [Candidate] {
        do throws(CommandError) {
            return try context.candidates().map { Candidate(.host, $0) }
        } catch {
            logger.debug("\(error)")
            return []
        }
    }

    private var hostCandidates: [Candidate] {
        LocalAddresses.candidates(listening: address)
            .filter { options.meeting.family.admits($0.ip) }.map { Candidate(.host, $0) }
            + (portMappings?.candidates ?? [])
    }

    private func welcomePeer(_ key: PublicKey) -> Peer? {
        directory.reload()
        return directory.isWelcome(key) ? directory.peers.peer(with: key) : nil
    }

    /// A peer called: it is dialled where it says that it can be reached, so that the NATs on our
    /// side let it in, unless the call is about a connection that we have.
    private func answer(_ peer: Peer, _ message: CandidatesMessage) -> Connection? {
        guard !isDraining else { return nil }
        let known = endpoint.connections(with: peer.publicKey).first {
            $0.isPart(ofInstance: message.instance)
        }
        guard let known else { return dialBack(peer, message) }
        for candidate in message.candidates {
            known.addAddress(candidate.address, now: loop.now)
        }
        return known
    }

    private func dialBack(_ peer: Peer, _ message: CandidatesMessage) -> Connection {
        let connection = endpoint.dial(
            to: target(peer, addresses: message.candidates.map(\.address)), now: loop.now)
        let idle = sessions(with: peer.publicKey).first { $0.connection == nil }
        let session = idle ?? makeSession(with: peer)
        session.accepted(connection)
        watchPunching(connection)
        loop.schedule(after: Self.answerTime) { [weak session, weak connection] in
            guard let session, let connection, session.connection === connection else { return }
            session.stopDialling()
        }
        return connection
    }

    /// Whether a direct path comes of a dial, where servers help and one is wanted.
    func watchPunching(_ connection: Connection) {
        guard !connection.isEstablished, connection.pathPolicy != .relay,
            meeting?.servers.isEmpty == false
        else { return }
        punches.began(connection)
    }

    /// Tells the meeting what happens on a peer's connection.
    func meet(_ connection: Connection, _ event: ConnectionEvent) {
        switch event {
        // Whoever is reached through another peer is not to learn our addresses.
        case .established where isRelayed(connection): break
        case .established: meeting?.established(connection)
        case .silent: meeting?.fellSilent(connection)
        case .heard: meeting?.isHeardAgain(connection)
        case .closed: meeting?.ended(connection)
        case .datagram(let bytes): answer(bytes, on: connection)
        case .pathChanged(let remote):
            if remote.isDialable { memory.reached(connection.target.publicKey, at: remote) }
        case .candidates: break
        }
    }

    private func answer(_ datagram: [UInt8], on connection: Connection) {
        switch NodeMessage(encoded: datagram) {
        case .reportRequest(let number):
            let report = NodeMessage.report(number, pathReport(of: connection))
            _ = connection.sendDatagram(report.encoded)
        case .report(let number, let report): receivedReport?(connection, number, report)
        case nil: break
        }
    }

    /// What we tried in order to reach the peer.
    func pathReport(of connection: Connection) -> PathReport {
        PathReport(
            mapping: meeting?.mapping ?? .unknown,
            entries: connection.probeReports(now: loop.now).map { PathReport.Entry($0) })
    }

    /// Another network: everything that was known of paths is in question.
    func noticeNetworkChange() {
        let addresses = LocalAddresses.list()
        guard addresses != interfaceAddresses else { return }
        interfaceAddresses = addresses
        logger.debug("the machine's addresses changed")
        for connection in endpoint.connections { connection.networkChanged(now: loop.now) }
        portMappings?.refresh()
        meeting?.networkChanged()
    }
}

// A node that only pairs.
extension Node {
    static func forPairing(
        _ meeting: MeetingSettings, context: CommandContext, loop: EventLoop, logger: Logger
    ) throws(CommandError) -> Node {
        try Node(
            options: Options(label: context.label, meeting: meeting), context: context, loop: loop,
            clock: Program.now, logger: logger
        ) { _, _ in }
    }

    /// What another node is told when we pair.
    ///
    /// - Parameters:
    ///   - offers: what it may reach here.
    ///   - isServing: whether this process is the one to be reached. Another one of this home will
    ///     be otherwise, at the port that is kept.
    func profile(offers: [String], isServing: Bool) -> PairingProfile {
        let label = options.label
        let candidates = isServing ? meeting?.candidates ?? hostCandidates : keptCandidates
        let server = meeting?.servers.first(where: \.isUp)?.pinnedAddress.description ?? ""
        let limited = offers.filter { $0.utf8.count <= PairingProfile.offerLengthLimit }
        do throws(PairingProfile.Failure) {
            return try PairingProfile(
                publicKey: publicKey, label: label, candidates: candidates,
                offers: Array(limited.prefix(PairingProfile.offerLimit)), rendezvous: server)
        } catch {
            // Too long an address of a server is left out; the peer can be told of it.
            logger.warning("the rendezvous address is not told: \(error)")
            return PairingProfile(plain: publicKey, label: label, candidates: candidates)
        }
    }

    /// The servers that were named on the command line, as other machines may not know them.
    var serversOfThisCommand: [ServerAddress] { options.meeting.servers }
}
