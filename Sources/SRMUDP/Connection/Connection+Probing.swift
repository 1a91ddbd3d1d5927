// Addresses where the peer may be, ours that it is told of, and the search for direct ways.
extension Connection {
    /// Rounds that the peer's candidates begin are at least this far apart; what comes sooner joins
    /// the round that goes on.
    private static let candidatesInterval: Interval = .seconds(2)

    // MARK: Addresses

    /// Tries to reach the peer at one more address, at once; it may be that of a link.
    ///
    /// Sixteen are remembered. To make room, the oldest goes that no path leads to.
    package func addAddress(_ address: SocketAddress, now: Instant) {
        guard remember(address, now: now) else { return }
        switch state {
        case .dialing: scheduleInitiations(to: [address], now: now)
        case .established: probe(now: now)
        case .closing, .draining, .closed: return
        }
    }

    /// False if it was known before.
    @discardableResult
    func remember(_ address: SocketAddress, now: Instant) -> Bool {
        guard !knownAddresses.contains(address) else { return false }
        if knownAddresses.count >= PathProber.givenLimit {
            let oldest = knownAddresses.firstIndex { existingPath(to: $0) == nil }
            prober.remove(given: knownAddresses.remove(at: oldest ?? 0))
        }
        knownAddresses.append(address)
        prober.add(given: address, now: now)
        return true
    }

    /// The peer cannot be reached at this address any more, for instance because a link closed. If
    /// a path led there it is given up without waiting.
    package func removeAddress(_ address: SocketAddress, now: Instant) {
        knownAddresses.removeAll { $0 == address }
        prober.remove(given: address)
        initiations.remove(address)
        guard state == .established, let path = existingPath(to: address) else { return }
        if path === activePath { answersStopped(now: now) }
        guard path !== activePath else { return }
        remove(path, now: now)
        wake()
    }

    /// Begins a round now: everything that may lead to the peer is tried again. To be called on
    /// both sides at the same time, as far as possible.
    package func probe(now: Instant) {
        switch state {
        case .dialing: dialAgain(now: now)
        case .established:
            lookEverywhere(now: now)
            if isSilent || activePath == nil { rehandshakeAt = min(rehandshakeAt, now) }
        case .closing, .draining, .closed: return
        }
    }

    func dialAgain(now: Instant) {
        guard handshake != nil else { return }
        handshakeAttempts = 0
        beginHandshake(now: now)
    }

    /// Decides which kinds of paths are allowed. Others are given up at once.
    package func setPathPolicy(_ policy: PathPolicy, now: Instant) {
        guard policy != pathPolicy else { return }
        pathPolicy = policy
        initiations.removeAll()
        switch state {
        case .dialing: dialAgain(now: now)
        case .established: leaveForbiddenPaths(now: now)
        case .closing, .draining, .closed: return
        }
    }

    private func leaveForbiddenPaths(now: Instant) {
        announceCandidates()
        if let forbidden = activePath, !pathPolicy.allows(forbidden.kind) {
            let other = fallBack(from: forbidden)
            forbidden.isSuspect = true
            if let other {
                activate(other, now: now)
                pendingProbes = max(pendingProbes, 1)
            } else {
                recovery.abandonPackets(path: forbidden.id)
                settlePackets(now: now)
                activePath = nil
                prober.hasDirectPath = false
                rehandshakeAt = min(rehandshakeAt, now + Self.searchDelay)
            }
        }
        for path in paths where !pathPolicy.allows(path.kind) { remove(path, now: now) }
        lookEverywhere(now: now)
    }

    // MARK: Candidates

    /// Tells the peer where we may be reached, now and until something else is told. The first
    /// sixteen count; the caller puts the best ones first.
    package func setLocalCandidates(_ candidates: [Candidate], now: Instant) {
        if candidates.count > Candidate.limit {
            logger.warning("of \(candidates.count) addresses the peer is told \(Candidate.limit)")
        }
        let candidates = Array(candidates.prefix(Candidate.limit))
        guard candidates != localCandidates else { return }
        localCandidates = candidates
        guard state == .established else { return }
        announceCandidates()
        // The peer begins a round when it hears of them.
        prober.begin(openers: openers, now: now)
        wake()
    }

    /// Has the present candidates sent, if they are not what the peer was told last.
    func announceCandidates() {
        let candidates = pathPolicy == .relay ? [] : localCandidates
        guard candidates != announcedCandidates.candidates else { return }
        announcedCandidates = CandidatesFrame(
            sequence: announcedCandidates.sequence + 1, candidates: candidates)
        candidatesPending = true
    }

    func candidatesReceived(_ frame: CandidatesFrame, now: Instant) {
        guard frame.sequence > remoteCandidatesSequence else { return }
        remoteCandidatesSequence = frame.sequence
        guard frame.candidates != remoteCandidates else { return }
        remoteCandidates = frame.candidates
        prober.use(frame.candidates.filter { $0.kind != .anyPort }, now: now)
        guessPorts(now: now)
        if lastCandidatesRound.map({ now - $0 >= Self.candidatesInterval }) ?? true {
            lastCandidatesRound = now
            prober.begin(openers: openers, now: now)
        }
        // Nobody needs to hear of those that do not hold any more.
        if case .candidates? = events.last { events.removeLast() }
        emit(.candidates(frame.candidates))
    }

    /// Begins to guess ports if the peer asks for it, and nothing else has led to a direct path.
    private func guessPorts(now: Instant) {
        guard let hint = remoteCandidates.first(where: { $0.kind == .anyPort })?.address else {
            guesser = nil
            return
        }
        // Somebody else's network must not be searched on the word of the peer.
        let isWanted = mayGuessPorts && pathPolicy.allows(.direct) && !prober.hasDirectPath
        guard isWanted, Openers.concern(hint), guesser == nil,
            guessingCount < PortGuesser.searchLimit,
            lastGuessing.map({ now - $0 >= PortGuesser.rest }) ?? true
        else { return }
        let guesser = PortGuesser(
            near: hint, budget: configuration.probing.probesPerRound, random: random, now: now)
        guard !guesser.isOver else { return }
        logger.info(
            "the peer's NAT takes ports by chance: guessing one, with at most "
                + "\(min(configuration.probing.probesPerRound, PortGuesser.limit)) datagrams of a "
                + "byte (--probe-budget)")
        self.guesser = guesser
        guessingCount += 1
        lastGuessing = now
    }

    // MARK: Getters

    /// How many probes were sent to addresses without a path.
    package var probesSent: Int { prober.probesSent }

    /// What is known of each address where the peer may be.
    package func probeReports(now: Instant) -> [ProbeReport] {
        let others = paths.filter { prober.target(at: $0.remote) == nil }
        return prober.targets.map { report($0, now: now) } + others.map { report($0, now: now) }
    }

    private func report(_ target: ProbeTarget, now: Instant) -> ProbeReport {
        let path = existingPath(to: target.address)
        return ProbeReport(
            address: target.address, source: target.source,
            state: path.flatMap { state(of: $0, now: now) } ?? state(of: target),
            probesSent: target.probesSent,
            lastAnswer: path?.wasProven == true ? path?.lastHeard : target.lastAnswer,
            roundTrip: path?.wasProven == true ? roundTrip(of: path) : target.roundTrip)
    }

    private func report(_ path: Path, now: Instant) -> ProbeReport {
        ProbeReport(
            address: path.remote, source: .observed, state: state(of: path, now: now) ?? .probing,
            probesSent: 0, lastAnswer: path.wasProven ? path.lastHeard : nil,
            roundTrip: path.wasProven ? roundTrip(of: path) : nil)
    }

    private func state(of path: Path, now: Instant) -> ProbeReport.State? {
        if path === activePath { return .inUse }
        switch path.state {
        case .unproven: return .probing
        case .failed: return nil
        case .proven:
            let isResting = setbacks.restEnd(of: path.remote).map { $0 > now } ?? false
            return isResting ? .resting : .ready
        }
    }

    private func state(of target: ProbeTarget) -> ProbeReport.State {
        if !pathPolicy.allows(target.address) { return .excluded }
        if target.hasAnswered { return .answered }
        if target.probesSent == 0 { return .waiting }
        return prober.isProbing ? .probing : .silent
    }
}
