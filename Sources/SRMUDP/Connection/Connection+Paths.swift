// Which way the packets take, and how a better one or a working one is found.
//
// A path may carry data when a challenge came back over it. Of the two sides one is controlling
// (the one that opens even streams): it compares proven paths and moves to a better one. The other
// side follows the newest packet. Were both to choose, two alike paths could make them chase each
// other. When answers stop, either side takes the next path that answers.
extension Connection {
    static let maximumPaths = 4
    /// Between near neighbours an answer usually takes the ACK along; it is worth waiting for.
    static let shortestACKDelay: Interval = .milliseconds(5)
    /// How long nothing may come back before other ways are tried, at the least.
    static let shortestSilence: Interval = .milliseconds(600)
    /// While silent, the peer is sought by a full handshake this often.
    static let searchInterval: Interval = .seconds(5)

    var roundTrip: Interval { roundTrip(of: activePath) }

    func roundTrip(of path: Path?) -> Interval {
        guard let path, Int(path.id) < recovery.paths.count else { return RTTEstimator.initialRTT }
        return recovery.paths[Int(path.id)]?.rtt.smoothed ?? RTTEstimator.initialRTT
    }

    /// The probe timeout without backoff, on the path in use.
    var probeTimeout: Interval {
        guard let activePath, let path = recovery.path(activePath.id) else {
            return RTTEstimator().probeTimeoutBase(maxAckDelay: recovery.maxAckDelay)
        }
        return path.rtt.probeTimeoutBase(maxAckDelay: recovery.maxAckDelay)
    }

    /// How long an ACK may wait: a fraction of the round trip, within what we promised.
    func ackDelay(roundTrip: Interval) -> Interval {
        min(configuration.maximumAckDelay, max(roundTrip / 4, Self.shortestACKDelay))
    }

    func path(to address: SocketAddress, now: Instant) -> Path {
        if let path = paths.first(where: { $0.remote == address }) { return path }
        if paths.count >= Self.maximumPaths { dropWorstPath(now: now) }
        let path = makePath(to: address, now: now)
        paths.append(path)
        return path
    }

    /// A change of the port alone is a NAT that forgot us: the line behind it is the same, and so
    /// is what was measured on it (RFC 9000 section 9.4).
    private func makePath(to address: SocketAddress, now: Instant) -> Path {
        let id = unusedPathID()
        if let activePath, activePath.remote.ip == address.ip,
            let known = recovery.path(activePath.id)
        {
            recovery.addPath(
                id, controller: known.controller, datagramSize: activePath.mtu.current)
            recovery.paths[Int(id)]?.rtt = known.rtt
            return Path(id: id, remote: address, mtu: activePath.mtu, now: now)
        }
        let mtu = MTUDiscovery(
            peerLimit: remoteParameters?.maxDatagramSize ?? MTUDiscovery.minimumSize,
            localLimit: configuration.maximumDatagramSize)
        let controller = makeController(datagramSize: mtu.current)
        recovery.addPath(id, controller: controller, datagramSize: mtu.current)
        return Path(id: id, remote: address, mtu: mtu, now: now)
    }

    /// Below `RecoveryState.maximumPaths`, because there are at most `maximumPaths` others.
    private func unusedPathID() -> UInt8 {
        var id: UInt8 = 0
        while paths.contains(where: { $0.id == id }) { id += 1 }
        return id
    }

    private func makeController(datagramSize: Int) -> any CongestionController {
        switch configuration.congestion {
        case .cubic: Cubic(datagramSize: datagramSize)
        case .modelBased: ModelBased(datagramSize: datagramSize)
        }
    }

    /// Makes room for a new path: a failed one goes first, then one that never answered, so that
    /// packets from made-up addresses do not push out what works. If all others work, the one that
    /// was not heard for longest goes: the new address may be the only one that still leads to a
    /// peer that moved.
    private func dropWorstPath(now: Instant) {
        let spare = paths.filter { $0 !== activePath }
        let worst = [Path.State.failed, .unproven, .proven].lazy
            .compactMap { state in
                spare.filter { $0.state == state }.min { $0.lastHeard < $1.lastHeard }
            }.first
        guard let worst else { return }
        remove(worst, now: now)
    }

    private func remove(_ path: Path, now: Instant) {
        paths.removeAll { $0 === path }
        recovery.removePath(path.id)
        // Before another path gets the number: it has no part in these losses.
        settlePackets(now: now)
    }

    // MARK: Packets from somewhere

    /// The path that a packet came over. A new address is taken up only by the newest packet:
    /// otherwise an old one, replayed from elsewhere, could begin to divert the connection.
    func receivingPath(for address: SocketAddress, isNewest: Bool, now: Instant) -> Path? {
        if let activePath, activePath.remote == address { return activePath }
        if let path = paths.first(where: { $0.remote == address }) { return path }
        guard isNewest else { return nil }
        let path = path(to: address, now: now)
        path.beginChallenge(random.next(), now: now)
        return path
    }

    /// The newest packet came over `path`: the peer prefers it.
    func follow(_ path: Path, now: Instant) {
        guard let activePath, path !== activePath else { return }
        guard path.state == .proven else {
            if path.challenge == nil { path.beginChallenge(random.next(), now: now) }
            return
        }
        if isControlling {
            // Our own choice takes a round trip to reach the peer, which meanwhile uses its old
            // one.
            let patience = roundTrip * 2 + .milliseconds(50)
            guard now - activePath.lastHeard > patience else { return }
        }
        activate(path, now: now)
    }

    func handlePathResponse(_ bytes: UInt64, now: Instant) {
        guard let path = paths.first(where: { $0.responseReceived(bytes) }) else { return }
        if let sample = path.challengeSample(now: now) {
            recovery.takeFirstSample(sample, path: path.id, now: now)
        }
        guard let activePath else { return activate(path, now: now) }
        guard path !== activePath else { return }
        let isBetter = Path.isBetter(roundTrip(of: path), than: roundTrip)
        if isSilent || (isControlling && isBetter) { activate(path, now: now) }
    }

    /// The system will not send datagrams of this size: the interface on the way is narrower.
    func datagramRefused(size: Int, to address: SocketAddress, now: Instant) {
        guard let path = paths.first(where: { $0.remote == address }) else { return }
        path.mtu.tooLarge(size)
        datagramSizeMayHaveChanged(path)
        wake()
    }

    func activate(_ path: Path, now: Instant) {
        guard path !== activePath else { return }
        // What an unanswered path still holds is sent again at once on the new one.
        if let activePath, isSilent {
            recovery.abandonPackets(path: activePath.id)
            settlePackets(now: now)
        }
        activePath = path
        pacingDeadline = nil
        statistics.pathChanges += 1
        logger.debug("path \(path.id) to \(path.remote) carries the data")
        if state == .established { emit(.pathChanged(path.remote)) }
        wake()
    }

    // MARK: Looking for ways

    /// Challenges every address where the peer may be and that no path leads to yet.
    func probeKnownAddresses(now: Instant) {
        waitingAddresses = knownAddresses
        probeWaitingAddresses(now: now)
    }

    /// Challenges as many as there is room for; the others follow when a path has failed.
    private func probeWaitingAddresses(now: Instant) {
        while let address = waitingAddresses.first {
            let known = paths.first { $0.remote == address }
            if known == nil, paths.count >= Self.maximumPaths { break }
            waitingAddresses.removeFirst()
            let path = known ?? path(to: address, now: now)
            guard path !== activePath, path.challenge == nil, path.state != .proven else {
                continue
            }
            path.isOurChoice = true
            path.beginChallenge(random.next(), now: now)
        }
        wake()
    }

    /// Something of the peer arrived and was authentic.
    func heard(now: Instant) {
        lastHeard = now
        awaitingSince = nil
        guard isSilent else { return }
        isSilent = false
        rehandshakeAt = max(
            now, (sending?.createdAt ?? now) + configuration.rehandshakeInterval)
        // What was to be sent only to find the peer need not leave any more.
        pendingInitiations.removeAll()
        emit(.heard)
    }

    /// When silence begins if nothing is heard until then.
    var silenceDeadline: Instant? {
        guard !isSilent, let awaitingSince else { return nil }
        return awaitingSince + max(Self.shortestSilence, probeTimeout * 3)
    }

    /// Answers stopped. Takes another path if one is there, and looks for more.
    func fallSilent(now: Instant) {
        isSilent = true
        statistics.silences += 1
        emit(.silent)
        logger.debug("nothing heard for \(now - lastHeard)")
        for path in paths where path.challenge == nil {
            path.beginChallenge(random.next(), now: now)
        }
        probeKnownAddresses(now: now)
        let other = paths.filter { $0 !== activePath && $0.state == .proven }
            .max { $0.lastHeard < $1.lastHeard }
        if let other { activate(other, now: now) }
        rehandshakeAt = min(rehandshakeAt, now + Self.searchInterval)
    }

    /// Repeats challenges that were not answered, and keeps unused paths warm.
    func pathTimeouts(now: Instant) {
        for path in paths {
            if let due = path.challengeDue, due <= now, path.challengesSent >= Path.challengeLimit {
                path.challengeFailed()
            }
            guard path !== activePath, path.state == .proven, path.challenge == nil else {
                continue
            }
            if now - path.lastHeard >= configuration.keepAlive {
                path.beginChallenge(random.next(), now: now)
            }
        }
        let failed = paths.filter { $0.state == .failed && $0 !== activePath }
        for path in failed { remove(path, now: now) }
        if !failed.isEmpty { probeWaitingAddresses(now: now) }
        if paths.contains(where: { ($0.challengeDue ?? .distantFuture) <= now }) { wake() }
    }

    var pathDeadline: Instant? {
        var deadline = Instant.distantFuture
        for path in paths {
            if let due = path.challengeDue { deadline = min(deadline, due) }
            if path !== activePath, path.state == .proven, path.challenge == nil {
                deadline = min(deadline, path.lastHeard + configuration.keepAlive)
            }
        }
        return deadline == .distantFuture ? nil : deadline
    }
}
