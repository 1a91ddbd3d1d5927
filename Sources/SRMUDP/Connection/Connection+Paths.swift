// The table of paths: which there are, and how they are kept.
//
// A path may carry data when a challenge came back over it. Which one does is decided in
// Connection+PathChoice; new ones are looked for by the `PathProber`, see Connection+Probing.
extension Connection {
    static let maximumPaths = 6
    /// Between near neighbours an answer usually takes the ACK along; it is worth waiting for.
    static let shortestACKDelay: Interval = .milliseconds(5)
    /// A path that would be better than the one in use is asked this often.
    private static let refreshInterval: Interval = .seconds(2)

    var roundTrip: Interval { roundTrip(of: activePath) }

    func roundTrip(of path: Path?) -> Interval {
        path.flatMap { outgoing.recovery.path($0.id)?.rtt.smoothed } ?? RTTEstimator.initialRTT
    }

    func quality(of path: Path) -> PathQuality {
        PathQuality(kind: path.kind, roundTrip: roundTrip(of: path))
    }

    /// The probe timeout without backoff, on the path in use.
    var probeTimeout: Interval {
        outgoing.recovery.probeTimeout(path: activePath?.id)
    }

    /// How long an ACK may wait: a fraction of the round trip, within what we promised.
    func ackDelay(roundTrip: Interval) -> Interval {
        min(configuration.maximumAckDelay, max(roundTrip / 4, Self.shortestACKDelay))
    }

    func existingPath(to address: SocketAddress) -> Path? {
        if let activePath, activePath.remote == address { return activePath }
        return paths.first { $0.remote == address }
    }

    /// Whether datagrams of this connection may come from there, as far as is known.
    func uses(_ address: SocketAddress) -> Bool {
        isAlive && pathPolicy.allows(address)
            && (knownAddresses.contains(address) || existingPath(to: address) != nil)
    }

    func path(to address: SocketAddress, now: Instant) -> Path {
        if let path = existingPath(to: address) { return path }
        if paths.count >= Self.maximumPaths { dropWorstPath(now: now) }
        let path = makePath(to: address, now: now)
        paths.append(path)
        return path
    }

    /// A change of the port alone is a NAT that forgot us: the line behind it is the same, and so
    /// is what was measured on it (RFC 9000 section 9.4). Two links have nothing in common.
    private func makePath(to address: SocketAddress, now: Instant) -> Path {
        let id = unusedPathID()
        if let activePath, activePath.remote.ip == address.ip, !address.ip.isLink,
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
    /// peer that moved. The last relay that works stays in any case.
    private func dropWorstPath(now: Instant) {
        let relays = paths.filter { $0.kind != .direct && $0.state == .proven }
        let spare = paths.filter { path in
            path !== activePath && !(relays.count == 1 && path === relays[0])
        }
        let worst = [Path.State.failed, .unproven, .proven].lazy
            .compactMap { state in
                spare.filter { $0.state == state }.min { $0.lastHeard < $1.lastHeard }
            }.first
        guard let worst else { return }
        remove(worst, now: now)
    }

    func remove(_ path: Path, now: Instant) {
        paths.removeAll { $0 === path }
        recovery.removePath(path.id)
        // Before another path gets the number: it has no part in these losses.
        settlePackets(now: now)
    }

    /// The system will not send datagrams of this size: the interface on the way is narrower.
    func datagramRefused(size: Int, to address: SocketAddress, now: Instant) {
        guard let path = paths.first(where: { $0.remote == address }) else { return }
        path.mtu.tooLarge(size)
        datagramSizeMayHaveChanged(path)
        wake()
    }

    // MARK: Time

    /// Repeats challenges that were not answered, and keeps unused paths warm.
    func pathTimeouts(now: Instant) {
        for path in paths {
            if let due = path.challengeDue, due <= now, path.challengesSent >= Path.challengeLimit {
                path.challengeFailed()
            }
            if let due = refreshDue(path), due <= now {
                path.beginChallenge(random.next(), now: now)
            }
        }
        for path in paths where path.state == .failed && path !== activePath {
            remove(path, now: now)
        }
        let isDue = paths.contains { ($0.challengeDue ?? .distantFuture) <= now }
        if isDue || prober.deadline <= now || guesser.map({ $0.due <= now }) ?? false { wake() }
    }

    var pathDeadline: Instant? {
        var deadline = min(prober.deadline, guesser?.due ?? .distantFuture)
        for path in paths {
            if let due = path.challengeDue { deadline = min(deadline, due) }
            if let due = refreshDue(path) { deadline = min(deadline, due) }
        }
        return deadline == .distantFuture ? nil : deadline
    }

    /// When a proven path that is not in use is to be challenged; nil if it is not, or is already.
    private func refreshDue(_ path: Path) -> Instant? {
        guard path !== activePath, path.state == .proven, path.challenge == nil,
            pathPolicy.allows(path.kind)
        else { return nil }
        let regular = path.lastHeard + configuration.keepAlive
        guard isControlling, let activePath, path.kind < activePath.kind else { return regular }
        // It is kept out only by what must pass first.
        let last = path.challengeSentAt.map { $0 + Self.refreshInterval } ?? path.lastHeard
        return min(regular, max(last, setbacks.restEnd(of: path.remote) ?? last))
    }
}
