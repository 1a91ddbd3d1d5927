/// A way to the peer: one remote address, whether it works, and how large its datagrams may be.
///
/// Its times and its congestion are in `RecoveryState`, under the same `id`. A path
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
    let kind: PathKind
    private(set) var state: State

    var mtu: MTUDiscovery
    /// The datagram size that recovery was told of.
    var announcedDatagramSize: Int
    var ecn = ECNState.untested
    /// We picked this address from what the peer told us under authentication; so it may be sent to
    /// before anything came from it.
    var isOurChoice = false

    /// The peer answered here once. What it asked for cannot hurt it, so it may always be asked
    /// whether it is back.
    private(set) var wasProven = false

    /// A datagram of full size went there and one came back. A path that only carries small ones
    /// takes no other's place.
    private(set) var carriesFullSize = false

    /// Answers stopped while it was in use, and nothing sent over it has arrived since, as far as is
    /// known.
    var isSuspect = false

    private(set) var bytesReceived = 0
    private(set) var bytesSent = 0
    private(set) var lastHeard: Instant
    private(set) var lastConfirmed: Instant
    /// The eight bytes that must come back, and when they are sent again.
    private(set) var challenge: UInt64?
    private(set) var challengeDue: Instant?
    private(set) var challengesSent = 0
    private(set) var challengeSentAt: Instant?
    private var challengeSize = 0
    /// An answer we owe to the peer's challenge on this path.
    var pendingResponse: UInt64?

    init(id: UInt8, remote: SocketAddress, mtu: MTUDiscovery, now: Instant) {
        self.id = id
        self.remote = remote
        kind = PathKind(remote)
        self.mtu = mtu
        announcedDatagramSize = mtu.current
        lastHeard = now
        lastConfirmed = now
        state = .unproven
    }

    /// Whether more may be sent to this address than came from it.
    var isTrusted: Bool { wasProven || isOurChoice }

    /// How many bytes may go to this address now.
    var sendAllowance: Int {
        if isTrusted { return .max }
        return Self.amplificationFactor * bytesReceived - bytesSent
    }

    func datagramReceived(bytes: Int, now: Instant) {
        bytesReceived += bytes
        lastHeard = now
    }

    /// Something that was sent over this path has arrived, wherever the news of it came from.
    func confirmed(now: Instant) {
        lastHeard = now
        lastConfirmed = now
        isSuspect = false
    }

    func datagramSent(bytes: Int) { bytesSent += bytes }

    /// Asks for a challenge with these bytes to be sent now.
    func beginChallenge(_ bytes: UInt64, now: Instant) {
        challenge = bytes
        challengeDue = now
        challengesSent = 0
    }

    /// The wait doubles with each repetition, from a probe timeout of at most a second.
    func challengeWasSent(bytes: Int, probeTimeout: Interval, now: Instant) {
        challengeSentAt = now
        challengeSize = bytes
        let wait = min(probeTimeout, .seconds(1))
        challengeDue = now + wait * Int64(1 << min(challengesSent, 3))
        challengesSent += 1
    }

    /// Too little came from this address for a challenge to be sent there now. The time passes all
    /// the same, so that the path fails in the end if it stays at that.
    func challengeWasWithheld(probeTimeout: Interval, now: Instant) {
        challengeWasSent(bytes: 0, probeTimeout: probeTimeout, now: now)
    }

    /// The challenge was repeated in vain.
    func challengeFailed() {
        challenge = nil
        challengeDue = nil
        state = .failed
    }

    /// True if `bytes` answer our challenge: the peer is at this address. `size` is that of the
    /// datagram with the answer.
    func responseReceived(_ bytes: UInt64, size: Int) -> Bool {
        guard bytes == challenge else { return false }
        let isFullSize = min(size, challengeSize) >= MTUDiscovery.minimumSize
        markProven(carriesFullSize: isFullSize)
        return true
    }

    /// How long the challenge took that was just answered; nil if it had to be repeated, because
    /// then it is not known which one was.
    func challengeSample(now: Instant) -> Interval? {
        challengesSent == 1 ? challengeSentAt.map { now - $0 } : nil
    }

    /// The handshake ran over this path, which proves as much as a challenge does, or a challenge
    /// was answered.
    func markProven(carriesFullSize: Bool = false) {
        challenge = nil
        challengeDue = nil
        state = .proven
        wasProven = true
        if carriesFullSize { self.carriesFullSize = true }
    }
}

/// Whether the network leaves ECN marks alone on a path (RFC 9000 section 13.4).
enum ECNState: Equatable {
    case untested
    case capable
    case broken
}
