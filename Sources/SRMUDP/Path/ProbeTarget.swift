/// One address that a `PathProber` challenges, and what came of it.
struct ProbeTarget {
    /// A challenge that was sent and may still be answered.
    private struct Challenge {
        let token: UInt64
        let sentAt: Instant
    }

    /// Answers to older challenges are of no use any more.
    private static let challengeLimit = 4

    let address: SocketAddress
    /// Among the peer's CANDIDATES.
    var candidateKind: Candidate.Kind?
    /// Known to us without the peer's CANDIDATES.
    var isGiven = false
    /// A challenge of the peer that is to be answered here, and when it came.
    var owedResponse: (challenge: UInt64, since: Instant)?

    /// When it is to be challenged next in this round.
    private(set) var due: Instant
    private(set) var attempts = 0
    private(set) var hasAnswered = false
    private(set) var probesSent = 0
    private(set) var lastHeard: Instant?
    private(set) var lastAnswer: Instant?
    private(set) var roundTrip: Interval?
    private var bytesReceived = 0
    private var bytesSent = 0
    private var challenges: [Challenge] = []

    init(_ address: SocketAddress, due: Instant) {
        self.address = address
        self.due = due
    }

    /// Whether more may be sent there than came from there: we chose the address ourselves, from
    /// what the peer told us under authentication, or it answered once.
    var isTrusted: Bool { isGiven || candidateKind != nil || lastAnswer != nil }

    /// How many bytes may go there now.
    var sendAllowance: Int {
        isTrusted ? .max : Path.amplificationFactor * bytesReceived - bytesSent
    }

    var source: ProbeReport.Source {
        if let candidateKind { return .candidate(candidateKind) }
        return isGiven ? .given : .observed
    }

    mutating func received(bytes: Int, now: Instant) {
        bytesReceived += bytes
        lastHeard = now
    }

    mutating func sent(bytes: Int) { bytesSent += bytes }

    /// Answers to what was sent before are not waited for any more.
    mutating func beginRound(due: Instant) {
        self.due = due
        attempts = 0
        hasAnswered = false
        challenges = []
    }

    mutating func challenged(_ token: UInt64, next: Instant, now: Instant) {
        if challenges.count >= Self.challengeLimit { challenges.removeFirst() }
        challenges.append(Challenge(token: token, sentAt: now))
        attempts += 1
        probesSent += 1
        due = next
    }

    /// Nothing could be sent, or need be; the time passes all the same.
    mutating func skipped(next: Instant) {
        attempts += 1
        due = next
    }

    /// - Returns: the time since the challenge; nil if none of ours had this token.
    mutating func answered(_ token: UInt64, now: Instant) -> Interval? {
        guard let challenge = challenges.first(where: { $0.token == token }) else { return nil }
        challenges = []
        hasAnswered = true
        lastAnswer = now
        let roundTrip = now - challenge.sentAt
        self.roundTrip = roundTrip
        return roundTrip
    }
}
