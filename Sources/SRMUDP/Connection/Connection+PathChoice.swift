// Which of the paths carries the data.
//
// Direct paths come before relays, whatever the times; among paths of one kind the faster one wins.
// Of the two sides one is controlling (the one that opens even streams): it compares proven paths
// and moves to a better one. The other side follows the newest packet. Were both to choose, two
// alike paths could make them chase each other. When answers stop, either side takes the next path
// that answers: see Connection+Silence.
extension Connection {
    /// Where a packet came from, and how new it is.
    struct Arrival {
        let address: SocketAddress
        let bytes: Int
        /// No later packet came before it. A new address is taken up only then: otherwise an old
        /// one, replayed from elsewhere, could begin to divert the connection.
        let isNewest: Bool
        /// The same among packets that hold nothing but path frames, which prefer no path and so
        /// may come over slow ones.
        let isNewestProbe: Bool
    }

    /// Draws the conclusions from a packet: challenges to answer, answers to ours, a new address,
    /// the peer's preference.
    func pathFramesReceived(_ contents: PacketContents, _ arrival: Arrival, now: Instant) {
        let address = arrival.address
        guard pathPolicy.allows(address) else { return }
        if let response = contents.response { handlePathResponse(response, arrival, now: now) }
        if let path = existingPath(to: address) {
            // One answer a path is owed at a time; the newest challenge replaces the one before.
            if let challenge = contents.challenge { path.pendingResponse = challenge }
            if arrival.isNewest, !contents.isProbing { follow(path, now: now) }
        } else if !contents.isProbing, arrival.isNewest {
            // The peer has moved.
            let path = path(to: address, now: now)
            path.isOurChoice = prober.target(at: address)?.isTrusted ?? false
            path.datagramReceived(bytes: arrival.bytes, now: now)
            path.pendingResponse = contents.challenge
            path.beginChallenge(random.next(), now: now)
        } else if arrival.isNewest || arrival.isNewestProbe || prober.target(at: address) != nil {
            prober.received(
                from: address, bytes: arrival.bytes, challenge: contents.challenge, now: now)
        }
    }

    private func handlePathResponse(_ token: UInt64, _ arrival: Arrival, now: Instant) {
        if let path = paths.first(where: { $0.responseReceived(token, size: arrival.bytes) }) {
            path.confirmed(now: now)
            if let sample = path.challengeSample(now: now) {
                recovery.takeFirstSample(sample, path: path.id, now: now)
            }
            consider(path, now: now)
        } else if let answer = prober.answered(
            token, from: arrival.address, bytes: arrival.bytes, now: now)
        {
            logger.debug("\(answer.address) answered after \(answer.roundTrip)")
            takeUp(answer, bytes: arrival.bytes, now: now)
        }
    }

    /// Makes a path of an address that answered the prober, if there is room or need for it.
    private func takeUp(_ answer: PathProber.Answer, bytes: Int, now: Instant) {
        let quality = PathQuality(
            kind: PathKind(answer.address), roundTrip: answer.roundTrip)
        if let activePath, !activePath.isSuspect, paths.count >= Self.maximumPaths,
            existingPath(to: answer.address) == nil,
            !quality.isBetter(than: self.quality(of: activePath))
        {
            return
        }
        let isNew = existingPath(to: answer.address) == nil
        let path = path(to: answer.address, now: now)
        if isNew { path.datagramReceived(bytes: bytes, now: now) }
        path.isOurChoice = true
        path.markProven(carriesFullSize: true)
        path.confirmed(now: now)
        recovery.takeFirstSample(answer.roundTrip, path: path.id, now: now)
        consider(path, now: now)
    }

    /// A path has just proved itself: decides whether it carries the data from now on.
    private func consider(_ path: Path, now: Instant) {
        guard pathPolicy.allows(path.kind) else { return }
        guard let activePath else { return activate(path, now: now) }
        guard path !== activePath else { return activePathConfirmed(now: now) }
        if activePath.isSuspect { return activate(path, now: now) }
        guard isControlling, quality(of: path).isBetter(than: quality(of: activePath)) else {
            return
        }
        if path.kind < activePath.kind {
            guard path.carriesFullSize else {
                // Only a small challenge may have been sent to an address that was not proven.
                return path.beginChallenge(random.next(), now: now)
            }
            if let end = setbacks.restEnd(of: path.remote), end > now { return }
        }
        activate(path, now: now)
        // Tells the peer, even if there is nothing else to tell.
        pendingProbes = max(pendingProbes, 1)
    }

    /// The newest packet came over `path`: the peer prefers it.
    private func follow(_ path: Path, now: Instant) {
        guard let activePath, path !== activePath else { return }
        guard path.state == .proven else {
            if path.challenge == nil { path.beginChallenge(random.next(), now: now) }
            return
        }
        if isControlling {
            // Our own choice takes a round trip to reach the peer, which meanwhile uses its old
            // one.
            let slower = max(roundTrip(of: path), roundTrip)
            let patience = slower * 2 + .milliseconds(50)
            if path.kind > activePath.kind {
                if now - activePath.lastConfirmed > patience { doubtActivePath(now: now) }
                return
            }
            guard now - activePath.lastHeard > patience else { return }
        }
        activate(path, now: now)
    }

    func activate(_ path: Path, now: Instant) {
        guard path !== activePath, pathPolicy.allows(path.kind) else { return }
        // What an unanswered path still holds is sent again at once on the new one.
        if let activePath, activePath.isSuspect || isSilent {
            recovery.abandonPackets(path: activePath.id)
            settlePackets(now: now)
        }
        activePath = path
        awaitingSince = nil
        doubtedSince = nil
        pacingDeadline = nil
        prober.hasDirectPath = path.kind == .direct
        counters.pathChanges += 1
        logger.debug("path \(path.id) to \(path.remote) carries the data")
        if state == .established { emit(.pathChanged(path.remote)) }
        wake()
    }

    /// Other paths than `path`, which work as far as is known: of another kind first, because what
    /// broke one may have broken its likes, and of those the one heard last.
    func fallBack(from path: Path) -> Path? {
        let others = paths.filter {
            $0 !== path && $0.state == .proven && !$0.isSuspect && pathPolicy.allows($0.kind)
        }
        return others.max {
            let (left, right) = ($0.kind != path.kind, $1.kind != path.kind)
            return left == right ? $0.lastHeard < $1.lastHeard : right
        }
    }
}
