// What happens when answers stop.
extension Connection {
    /// How long nothing may come back before other ways are tried, at the least.
    static let shortestSilence: Interval = .milliseconds(600)
    /// And at the most, unless the line is slower still, if another path is at hand.
    static let longestSilence: Interval = .milliseconds(900)
    /// This long after the beginning of silence the peer is sought by a full handshake.
    static let searchDelay: Interval = .milliseconds(1_200)

    /// Something of the peer arrived and was authentic; `path` is what it came over, if it is one.
    ///
    /// - Returns: whether that ended a silence. Then a round is to begin when the packet, which may
    ///   answer the one before, has been read.
    func heard(over path: Path?, now: Instant) -> Bool {
        lastHeard = now
        if activePath == nil || path === activePath { awaitingSince = nil }
        if let path, path.state == .failed, path.challenge == nil {
            path.beginChallenge(random.next(), now: now)
        }
        guard isSilent else { return false }
        isSilent = false
        rehandshakeAt = max(
            now, (sending?.createdAt ?? now) + configuration.rehandshakeInterval)
        // What was to be sent only to find the peer need not leave any more.
        initiations.removeAll()
        emit(.heard)
        return true
    }

    /// Something sent over the path in use has arrived.
    func activePathConfirmed(now: Instant) {
        awaitingSince = nil
        doubtedSince = nil
        activePath?.confirmed(now: now)
    }

    /// When the path in use counts as dead if nothing is heard until then.
    var silenceDeadline: Instant? {
        guard !isSilent, let activePath else { return nil }
        let doubtDeadline = doubtedSince.map { $0 + roundTrip * 2 + .milliseconds(100) }
        guard let awaitingSince else { return doubtDeadline }
        var patience = max(Self.shortestSilence, probeTimeout * 3)
        if patience > Self.longestSilence, fallBack(from: activePath) != nil {
            patience = max(Self.longestSilence, min(patience, probeTimeout * 3 / 2))
        }
        let deadline = awaitingSince + patience
        return min(deadline, doubtDeadline ?? deadline)
    }

    /// The peer has left our path for one of a lesser kind, and it is a while since anything is known
    /// to have arrived over ours: it is asked at once.
    func doubtActivePath(now: Instant) {
        guard doubtedSince == nil else { return }
        doubtedSince = now
        pendingProbes = max(pendingProbes, 1)
        wake()
    }

    /// Nothing came back over the path in use. Takes another one that works; if there is none,
    /// silence begins.
    func answersStopped(now: Instant) {
        guard let activePath else { return }
        activePath.isSuspect = true
        awaitingSince = nil
        doubtedSince = nil
        guard let path = fallBack(from: activePath) else { return fallSilent(now: now) }
        logger.debug("path \(activePath.id) does not answer")
        if path.kind > activePath.kind { setbacks.note(activePath.remote, now: now) }
        activate(path, now: now)
        pendingProbes = max(pendingProbes, 1)
        lookEverywhere(now: now)
    }

    /// Nobody answers anywhere. All that is known is asked.
    func fallSilent(now: Instant) {
        isSilent = true
        activePath?.isSuspect = true
        awaitingSince = nil
        doubtedSince = nil
        counters.silences += 1
        emit(.silent)
        logger.debug("nothing heard for \(now - lastHeard)")
        lookEverywhere(now: now)
        rehandshakeAt = min(rehandshakeAt, now + Self.searchDelay)
    }

    /// Asks all paths, and all addresses that no path leads to.
    func lookEverywhere(now: Instant) {
        for path in paths where path.challenge == nil && pathPolicy.allows(path.kind) {
            path.beginChallenge(random.next(), now: now)
        }
        prober.begin(openers: openers, now: now)
        wake()
    }

    /// Our network changed: addresses came or went, or a link was lost. All ways are tried at once,
    /// and the peer is shown where we are now.
    package func networkChanged(now: Instant) {
        switch state {
        case .dialing, .closing, .draining, .closed: break
        case .established:
            // What was sent before went out of the old network.
            if !isSilent, activePath != nil { awaitingSince = now }
            pendingProbes = max(pendingProbes, 1)
            for path in paths where pathPolicy.allows(path.kind) {
                path.beginChallenge(random.next(), now: now)
            }
        }
        probe(now: now)
    }
}
