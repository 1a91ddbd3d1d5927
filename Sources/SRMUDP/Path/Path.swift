/// A way to the peer: one remote address, with everything that was measured on it.
///
/// Congestion, round-trip time and datagram size belong to the way, not to the connection. A path
/// becomes usable when a challenge sent to it came back (RFC 9000 section 8.2); until then at most
/// three times the bytes received from it are sent to it, so that nobody can be flooded through us.
final class Path {
    enum State: Equatable {
        /// Nothing was proven yet; a challenge is on its way or due.
        case unproven
        /// The peer answers at this address.
        case proven
        /// It answered once and no longer does, or never did.
        case failed
    }

    /// A challenge is repeated this often before the path counts as failed.
    static let challengeLimit = 5
    static let amplificationFactor = 3

    let id: UInt8
    let remote: SocketAddress
    private(set) var state: State

    var roundTrip = RTTEstimator()
    let controller: any CongestionController
    var pacer = Pacer()
    var mtu: MTUDiscovery
    /// The highest packet number that the peer acknowledged of those sent on this path.
    var ecn = ECNState.untested

    private(set) var bytesReceived = 0
    private(set) var bytesSent = 0
    private(set) var lastHeard: Instant
    /// The eight bytes that must come back, and when they are sent again.
    private(set) var challenge: UInt64?
    private(set) var challengeDue: Instant?
    private(set) var challengesSent = 0
    private var challengeSentAt: Instant?
    /// An answer we owe to the peer's challenge on this path.
    var pendingResponse: UInt64?

    init(
        id: UInt8, remote: SocketAddress, controller: any CongestionController, mtu: MTUDiscovery,
        now: Instant
    ) {
        self.id = id
        self.remote = remote
        self.controller = controller
        self.mtu = mtu
        lastHeard = now
        state = .unproven
    }

    /// How many bytes may go to this address now.
    var sendAllowance: Int {
        state == .proven ? .max : Self.amplificationFactor * bytesReceived - bytesSent
    }

    func datagramReceived(bytes: Int, now: Instant) {
        bytesReceived += bytes
        lastHeard = now
    }

    func datagramSent(bytes: Int) { bytesSent += bytes }

    /// Asks for a challenge with these bytes to be sent now.
    func beginChallenge(_ bytes: UInt64, now: Instant) {
        challenge = bytes
        challengeDue = now
        challengesSent = 0
    }

    func challengeWasSent(now: Instant) {
        challengesSent += 1
        challengeSentAt = now
        let wait = min(roundTrip.probeTimeout(maximumAckDelay: .zero), .seconds(1))
        challengeDue = now + wait * Int64(1 << min(challengesSent - 1, 3))
    }

    /// The challenge was repeated in vain.
    func challengeFailed() {
        challenge = nil
        challengeDue = nil
        state = .failed
    }

    /// True if `bytes` answer our challenge: the peer is at this address.
    func responseReceived(_ bytes: UInt64, now: Instant) -> Bool {
        guard bytes == challenge else { return false }
        if let challengeSentAt, challengesSent == 1 {
            roundTrip.update(sample: now - challengeSentAt, ackDelay: .zero, now: now)
        }
        markProven()
        return true
    }

    /// The handshake ran over this path, which proves as much as a challenge does.
    func markProven() {
        challenge = nil
        challengeDue = nil
        state = .proven
    }

    /// Whether `candidate` should carry the data instead of `current`. Proven beats unproven; among
    /// proven paths a new one must be clearly faster, so that two alike do not take turns.
    static func isBetter(_ candidate: Path, than current: Path) -> Bool {
        guard candidate.state == .proven else { return false }
        guard current.state == .proven else { return true }
        let margin = Interval.milliseconds(2) + current.roundTrip.smoothed / 8
        return candidate.roundTrip.smoothed + margin < current.roundTrip.smoothed
    }
}

/// Whether the network leaves ECN marks alone on a path (RFC 9000 section 13.4).
enum ECNState: Equatable {
    case untested
    case capable
    case broken
}
