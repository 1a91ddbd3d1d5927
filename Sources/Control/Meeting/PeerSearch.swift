import SRMUDP

/// The search for one peer through rendezvous servers, as long as one of our connections with it
/// lives.
///
///     state      until                       what is done
///     seeking    the connection is up        the peer is called through every server that is up,
///                                            again and again
///     resting    the connection is silent,   nothing; there are paths
///                or its channel is lost
///
/// It decides when to call; `Meeting` calls.
struct PeerSearch {
    enum State: Equatable {
        case seeking
        case resting
    }

    /// How long after a call the next one goes to the same server, if it brought nothing; doubled
    /// each time.
    private static let intervals: ClosedRange<Interval> = .seconds(2)...(.seconds(16))
    /// The same for a peer that the server does not know: where the server has just been started
    /// again, the peer registers a moment after us.
    private static let absences: ClosedRange<Interval> = .milliseconds(500)...(.seconds(16))

    let peer: Peer
    let connection: Connection
    private(set) var state = State.seeking
    /// What came of the last call through each server, for people.
    private(set) var outcomes: [ServerAddress: CallOutcome] = [:]
    private var calls: [CallID: ServerAddress] = [:]
    private var nextCalls: [ServerAddress: Instant] = [:]
    private var interval = intervals.lowerBound
    private var absence = absences.lowerBound

    init(peer: Peer, connection: Connection) {
        self.peer = peer
        self.connection = connection
    }

    // MARK: Inputs

    /// Whether to call through this server now.
    func isDue(_ server: ServerAddress, now: Instant) -> Bool {
        guard state == .seeking else { return false }
        return nextCalls[server].map { $0 <= now } ?? true
    }

    mutating func called(_ call: CallID, through server: ServerAddress, now: Instant) {
        calls[call] = server
        outcomes[server] = .calling
        nextCalls[server] = now + interval
        interval = min(interval * 2, Self.intervals.upperBound)
    }

    /// Whether the call is one of this search, and has not ended.
    func isWaiting(for call: CallID) -> Bool { calls[call] != nil }

    mutating func ended(_ call: CallID, _ outcome: CallOutcome, now: Instant) {
        guard let server = calls.removeValue(forKey: call) else { return }
        outcomes[server] = outcome
        guard outcome == .failed(.status(.notRegistered)), let next = nextCalls[server] else {
            return
        }
        nextCalls[server] = min(next, now + absence)
        absence = min(absence * 2, Self.absences.upperBound)
    }

    mutating func established() {
        state = .resting
        resetIntervals()
    }

    /// The paths that we had do not answer, or the peer may have moved: call again at once.
    mutating func seekAgain() {
        state = .seeking
        resetIntervals()
        nextCalls.removeAll()
    }

    private mutating func resetIntervals() {
        interval = Self.intervals.lowerBound
        absence = Self.absences.lowerBound
    }

    /// When the next call is due at the earliest; nil while resting.
    var nextCall: Instant? { state == .seeking ? nextCalls.values.min() : nil }
}

/// What came of a call.
enum CallOutcome: Equatable {
    case calling
    /// The peer told where it can be reached.
    case answered
    case failed(RequestFailure)
    /// The answer was not sealed by the peer.
    case forged
    case serverDown(String)
}

extension CallOutcome: CustomStringConvertible {
    var description: String {
        switch self {
        case .calling: "no answer yet"
        case .answered: "the peer answered"
        case .failed(let failure): failure.description
        case .forged: "the answer was forged or the peers no longer share a secret"
        case .serverDown(let reason): reason
        }
    }
}
