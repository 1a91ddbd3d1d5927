/// One encrypted session with one peer: a calculator without clock, socket or thread.
///
/// Its methods are of four kinds.
///
/// - *Inputs* from outside: `handlePacket`, `handleResponse`, `handleCookie`, `handleTimeout`.
/// - *Inputs* from the application: `openStream`, the stream calls, `sendDatagram`, `close`.
/// - *Outputs*: `pollTransmit` fills datagrams, `pollEvent` and `pollStreamEvent` say what
///   happened,
///   `nextTimeout` says when `handleTimeout` is due.
/// - *Getters*.
///
/// `now` is given to all that need it and never decreases. After any input, drain the events, then
/// the datagrams, then read `nextTimeout`. No output method is called from inside an input.
///
/// A connection outlives its keys (`KeyGeneration`), its addresses (`Path`) and long silence: with
/// no path at all everything is kept for `ConnectionConfiguration.hold`. It ends by CLOSE, by a
/// stateless reset, by a violation, or when it was silent for that long.
package final class Connection {
    package enum State: Equatable {
        /// We began a handshake and wait for the peer.
        case dialing
        /// Keys are there. Streams work.
        case established
        /// We sent CLOSE and repeat it to whoever has not heard of it.
        case closing(until: Instant)
        /// The peer sent CLOSE; what is still in flight is ignored.
        case draining(until: Instant)
        case closed
    }

    package let target: PeerTarget
    package internal(set) var state: State {
        get { phase }
        set { phase = newValue }
    }
    /// Why the connection ended; nil while it lives.
    package internal(set) var error: ConnectionError?

    let configuration: ConnectionConfiguration
    let identity: EndpointIdentity
    let table: ConnectionTable
    let random: any RandomSource
    let logger: Logger

    /// Names this life of the connection on our side. A peer that hears another one knows that we
    /// lost our memory.
    package let instance: UInt64
    var remoteInstance: UInt64?
    package internal(set) var remoteParameters: TransportParameters?
    /// What the peer says our address is.
    package internal(set) var observedAddress: SocketAddress?

    // Handshake and keys: see Connection+Handshake.
    var handshake: InitiatorHandshake?
    var handshakeDue: Instant?
    var handshakeAttempts = 0
    var initiations = InitiationQueue()
    /// Where the INITIATION of this handshake went.
    var initiationTimes: [SocketAddress: FirstRoundTrip] = [:]
    var hasNewCookie = false
    var claims: [(id: ConnectionID, resetToken: [UInt8])] = []
    /// The versions that somebody at the peer's address claims to speak, ours not among them; empty
    /// if nobody does. Nothing proves it: a hint for people, and no reason to stop dialling.
    package internal(set) var peerVersions: [UInt8] = []
    /// Where the peer may be found, best guess first.
    package internal(set) var knownAddresses: [SocketAddress]
    var generations: [KeyGeneration] = []
    /// The generation that seals what we send; nil before the first handshake.
    var sending: KeyGeneration?

    // Packets: see Connection+Receive, Connection+Transmit and Connection+Acknowledge.
    var replayWindow = ReplayWindow()
    var received = ReceivedPacketNumbers()
    var receivedECN = ECNCounts()
    var ecnValidation = ECNValidation()
    var outgoing: OutgoingPackets
    var streams: StreamSet
    var pendingProbes = 0
    var pacingDeadline: Instant?
    var outgoingDatagrams: [[UInt8]] = []
    var failedOpenings: UInt64 = 0

    // Paths: see Connection+Paths and Connection+PathChoice.
    var paths: [Path] = []
    var activePath: Path?
    package internal(set) var pathPolicy: PathPolicy {
        get { permittedPaths }
        set { permittedPaths = newValue }
    }
    var setbacks = PathSetbacks()
    /// Packets of a lower number are not the newest of those with path frames only.
    var nextProbeNumber: UInt64 = 0

    // The search for ways: see Connection+Probing.
    var prober: PathProber
    /// What goes ahead of the first full datagrams of a round; nil for nothing.
    package var openers: Openers?
    /// Whether the peer is known to have been told of the meeting.
    var hasPeerJoined = false
    var localCandidates: [Candidate] = []
    var announcedCandidates = CandidatesFrame(sequence: 0, candidates: [])
    var candidatesPending = false
    /// Where the peer says it may be reached.
    package internal(set) var remoteCandidates: [Candidate] = []
    var remoteCandidatesSequence: UInt64 = 0
    var lastCandidatesRound: Instant?
    /// Whether ports of the peer's NAT may be guessed. Not behind a NAT that shows us under another
    /// port each time: nothing of the peer would be let in at the port that it knows.
    package var mayGuessPorts = true
    /// The guessing that goes on.
    var guesser: PortGuesser?
    var guessingCount = 0
    var lastGuessing: Instant?

    // Life: see Connection+Timers.
    var lastHeard: Instant
    var lastSent: Instant
    /// When the oldest packet was sent that should have been answered and was not.
    var awaitingSince: Instant?
    /// When the peer was first heard over a path of a lesser kind and not over the one in use.
    var doubtedSince: Instant?
    package internal(set) var isSilent: Bool {
        get { isUnanswered }
        set { isUnanswered = newValue }
    }
    var rehandshakeAt = Instant.distantFuture
    var closePending = false

    // Asked for with every packet. What only this module sees has its accesses checked against each
    // other when it is compiled, and not each time.
    private var phase: State
    private var isUnanswered = false
    private var permittedPaths: PathPolicy
    var counters = ConnectionStatistics()

    var events: [ConnectionEvent] = []
    var isQueued = false
    var hasQueuedEvents = false
    /// What `ConnectionDeadlines` calls ours; nil when it does not know us.
    var deadlineNumber: Int?
    /// `nextTimeout` is to be asked for again.
    var hasStaleDeadline = false
    package var statistics: ConnectionStatistics { counters }

    init(
        target: PeerTarget, state: State, instance: UInt64, shared: EndpointShared, now: Instant
    ) {
        self.target = target
        phase = state
        self.instance = instance
        configuration = shared.configuration
        identity = shared.identity
        table = shared.table
        random = shared.random
        logger = shared.logger
        knownAddresses = target.addresses
        permittedPaths = target.pathPolicy
        openers = target.openers
        prober = PathProber(configuration: configuration.probing)
        streams = StreamSet(
            parity: .even, pool: shared.pool, limits: shared.configuration.streams, peer: .none)
        outgoing = OutgoingPackets(
            maximumAckDelay: shared.configuration.maximumAckDelay, random: random)
        lastHeard = now
        lastSent = now
    }

    /// What is known of the packets that were sent and of the paths that they took.
    var recovery: RecoveryState {
        _read { yield outgoing.recovery }
        _modify { yield &outgoing.recovery }
    }

    /// True on the side that decides which of several good paths is used: Connection+PathChoice.
    /// Of no meaning before the connection is established.
    var isControlling: Bool { streams.parity == .even }

    package var isEstablished: Bool { state == .established }
    package var isClosed: Bool { state == .closed }

    /// Whether it may still be used: it dials, or it is established.
    var isAlive: Bool {
        switch state {
        case .dialing, .established: true
        case .closing, .draining, .closed: false
        }
    }

    /// The address that carries the data, and its round-trip time if there is a sample of it.
    package var currentPath: (remote: SocketAddress, roundTrip: Interval?, datagramSize: Int)? {
        activePath.map { ($0.remote, recovery.path($0.id)?.rtt.measured, $0.mtu.current) }
    }

    /// Whether it is known how large datagrams on the path in use may be.
    package var isDatagramSizeSettled: Bool {
        if case .complete? = activePath?.mtu.state { true } else { false }
    }

    // MARK: Outputs

    package func pollEvent() -> ConnectionEvent? {
        events.isEmpty ? nil : events.removeFirst()
    }

    package func pollStreamEvent() -> StreamEvent? { streams.pollEvent() }

    func emit(_ event: ConnectionEvent) {
        events.append(event)
        table.queueEvents(of: self)
    }

    /// Has the connection asked for datagrams, for its deadline, and for what its streams have to
    /// tell, before the turn ends. Called wherever a deadline may have come nearer.
    func wake() {
        table.queueTransmit(of: self)
        queueStreamEvents()
    }

    /// Streams have news after frames that arrive, after ACKs, and after packets were filled.
    func queueStreamEvents() {
        if streams.hasEvents { table.queueEvents(of: self) }
    }
}

/// Counters of one connection since it began.
package struct ConnectionStatistics: Equatable, Sendable {
    package var packetsSent: UInt64 = 0
    package var packetsReceived: UInt64 = 0
    package var bytesSent: UInt64 = 0
    package var bytesReceived: UInt64 = 0
    package var packetsLost: UInt64 = 0
    /// Datagrams that were dropped: replayed, forged, or with keys that are gone.
    package var packetsDropped: UInt64 = 0
    package var keyUpdates: UInt64 = 0
    package var handshakes: UInt64 = 0
    package var pathChanges: UInt64 = 0
    package var silences: UInt64 = 0

    package init() {}
}
