/// All connections of one UDP socket: sorts datagrams, answers handshakes, takes turns.
///
/// Like `Connection` it is a calculator: datagrams, calls and the time go in; datagrams, events and
/// the next deadline come out. After any input, drain `pollEvent`, then `pollTransmit`, then read
/// `nextTimeout`.
package final class Endpoint {
    /// Answers to strangers wait here for the end of the turn; more are not worth remembering.
    private static let maximumReplies = 64
    /// Processes of one peer that may be connected at a time.
    private static let maximumConnectionsPerPeer = 8
    /// How often free memory is looked through for what is not needed.
    static let trimInterval: Interval = .seconds(5)
    /// Less than this, in bytes, is not worth troubling the system's allocator.
    private static let worthwhileRelease = 4 << 20

    /// Decides whether a peer may connect: its static key and the ticket it shows, if any. Returns
    /// the secret shared with that peer, or nil to stay silent.
    package typealias Authorize = (PublicKey, _ ticketID: [UInt8]?) -> SecretBytes?

    private(set) var shared: EndpointShared
    var pool: BlockPool { shared.pool }
    let authorize: Authorize
    var keys: ResponderKeys
    /// The shared keys that we answer to, whether or not there is a connection, by their names.
    private(set) var sharedKeys: [PublicKey: SecretBytes] = [:]
    /// By which kinds of paths peers may come that we did not dial ourselves. What comes by others
    /// is not answered; a connection that there is goes by its own policy.
    package var pathPolicy = PathPolicy.auto
    var handshakeGuard: HandshakeGuard
    var statelessReset: StatelessReset
    /// Before this, nobody is told that a connection is gone: another process had it a moment ago.
    var resetsFrom = Instant(nanoseconds: 0)
    /// How long that is after this process has taken connections over: a peer that was silent all
    /// the while may come back with an answer that the process before gave it.
    static let timeWithoutResets: Interval = .seconds(900)
    var pendingResponders = PendingResponders()
    private var replies: [(datagram: [UInt8], destination: SocketAddress)] = []
    private var acceptances: [(Connection, ticketID: [UInt8]?)] = []
    /// When memory is looked through; nil while all of it is in use.
    private var trimDue: Instant?
    private var hasReleasedMemory = false
    package internal(set) var statistics = EndpointStatistics()

    /// - Parameter sharedKeys: keys of 32 bytes; who holds one of them may connect without being
    ///   known by a static key, and without `authorize` being asked.
    package init(
        configuration: ConnectionConfiguration, identity: X25519.KeyPair,
        sharedKeys: [SecretBytes] = [], random: any RandomSource, logger: Logger, now: Instant,
        authorize: @escaping Authorize
    ) {
        let statelessReset = StatelessReset(staticKey: identity, random: random, now: now)
        shared = EndpointShared(
            configuration: configuration,
            identity: EndpointIdentity(keyPair: identity, statelessReset: statelessReset),
            table: ConnectionTable(), pool: BlockPool(), random: random, logger: logger)
        keys = ResponderKeys(localStatic: identity, preSharedKeys: sharedKeys)
        handshakeGuard = HandshakeGuard(keys: keys, random: random, now: now)
        self.statelessReset = statelessReset
        self.authorize = authorize
        for key in sharedKeys { add(sharedKey: key) }
    }

    deinit {
        // Connections and table know each other.
        shared.table.removeAll()
    }

    package var publicKey: PublicKey { shared.identity.publicKey }
    package var connections: [Connection] { shared.table.connections }
    /// Several if the peer runs several processes.
    package func connections(with peer: PublicKey) -> [Connection] {
        shared.table.connections(with: peer)
    }

    /// Answers to whoever holds this key from now on, besides those with other ones.
    package func add(sharedKey: SecretBytes) {
        sharedKeys[PeerTarget.name(of: sharedKey)] = sharedKey
        shared.table.sharedKeysChanged = true
    }

    /// Answers to nobody who holds only this key. Connections that there are go on.
    package func remove(sharedKey: SecretBytes) {
        sharedKeys[PeerTarget.name(of: sharedKey)] = nil
        shared.table.sharedKeysChanged = true
    }

    /// Gives connections another configuration that begin from now on.
    package func use(_ configuration: ConnectionConfiguration) {
        shared.configuration = configuration
    }

    /// Whether somebody who shows a ticket was answered a moment ago, and has not confirmed it yet:
    /// whoever takes this endpoint's place could not understand the confirmation.
    package func isIntroducing(now: Instant) -> Bool {
        pendingResponders.hasTicket(since: now - .seconds(2))
    }

    // MARK: Inputs

    /// The connection with this peer: the one there is, or a new one that dials.
    ///
    /// One that is there takes over the target's addresses, policy and openers, and begins a round
    /// over all it knows.
    package func connect(to target: PeerTarget, now: Instant) -> Connection {
        let alive = shared.table.connections(with: target.publicKey).filter(\.isAlive)
        if let connection = alive.max(by: { $0.lastHeard < $1.lastHeard }) {
            connection.openers = target.openers
            connection.setPathPolicy(target.pathPolicy, now: now)
            for address in target.addresses { connection.remember(address, now: now) }
            connection.probe(now: now)
            return connection
        }
        return dial(to: target, now: now)
    }

    /// A new connection with this peer, whatever others there are: the peer may run several
    /// processes.
    package func dial(to target: PeerTarget, now: Instant) -> Connection {
        // A handshake of the peer that we answered may be confirmed any moment, and it was told
        // this instance.
        let instance =
            pendingResponders.instance(towards: target.publicKey) ?? shared.random.next()
        let connection = Connection(
            target: target, state: .dialing, instance: instance, shared: shared, now: now)
        shared.table.insert(connection)
        connection.beginHandshake(now: now)
        return connection
    }

    /// Takes datagrams of `segmentSize` bytes, of which the last may be shorter, that stand at
    /// `range` one behind the other; data packets are opened in place.
    ///
    /// `ecn` holds the two ECN bits of the IP header.
    package func handleDatagrams(
        _ storage: inout ByteStorage, _ range: Range<Int>, segmentSize: Int,
        from address: SocketAddress, ecn: UInt8, now: Instant
    ) {
        let segmentSize = max(segmentSize, 1)
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + segmentSize, range.upperBound)
            if let header = PacketHeader(storage, at: start..<end),
                let connection = shared.table.connection(for: header.destination)
            {
                start = connection.handlePackets(
                    &storage, start..<range.upperBound, segmentSize: segmentSize, header: header,
                    from: address, ecn: ecn, now: now)
            } else {
                handleOther(&storage, start..<end, from: address, ecn: ecn, now: now)
                start = end
            }
        }
    }

    /// Takes one datagram, which stands at `range`.
    package func handleDatagram(
        _ storage: inout ByteStorage, _ range: Range<Int>, from address: SocketAddress, ecn: UInt8,
        now: Instant
    ) {
        handleDatagrams(
            &storage, range, segmentSize: range.count, from: address, ecn: ecn, now: now)
    }

    /// Takes a datagram that belongs to no connection.
    private func handleOther(
        _ storage: inout ByteStorage, _ range: Range<Int>, from address: SocketAddress, ecn: UInt8,
        now: Instant
    ) {
        switch storage[range.lowerBound] {
        case DatagramKind.data, DatagramKind.data | 1:
            handleStrayData(&storage, range, from: address, ecn: ecn, now: now)
        case DatagramKind.initiation:
            handleInitiation(storage.array(range), from: address, now: now)
        case DatagramKind.response:
            handleResponse(storage, range, from: address, now: now)
        case DatagramKind.cookie:
            handleCookie(storage, range, now: now)
        case DatagramKind.version:
            handleVersion(storage, range)
        default:
            statistics.datagramsIgnored += 1
        }
    }

    /// The system refused to send datagrams of this size to that address.
    package func datagramRefused(size: Int, to address: SocketAddress, now: Instant) {
        for connection in shared.table.connections {
            connection.datagramRefused(size: size, to: address, now: now)
        }
    }

    package func handleTimeout(now: Instant) {
        _ = shared.table.deadlines.earliest()
        while let connection = shared.table.deadlines.takeDue(at: now) {
            connection.handleTimeout(now: now)
        }
        if let trimDue, trimDue <= now { trimMemory(now: now) }
    }

    /// Gives back what was not needed since the last time; after a burst all of it in the end.
    private func trimMemory(now: Instant) {
        let pool = shared.pool
        pool.trim()
        trimDue = pool.freeCount > 0 ? now + Self.trimInterval : nil
        let released = pool.takeReleasedCount()
        hasReleasedMemory =
            released * BlockPool.blockSize >= Self.worthwhileRelease && pool.countInUse < released
    }

    // MARK: Outputs

    package var nextTimeout: Instant? {
        guard let deadline = shared.table.deadlines.earliest() else { return trimDue }
        return min(deadline, trimDue ?? deadline)
    }

    /// Whether much memory was released and little is in use, so that the process should return
    /// what its allocator still holds. True once after each release.
    package func takeMemoryRelease() -> Bool {
        defer { hasReleasedMemory = false }
        return hasReleasedMemory
    }

    /// Whether `pollEvent` probably has something to tell.
    package var hasEvents: Bool { !acceptances.isEmpty || shared.table.nextWithEvents != nil }

    package func pollEvent() -> EndpointEvent? {
        if !acceptances.isEmpty {
            let (connection, ticketID) = acceptances.removeFirst()
            return .accepted(connection, ticketID: ticketID)
        }
        while let connection = shared.table.nextWithEvents {
            if let event = connection.pollEvent() { return .connection(connection, event) }
            if let event = connection.pollStreamEvent() { return .stream(connection, event) }
            shared.table.eventsDone()
        }
        return nil
    }

    /// Fills `batch` with datagrams for one destination; false if there is nothing to send now.
    package func pollTransmit(into batch: inout TransmitBatch, now: Instant) -> Bool {
        if !replies.isEmpty {
            let reply = replies.removeFirst()
            batch.set(reply.datagram, to: reply.destination)
            return true
        }
        while let connection = shared.table.nextToTransmit {
            switch connection.pollTransmit(into: &batch, now: now) {
            case .some:
                shared.table.transmitAgain()
                return true
            case .last:
                shared.table.transmitDone()
                return true
            case .nothing: shared.table.transmitDone()
            }
        }
        if trimDue == nil, shared.pool.freeCount > 0 { trimDue = now + Self.trimInterval }
        return false
    }

    // MARK: Data

    /// A data packet that names none of our connections.
    private func handleStrayData(
        _ storage: inout ByteStorage, _ range: Range<Int>, from address: SocketAddress, ecn: UInt8,
        now: Instant
    ) {
        guard let header = PacketHeader(storage, at: range) else {
            statistics.datagramsIgnored += 1
            return
        }
        if let pending = pendingResponders.pending(id: header.destination) {
            confirm(pending, &storage, range, header: header, from: address, ecn: ecn, now: now)
        } else if !handleReset(storage, range) {
            answerUnknown(header.destination, length: range.count, to: address, now: now)
        }
    }

    /// The initiator's first packet: if it opens, the handshake becomes a connection.
    private func confirm(
        _ pending: PendingResponder, _ storage: inout ByteStorage, _ range: Range<Int>,
        header: PacketHeader, from address: SocketAddress, ecn: UInt8, now: Instant
    ) {
        let continued = continuation(
            of: pending.remoteInstance, with: pending.target.publicKey
        ).flatMap { $0.instance == pending.instance ? $0 : nil }
        // We lost the connection that our answer spoke of; the initiator will notice.
        guard let keys = pending.keys, continued != nil || !pending.continuesConnection else {
            return
        }
        // Keys from before those of the connection at this address were kept back on their way.
        let isOutdated = shared.table.connections(with: pending.target.publicKey).contains {
            $0.activePath?.remote == address && $0.hasKeys(since: pending.createdAt)
        }
        guard continued != nil || !isOutdated else { return }
        guard (continued?.pathPolicy ?? pathPolicy).allows(address) else { return }
        guard
            let opened = OpenedPacket(
                &storage, range, header: header, keys: &keys.generation.keys,
                replayWindow: continued?.replayWindow ?? ReplayWindow(),
                sent: continued?.recovery.nextPacketNumber ?? 0, retention: .seconds(1), now: now)
        else { return }
        pendingResponders.confirm(pending)
        if let continued, continued.state == .dialing, pending.target.ticketID != nil {
            acceptances.append((continued, ticketID: pending.target.ticketID))
        }
        let connection = continued ?? accept(pending, from: address, now: now)
        connection.adopt(
            keys.outcome, keys.generation, from: address, isProven: pending.isProven(address),
            roundTrip: pending.roundTrip.sample(now: now), now: now)
        connection.acceptPacket(storage, opened, from: address, ecn: ecn, now: now)
    }

    /// The connection that a handshake of the peer's `instance` continues: its own, or one that
    /// still dials and has not heard of any instance.
    func continuation(of instance: UInt64, with peer: PublicKey) -> Connection? {
        let candidates = shared.table.connections(with: peer).filter {
            $0.continues(instance: instance)
        }
        return candidates.first { $0.remoteInstance != nil } ?? candidates.first
    }

    private func accept(
        _ pending: PendingResponder, from address: SocketAddress, now: Instant
    ) -> Connection {
        makeRoom(for: pending.target.publicKey, at: address)
        var target = pending.target
        target.addresses = pending.isProven(address) ? [address] : []
        let connection = Connection(
            target: target, state: .dialing, instance: pending.instance, shared: shared, now: now)
        shared.table.insert(connection)
        acceptances.append((connection, ticketID: pending.target.ticketID))
        return connection
    }

    /// A process that comes from the address of an older connection has taken the place of the one
    /// before. From elsewhere it is one more process of the same peer; only so many may be.
    private func makeRoom(for peer: PublicKey, at address: SocketAddress) {
        let existing = shared.table.connections(with: peer)
        for connection in existing where connection.activePath?.remote == address {
            connection.supersede()
        }
        let rest = shared.table.connections(with: peer)
        guard rest.count >= Self.maximumConnectionsPerPeer else { return }
        rest.min { $0.lastHeard < $1.lastHeard }?.supersede()
    }

    private func handleReset(_ storage: borrowing ByteStorage, _ range: Range<Int>) -> Bool {
        let token = storage.array(range.upperBound - StatelessReset.tokenLength..<range.upperBound)
        guard let connection = shared.table.connection(resetBy: token) else { return false }
        connection.handleReset()
        return true
    }

    /// A packet for a connection that is gone, perhaps with the process that had it: says so.
    private func answerUnknown(
        _ id: ConnectionID, length: Int, to address: SocketAddress, now: Instant
    ) {
        statistics.datagramsUnknown += 1
        guard mayAnswer(address) else { return }
        // What the process before had begun to answer is not known here; nobody is to be told that it
        // is gone because of that.
        guard now >= resetsFrom,
            let reset = statelessReset.datagram(for: id, triggerLength: length, now: now)
        else {
            return
        }
        reply(reset, to: address)
    }

    func reply(_ datagram: [UInt8], to address: SocketAddress) {
        guard replies.count < Self.maximumReplies else {
            statistics.repliesDropped += 1
            return
        }
        replies.append((datagram, address))
    }
}

/// Counters of what belongs to no connection.
package struct EndpointStatistics: Equatable, Sendable {
    /// Not of a kind that we know, or too short.
    package var datagramsIgnored: UInt64 = 0
    /// Data for connections that we do not have.
    package var datagramsUnknown: UInt64 = 0
    package var initiationsDropped: UInt64 = 0
    package var repliesDropped: UInt64 = 0
    /// Handshakes that cost a Diffie-Hellman computation.
    package var keyAgreements: UInt64 = 0

    package init() {}
}
