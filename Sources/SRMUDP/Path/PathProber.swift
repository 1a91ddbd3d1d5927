/// Looks for ways to the peer: challenges all addresses where it may be, over and over.
///
/// Both sides do this at the same time, so that each one's datagrams open the NATs on its own side
/// for those of the other. A challenge here needs no `Path`; only the address that answers becomes
/// one. Challenges that come from addresses without a path are answered here too, and challenged
/// back: behind some NATs an address shows only in the datagrams that come from it.
///
/// Work comes in *rounds*. In a long one every address is tried for five seconds; it is begun by
/// whatever may have changed the outlook (a call, candidates, an outage). As long as no direct path
/// is in use, or for relays as long as they do not answer, short rounds follow ever more seldom.
/// Answers to a round that is over count for nothing.
///
/// It does nothing by itself: `next` says what to send, `deadline` when to ask again.
struct PathProber {
    enum Output: Equatable {
        case opener(SocketAddress, hopLimit: UInt8)
        /// A datagram of `size` bytes with a challenge, a response or both.
        case probe(SocketAddress, challenge: UInt64?, response: UInt64?, size: Int)
    }

    struct Answer: Equatable {
        let address: SocketAddress
        let roundTrip: Interval
    }

    private enum Phase: Equatable {
        case idle
        case pausing(until: Instant)
        /// Each address is tried at most `attempts` times.
        case probing(until: Instant, attempts: Int)
    }

    static let observedLimit = 8
    static let givenLimit = 16
    /// With a direct path in use, so much is enough to find out whether there is a better one.
    private static let attemptsWithDirectPath = 3
    private static let shortRoundAttempts = 2
    private static let shortRoundLength: Interval = .seconds(2)
    /// What fits a response and its packet.
    private static let smallestSize = PacketHeader.overhead + 18

    private(set) var targets: [ProbeTarget] = []
    private(set) var probesSent = 0
    /// When `next` has something to do, at the earliest.
    private(set) var deadline = Instant.distantFuture

    private let configuration: ProbingConfiguration
    private var phase = Phase.idle
    private var probesInRound = 0
    private var shortRounds = 0
    private var paceEnd = Instant(nanoseconds: 0)
    private var openers: [Openers.Scheduled] = []

    init(configuration: ProbingConfiguration) { self.configuration = configuration }

    /// Whether a direct path carries the data, so that only relays are still looked for.
    var hasDirectPath = false {
        didSet { updateDeadline() }
    }

    var isProbing: Bool {
        if case .probing = phase { true } else { false }
    }

    // MARK: Addresses

    func target(at address: SocketAddress) -> ProbeTarget? {
        targets.first { $0.address == address }
    }

    /// Takes up an address that we know ourselves.
    mutating func add(given address: SocketAddress, now: Instant) {
        targets[index(of: address, now: now)].isGiven = true
        updateDeadline()
    }

    mutating func remove(given address: SocketAddress) {
        guard let index = targets.firstIndex(where: { $0.address == address }) else { return }
        targets[index].isGiven = false
        dropUnnamed { $0.address == address }
    }

    /// Replaces the peer's candidates.
    mutating func use(_ candidates: [Candidate], now: Instant) {
        let old = targets.filter { $0.candidateKind != nil }.map(\.address)
        for index in targets.indices { targets[index].candidateKind = nil }
        for candidate in candidates {
            targets[index(of: candidate.address, now: now)].candidateKind = candidate.kind
        }
        dropUnnamed { old.contains($0.address) }
    }

    /// Something authentic came from an address that no path leads to. `challenge` is what is to be
    /// answered there.
    mutating func received(
        from address: SocketAddress, bytes: Int, challenge: UInt64?, now: Instant
    ) {
        guard challenge != nil || target(at: address) != nil else { return }
        if target(at: address) == nil { makeRoomForObserved() }
        let index = index(of: address, now: now)
        targets[index].received(bytes: bytes, now: now)
        if let challenge { targets[index].owedResponse = (challenge, now) }
        updateDeadline()
    }

    private mutating func index(of address: SocketAddress, now: Instant) -> Int {
        if let index = targets.firstIndex(where: { $0.address == address }) { return index }
        targets.append(ProbeTarget(address, due: now))
        return targets.count - 1
    }

    /// Forgets addresses that nobody names any more.
    private mutating func dropUnnamed(where isMeant: (ProbeTarget) -> Bool) {
        targets.removeAll { isMeant($0) && $0.source == .observed }
        updateDeadline()
    }

    private mutating func makeRoomForObserved() {
        let observed = targets.filter { $0.source == .observed }
        guard observed.count >= Self.observedLimit else { return }
        // Made-up addresses never answer; what answered once is kept as long as possible.
        let worst = observed.min {
            let (left, right) = ($0.lastAnswer != nil, $1.lastAnswer != nil)
            if left != right { return right }
            let never = Instant(nanoseconds: 0)
            return $0.lastHeard ?? never < $1.lastHeard ?? never
        }
        targets.removeAll { $0.address == worst?.address }
    }

    // MARK: Rounds

    /// Begins a long round. `openers` go first to the direct addresses that nothing came from yet.
    mutating func begin(openers: Openers?, now: Instant) {
        shortRounds = 0
        let strangers = targets.filter { $0.lastHeard == nil && Openers.concern($0.address) }
        self.openers = openers?.schedule(for: strangers.map(\.address), now: now) ?? []
        for index in targets.indices {
            let opened = self.openers.first { $0.address == targets[index].address }
            let wait = openers?.wait ?? .zero
            targets[index].beginRound(due: opened.map { $0.due + wait } ?? now)
        }
        let head = self.openers.last.map { $0.due - now + (openers?.wait ?? .zero) } ?? .zero
        begin(.probing(until: now + head + configuration.roundLength, attempts: .max))
    }

    /// Nothing is to be sent to this address before that time in this round.
    mutating func hold(_ address: SocketAddress, until time: Instant) {
        guard let index = targets.firstIndex(where: { $0.address == address }) else { return }
        targets[index].beginRound(due: time)
        updateDeadline()
    }

    private mutating func beginShort(now: Instant) {
        shortRounds += 1
        for index in targets.indices { targets[index].beginRound(due: now) }
        let end = now + Self.shortRoundLength
        begin(.probing(until: end, attempts: Self.shortRoundAttempts))
    }

    private mutating func begin(_ phase: Phase) {
        self.phase = phase
        probesInRound = 0
        updateDeadline()
    }

    private mutating func endRound(now: Instant) {
        openers = []
        let hasGoal = !hasDirectPath || targets.contains { PathKind($0.address) != .direct }
        guard hasGoal, probesSent < configuration.probesInAll, !configuration.pauses.isEmpty else {
            phase = .idle
            return
        }
        let pause = configuration.pauses[min(shortRounds, configuration.pauses.count - 1)]
        phase = .pausing(until: now + pause)
    }

    /// What is to be sent at `now`; nil if nothing is. To be asked until then.
    ///
    /// - Parameter isCovered: whether a path leads to an address, which then has challenges of its
    ///   own, or must not be sent to at all.
    mutating func next(
        random: any RandomSource, now: Instant, isCovered: (SocketAddress) -> Bool
    ) -> Output? {
        defer { updateDeadline() }
        if let output = nextResponse(random: random, now: now, isCovered: isCovered) {
            return output
        }
        if let opener = openers.first, opener.due <= now {
            openers.removeFirst()
            return .opener(opener.address, hopLimit: opener.hopLimit)
        }
        switch phase {
        case .idle: return nil
        case .pausing(let until):
            guard until <= now else { return nil }
            beginShort(now: now)
        case .probing(let until, _):
            if until <= now || !hasBudget { endRound(now: now) }
        }
        return nextProbe(random: random, now: now, isCovered: isCovered)
    }

    private var hasBudget: Bool {
        probesInRound < configuration.probesPerRound && probesSent < configuration.probesInAll
    }

    private mutating func nextResponse(
        random: any RandomSource, now: Instant, isCovered: (SocketAddress) -> Bool
    ) -> Output? {
        while let index = targets.firstIndex(where: { $0.owedResponse != nil }) {
            let response = targets[index].owedResponse?.challenge
            targets[index].owedResponse = nil
            let size = min(MTUDiscovery.minimumSize, targets[index].sendAllowance)
            guard size >= Self.smallestSize else { continue }
            let address = targets[index].address
            // The peer's datagram came through, so ours has the best chance now.
            let isWanted = !targets[index].hasAnswered && !isCovered(address) && hasBudget
            let isFullSize = size == MTUDiscovery.minimumSize
            let challenge =
                isWanted && isFullSize ? self.challenge(index, random: random, now: now) : nil
            targets[index].sent(bytes: size)
            return .probe(address, challenge: challenge, response: response, size: size)
        }
        return nil
    }

    private mutating func nextProbe(
        random: any RandomSource, now: Instant, isCovered: (SocketAddress) -> Bool
    ) -> Output? {
        guard case .probing(let until, _) = phase, paceEnd <= now else { return nil }
        while let index = nextIndex(now: now) {
            let size = MTUDiscovery.minimumSize
            guard !isCovered(targets[index].address) else {
                targets[index].skipped(next: until)
                continue
            }
            guard targets[index].sendAllowance >= size else {
                targets[index].skipped(next: now + repetition(after: targets[index].attempts))
                continue
            }
            let challenge = challenge(index, random: random, now: now)
            targets[index].sent(bytes: size)
            paceEnd = now + configuration.pace
            return .probe(targets[index].address, challenge: challenge, response: nil, size: size)
        }
        return nil
    }

    /// Of those that are due the one that was tried least often.
    private func nextIndex(now: Instant) -> Int? {
        targets.indices.filter { targets[$0].due <= now && isEligible(targets[$0]) }
            .min { targets[$0].attempts < targets[$1].attempts }
    }

    private func isEligible(_ target: ProbeTarget) -> Bool {
        guard case .probing(_, var attempts) = phase, !target.hasAnswered else { return false }
        if hasDirectPath, PathKind(target.address) == .direct {
            attempts = attempts == .max ? Self.attemptsWithDirectPath : 0
        }
        return target.attempts < attempts
    }

    private mutating func challenge(
        _ index: Int, random: any RandomSource, now: Instant
    ) -> UInt64 {
        let token = random.next()
        let next = now + repetition(after: targets[index].attempts)
        targets[index].challenged(token, next: next, now: now)
        probesSent += 1
        probesInRound += 1
        return token
    }

    private func repetition(after attempts: Int) -> Interval {
        let waits = configuration.repetitions
        return waits.isEmpty ? configuration.roundLength : waits[min(attempts, waits.count - 1)]
    }

    // MARK: Answers

    /// A PATH_RESPONSE came from `address` in a datagram of `bytes` bytes.
    ///
    /// - Returns: the address that is proven now; nil if it answers none of our challenges there.
    mutating func answered(
        _ token: UInt64, from address: SocketAddress, bytes: Int, now: Instant
    ) -> Answer? {
        guard bytes >= MTUDiscovery.minimumSize,
            let index = targets.firstIndex(where: { $0.address == address }),
            let roundTrip = targets[index].answered(token, now: now)
        else { return nil }
        updateDeadline()
        return Answer(address: address, roundTrip: roundTrip)
    }

    private mutating func updateDeadline() {
        deadline = .distantFuture
        if let owedSince = targets.lazy.compactMap(\.owedResponse?.since).min() {
            deadline = owedSince
            return
        }
        if let opener = openers.first { deadline = opener.due }
        switch phase {
        case .idle: break
        case .pausing(let until): deadline = min(deadline, until)
        case .probing(let until, _):
            let due = targets.filter { isEligible($0) }.map(\.due).min()
            deadline = min(deadline, until, max(due ?? until, paceEnd))
        }
    }
}
