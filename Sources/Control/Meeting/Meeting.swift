import SRMUDP

/// Finds peers through rendezvous servers, and lets them find us.
///
/// It keeps a `ServerSession` with each server that the node or one of its peers names. Towards a
/// peer that we want it calls through all of them; a call brings the peer's candidates, and a
/// channel of the server's relay. Both become addresses of the connection, which takes whatever
/// answers first and goes over to the best (`Connection`). A peer that calls us is answered in the
/// same way if the node knows it.
///
/// Where servers come and go, connections that are up do not notice; a search begins again when
/// paths fall silent.
package final class Meeting {
    /// What the node does for a meeting.
    struct Callbacks {
        /// The peer with this key, if it may connect.
        var peer: (PublicKey) -> Peer?
        /// A peer called: the connection with it that has the candidates, dialled if need be.
        var answer: (Peer, CandidatesMessage) -> Connection?
        /// A peer answered our call for this connection.
        var answered: (Connection) -> Void
        /// The kind of our NAT is known, or is another one now.
        var mappingLearned: () -> Void
        /// Something happened with a server.
        var report: (ServerSession, ServerSession.Change) -> Void
    }

    let services: MeetingServices
    let callbacks: Callbacks
    var servers: [ServerSession] = []
    var searches: [PeerSearch] = []
    private var routes = RelayRoutes()
    private var timer: TimerID?
    private var isStopped = false
    /// For connections whose peers may have to find a port of ours.
    var openings: [PortOpening] = []
    /// What peers say of their NATs.
    var peerMappings: [ObjectIdentifier: NetworkReport.Mapping] = [:]
    /// What we tell peers of our NAT.
    var mapping = NetworkReport.Mapping.unknown

    init(services: MeetingServices, callbacks: Callbacks) {
        self.services = services
        self.callbacks = callbacks
    }

    /// The server of this channel knows us somewhere else; hearing from us it will learn.
    func strayed(_ channel: RelayChannelID) {
        guard let route = routes.route(channel) else { return }
        server(route.server)?.connection?.ping(now: services.loop.now)
    }

    /// Ends all sessions; the peers' connections go on.
    func stop() {
        isStopped = true
        if let timer { services.loop.cancel(timer) }
        for opening in openings { opening.end() }
        for server in servers { server.stop() }
    }

    /// Where we can be reached, the best first: what the node knows and what servers see.
    var candidates: [Candidate] {
        guard services.tellsAddresses else { return [] }
        var candidates = services.localCandidates()
        for server in servers {
            guard let observed = server.observedAddress, observed.isDialable,
                !candidates.contains(where: { $0.address == observed })
            else { continue }
            candidates.append(Candidate(.reflexive, observed))
        }
        return Array(candidates.prefix(Candidate.limit))
    }

    private func message(about connection: Connection) -> CandidatesMessage {
        CandidatesMessage(
            mapping: mapping, instance: connection.instance, candidates: candidates)
    }

    // MARK: Searching

    /// Looks for a peer until one of us hangs up.
    func seek(_ peer: Peer, for connection: Connection) {
        guard !searches.contains(where: { $0.connection === connection }) else { return }
        use(peer.servers)
        searches.append(PeerSearch(peer: peer, connection: connection))
        callWhereDue()
    }

    /// What came of the calls for a connection, for people.
    func outcomes(for connection: Connection) -> [(server: ServerAddress, outcome: CallOutcome)] {
        let search = searches.first { $0.connection === connection }
        return servers.map { server in
            let outcome = search?.outcomes[server.address]
            return (server.address, outcome ?? .serverDown(server.stateText))
        }
    }

    /// The connection is up.
    func established(_ connection: Connection) {
        connection.setLocalCandidates(candidates(for: connection), now: services.loop.now)
        prepareOpening(for: connection)
        withSearch(for: connection) { $0.established() }
    }

    /// Nothing is heard on the connection.
    func fellSilent(_ connection: Connection) {
        withSearch(for: connection) { $0.seekAgain() }
        callWhereDue()
    }

    func isHeardAgain(_ connection: Connection) {
        withSearch(for: connection) { $0.established() }
    }

    /// The connection is over.
    func ended(_ connection: Connection) {
        searches.removeAll { $0.connection === connection }
        endOpening(for: connection)
        for route in routes.remove(connection) {
            services.relays.close(route.channel)
            detach(route.channel, from: server(route.server))
        }
    }

    private func detach(_ channel: RelayChannelID, from server: ServerSession?) {
        server?.client.detach(channel)
        server?.flush()
    }

    /// Our own addresses changed.
    func networkChanged() {
        for server in servers { server.networkChanged() }
        for index in searches.indices { searches[index].seekAgain() }
        callWhereDue()
    }

    private func withSearch(for connection: Connection, _ body: (inout PeerSearch) -> Void) {
        guard let index = searches.firstIndex(where: { $0.connection === connection }) else {
            return
        }
        body(&searches[index])
    }

    func callWhereDue() {
        guard !isStopped else { return }
        let now = services.loop.now
        for index in searches.indices {
            for server in servers where server.isUp {
                guard searches[index].isDue(server.address, now: now) else { continue }
                call(&searches[index], through: server, now: now)
            }
        }
        scheduleNextCall(now: now)
    }

    private func call(_ search: inout PeerSearch, through server: ServerSession, now: Instant) {
        let peer = search.peer
        let message = message(about: search.connection)
        let call = server.client.call(
            peer.publicKey, wantsRelay: wantsRelay(of: server), now: now
        ) { call in
            CallSealing(
                preSharedKey: peer.preSharedKey, call: call, caller: services.publicKey,
                callee: peer.publicKey
            ).seal(message, .call, random: services.random)
        }
        server.flush()
        search.called(call, through: server.address, now: now)
    }

    private func wantsRelay(of server: ServerSession) -> Bool {
        server.relays && services.settings.path != .direct
    }

    private func scheduleNextCall(now: Instant) {
        if let timer { services.loop.cancel(timer) }
        timer = nil
        guard let next = searches.compactMap(\.nextCall).min() else { return }
        // A call that is overdue waits for a server, which will say so.
        timer = services.loop.schedule(at: max(next, now + .milliseconds(250))) {
            [weak self] in
            self?.callWhereDue()
        }
    }

    // MARK: Servers

    private func server(_ address: ServerAddress) -> ServerSession? {
        servers.first { $0.address == address }
    }

    /// The session that has this connection with its server.
    func server(of connection: Connection) -> ServerSession? {
        servers.first { $0.connection === connection }
    }

    func handle(_ change: ServerSession.Change, of server: ServerSession) {
        switch change {
        case .up:
            announceCandidates()
            resumeRelaying(through: server)
            callWhereDue()
            examineNetwork(by: server)
        case .observed: announceCandidates()
        case .moved(let address): move(routes.all(of: server.address), to: address)
        case .down, .denied: dropRoutes(of: server)
        case .event(let event): handle(event, from: server)
        }
        callbacks.report(server, change)
    }

    /// Tells all peers where we can be reached now.
    func announceCandidates() {
        for connection in services.endpoint.connections
        where server(of: connection) == nil && connection.pathPolicy != .relay {
            connection.setLocalCandidates(candidates(for: connection), now: services.loop.now)
        }
    }

    /// Finds out, for `p2pfwd why`, what kind of NAT stands before us.
    private func examineNetwork(by server: ServerSession) {
        guard let place = server.place, !place.ip.isLink, let otherPort = server.otherPort else {
            return
        }
        var options = NetworkProbe.Options(
            server: place, localPort: services.driver.localAddress.port)
        options.otherPort = otherPort
        options.localAddresses = LocalAddresses.list()
        _ = services.probes.examine(options) { [weak self] report in
            if report.mapping != .unknown { self?.learned(report.mapping) }
        }
    }

    /// A server that came back has forgotten the channels; who still relies on one gets another.
    private func resumeRelaying(through server: ServerSession) {
        for index in searches.indices {
            let connection = searches[index].connection
            let isRelayed = routes.all(of: connection).isEmpty == false
            if !isRelayed, services.settings.path != .direct { searches[index].seekAgain() }
        }
    }

    func dropRoutes(of server: ServerSession) {
        for route in routes.all(of: server.address) { close(route) }
        routes.forgetTokens(of: server.address)
    }

    private func move(_ moved: [RelayRoutes.Route], to server: SocketAddress) {
        for route in moved {
            guard let link = services.relays.move(route.channel, to: server), link != route.link
            else { continue }
            routes.change(route.channel, link: link)
            route.connection.removeAddress(route.link.socketAddress, now: services.loop.now)
            route.connection.addAddress(link.socketAddress, now: services.loop.now)
        }
    }

    private func handle(_ event: RendezvousClientEvent, from server: ServerSession) {
        switch event {
        case .incoming(let call): answer(call, through: server)
        case .called(let call, let token, let sealed):
            called(call, token: token, sealed: sealed, through: server)
        case .callFailed(let call, let failure): ended(call, .failed(failure))
        case .attached(let token, let channel): attached(token, channel, through: server)
        case .attachFailed(let token, _): _ = routes.take(token)
        case .joined(let channel): joined(channel)
        case .detached(let channel, let loss): detached(channel, loss)
        case .welcome, .answerRefused, .claimed, .claimFailed, .entered, .joinedCode, .joinFailed,
            .message, .postRefused, .closed, .counters, .failed:
            break
        }
    }

    // MARK: Calls

    /// A peer calls us. Strangers hear nothing.
    private func answer(_ incoming: IncomingCall, through server: ServerSession) {
        guard let peer = callbacks.peer(incoming.caller) else { return }
        let sealing = CallSealing(
            preSharedKey: peer.preSharedKey, call: incoming.call, caller: incoming.caller,
            callee: services.publicKey)
        guard let theirs = sealing.open(incoming.sealed, .call),
            let connection = callbacks.answer(peer, theirs)
        else { return }
        learned(theirs.mapping, ofPeerOn: connection)
        services.afterOpeners(to: connection) { [weak self] in
            guard let self, !isStopped else { return }
            if let token = incoming.token { attach(token, for: connection, through: server) }
            let sealed = sealing.seal(
                message(about: connection), .answer, random: services.random)
            server.client.answer(incoming.call, sealed: sealed)
            server.flush()
        }
    }

    private func called(
        _ call: CallID, token: RelayToken?, sealed: [UInt8], through server: ServerSession
    ) {
        guard let search = searches.first(where: { $0.isWaiting(for: call) }) else { return }
        let sealing = CallSealing(
            preSharedKey: search.peer.preSharedKey, call: call, caller: services.publicKey,
            callee: search.peer.publicKey)
        guard let theirs = sealing.open(sealed, .answer) else { return ended(call, .forged) }
        ended(call, .answered)
        callbacks.answered(search.connection)
        learned(theirs.mapping, ofPeerOn: search.connection)
        // Before it answered, it began to dial.
        search.connection.peerJoined(now: services.loop.now)
        for candidate in theirs.candidates {
            search.connection.addAddress(candidate.address, now: services.loop.now)
        }
        guard let token else { return }
        let connection = search.connection
        services.afterOpeners(to: connection) { [weak self] in
            guard let self, !isStopped else { return }
            attach(token, for: connection, through: server)
            server.flush()
        }
    }

    private func ended(_ call: CallID, _ outcome: CallOutcome) {
        guard let index = searches.firstIndex(where: { $0.isWaiting(for: call) }) else { return }
        searches[index].ended(call, outcome, now: services.loop.now)
        scheduleNextCall(now: services.loop.now)
    }

    // MARK: Channels

    private func attach(
        _ token: RelayToken, for connection: Connection, through server: ServerSession
    ) {
        guard services.settings.path != .direct else { return }
        routes.expect(token, for: connection, through: server.address)
        server.client.attach(token, now: services.loop.now)
    }

    private func attached(
        _ token: RelayToken, _ channel: RelayChannelID, through server: ServerSession
    ) {
        guard let connection = routes.take(token), let place = server.place,
            let link = services.relays.open(channel, server: place)
        else { return detach(channel, from: server) }
        routes.add(
            .init(channel: channel, server: server.address, link: link, connection: connection))
    }

    /// Both sides are there: the channel is one more address of the connection, in the place of an
    /// older one of the same server, which must have failed.
    private func joined(_ channel: RelayChannelID) {
        guard let (route, replaced) = routes.join(channel) else { return }
        for old in replaced {
            withdraw(old)
            detach(old.channel, from: server(old.server))
        }
        route.connection.peerJoined(now: services.loop.now)
        route.connection.addAddress(route.link.socketAddress, now: services.loop.now)
    }

    private func close(_ route: RelayRoutes.Route) {
        routes.remove(route.channel)
        withdraw(route)
    }

    /// Nothing is sent any more over a channel whose route was removed.
    private func withdraw(_ route: RelayRoutes.Route) {
        services.relays.close(route.channel)
        route.connection.removeAddress(route.link.socketAddress, now: services.loop.now)
    }

    private func detached(_ channel: RelayChannelID, _ loss: ChannelLoss) {
        guard let route = routes.route(channel) else { return }
        close(route)
        switch loss {
        // The other side does not need it any more, or has lost its server and will call again.
        case .ending(.peerDetached), .ending(.notJoined), .connectionLost: break
        case .ending(.idle): withSearch(for: route.connection) { $0.seekAgain() }
        }
        callWhereDue()
    }
}
