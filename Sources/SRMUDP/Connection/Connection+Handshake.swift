// How a connection gets its keys, the first time and again.
//
// Whoever wants keys sends an INITIATION to every address where the peer may be; the first RESPONSE
// decides. The very same exchange renews the Diffie-Hellman keys hourly, and finds a peer again
// that went silent: both sides name their instance, so an old connection is continued and a peer
// that lost its memory is recognised.
extension Connection {
    /// Two generations younger than this were made by both sides dialling at once.
    static let simultaneousWindow: Interval = .seconds(10)

    /// More sets of keys than this are not kept, however often the peer begins handshakes.
    static let maximumGenerations = 8
    /// So many IDs of ours are known at one time, those of past generations included.
    static let maximumClaims = 64

    /// Begins a handshake unless one is going on, and tries all addresses at once.
    func beginHandshake(now: Instant) {
        if handshake == nil {
            let id = ConnectionID.random(from: random)
            table.claim(id, for: self)
            handshake = InitiatorHandshake(
                pattern: target.pattern, localStatic: identity.keyPair,
                remoteStatic: target.publicKey, preSharedKey: target.preSharedKey,
                ticketID: target.ticketID, localConnectionID: id, instance: instance,
                resetToken: identity.statelessReset.token(for: id),
                parameters: TransportParameters(configuration),
                random: random)
            handshakeAttempts = 0
            initiationTimes = [:]
        }
        scheduleInitiations(now: now)
    }

    func handshakeTimeout(now: Instant) {
        handshakeDue = nil
        guard handshake != nil else { return }
        scheduleInitiations(now: now)
    }

    /// Tries once to reach the peer where an INITIATION of its own came from. It may have been
    /// replayed from anywhere, so nothing more goes there before the peer has answered.
    func tryAddress(_ address: SocketAddress, now: Instant) {
        guard !initiations.contains(address) else { return }
        scheduleInitiations(to: [address], now: now)
    }

    /// Nothing but openers goes to a new address at first, if openers are wanted.
    func scheduleInitiations(to addresses: [SocketAddress], now: Instant) {
        guard handshake != nil else { return }
        let addresses = addresses.filter { pathPolicy.allows($0) }
        initiations.schedule(
            addresses, openers: openers, opened: addresses.filter(isStranger),
            hasPeerJoined: hasPeerJoined, now: now)
        wake()
    }

    /// On a living connection the NATs on our side know of all addresses already.
    private func isStranger(_ address: SocketAddress) -> Bool {
        state == .dialing && initiationTimes[address] == nil && Openers.concern(address)
    }

    /// The peer has been told of the meeting, and its openers have left: what waited for that need
    /// not wait any more.
    package func peerJoined(now: Instant) {
        guard !hasPeerJoined else { return }
        hasPeerJoined = true
        let waiting = knownAddresses.filter { initiations.contains($0) && isStranger($0) }
        if !waiting.isEmpty { scheduleInitiations(to: waiting, now: now) }
    }

    /// Whether INITIATIONs go to this address, so that a RESPONSE from there proves that the peer
    /// receives what is sent to it.
    private func isAsked(_ address: SocketAddress) -> Bool {
        knownAddresses.contains(address)
            || paths.contains { $0.remote == address && $0.isTrusted }
    }

    private func scheduleInitiations(now: Instant) {
        var addresses = knownAddresses
        for path in paths where path.isTrusted && !addresses.contains(path.remote) {
            addresses.append(path.remote)
        }
        initiations.removeAll()
        scheduleInitiations(to: addresses, now: now)
        let end = max(now, initiations.end ?? now)
        hasNewCookie = false
        let waits = configuration.handshakeWaits
        let wait = waits[min(handshakeAttempts, waits.count - 1)]
        handshakeAttempts += 1
        let jitter = wait * (0.8 + 0.4 * Double(random.next(below: 1024)) / 1024)
        handshakeDue = end + jitter
        wake()
    }

    func handleCookie(_ datagram: [UInt8], now: Instant) {
        // One cookie a round of attempts: whoever sees our messages could send us more of them.
        guard !hasNewCookie, handshake?.handleCookie(datagram) == true else { return }
        // The peer is busy but there: answer at once, and do not count it as silence.
        scheduleInitiations(now: now)
        hasNewCookie = true
    }

    /// Takes what says that the peer speaks other versions than ours.
    func handleVersion(_ datagram: [UInt8]) {
        guard state == .dialing, let id = handshake?.localConnectionID,
            let versions = VersionMessage.open(datagram, initiator: id),
            !versions.contains(HandshakeFormat.version), versions != peerVersions
        else { return }
        peerVersions = versions
        logger.warning("the peer seems to speak other versions of the protocol: \(versions)")
    }

    func handleResponse(_ datagram: [UInt8], from address: SocketAddress, now: Instant) {
        guard pathPolicy.allows(address), let outcome = handshake?.handleResponse(datagram) else {
            counters.packetsDropped += 1
            return
        }
        handshake = nil
        handshakeDue = nil
        defer { initiations.removeAll() }
        if let remoteInstance, remoteInstance != outcome.remoteInstance, hasHeardPeer {
            finish(.peerRestarted)
            return
        }
        let parity = parity(peerInstance: outcome.remoteInstance)
        if isEstablished, parity != streams.parity {
            // Unheard, but not without streams: their numbers are the peer's now.
            finish(.peerRestarted)
            return
        }
        if let bytes = outcome.observedAddress, let observed = SocketAddress(encoded: bytes),
            observed.isDialable
        {
            observedAddress = observed
        }
        let generation = KeyGeneration(
            outcome, isPreferred: parity == .even, nextPacketNumber: recovery.nextPacketNumber,
            now: now)
        adopt(
            outcome, generation, from: address, isProven: isAsked(address),
            roundTrip: initiationTimes[address]?.sample(now: now), now: now)
        existingPath(to: address)?.datagramReceived(bytes: datagram.count, now: now)
        // The peer may not use its keys before it has heard us with them.
        pendingProbes = max(pendingProbes, 1)
    }

    private func parity(peerInstance: UInt64) -> StreamParity {
        target.parity(
            ownKey: identity.publicKey, instance: instance, peerInstance: peerInstance)
    }

    /// Whether the peer ever used keys that we share. If not, it may have forgotten its RESPONSE
    /// before our first packet reached it; nothing is lost by beginning with it anew.
    private var hasHeardPeer: Bool { counters.packetsReceived > 0 }

    /// Whether keys were agreed on after `instant`.
    func hasKeys(since instant: Instant) -> Bool {
        generations.contains { $0.createdAt > instant }
    }

    /// Whether a handshake of the peer that names `instance` continues this connection.
    func continues(instance: UInt64) -> Bool {
        switch state {
        case .dialing, .established: remoteInstance == nil || remoteInstance == instance
        case .closing, .draining, .closed: false
        }
    }

    /// Takes up the keys of a finished handshake: on the initiator when the RESPONSE came, on the
    /// responder when the first packet under them was opened.
    ///
    /// `isProven` says that the peer received something at `address` in this handshake. If not,
    /// somebody may have sent its packet on from there, and the path is challenged first.
    /// `roundTrip` is how long the handshake took, if that is known: the first sample of the path,
    /// without which the first data would leave at a crawl.
    func adopt(
        _ outcome: HandshakeOutcome, _ generation: KeyGeneration, from address: SocketAddress,
        isProven: Bool, roundTrip: Interval?, now: Instant
    ) {
        generations.append(generation)
        claim(outcome)
        counters.handshakes += 1
        remoteInstance = outcome.remoteInstance
        if remoteParameters == nil { remoteParameters = outcome.remoteParameters }
        select(generation, now: now)
        rehandshakeAt = now + configuration.rehandshakeInterval
        let path = pathPolicy.allows(address) ? path(to: address, now: now) : nil
        if let path { shakenHands(over: path, isProven: isProven, roundTrip: roundTrip, now: now) }
        let endsSilence = heard(over: path, now: now)
        if state == .dialing { establish(outcome, now: now) }
        if endsSilence { prober.begin(openers: openers, now: now) }
        wake()
    }

    private func shakenHands(
        over path: Path, isProven: Bool, roundTrip: Interval?, now: Instant
    ) {
        if isProven {
            path.markProven()
            path.confirmed(now: now)
            if let roundTrip { recovery.takeFirstSample(roundTrip, path: path.id, now: now) }
            if activePath == nil || isSilent { activate(path, now: now) }
        }
        // Whether it is better than the one in use shows when it carries a datagram of full size.
        let isCandidate = path !== activePath && !path.carriesFullSize
        if path.challenge == nil, isCandidate || path.state != .proven {
            path.beginChallenge(random.next(), now: now)
        }
    }

    /// Decides which generation seals from now on; the other one is kept for what is in flight.
    private func select(_ generation: KeyGeneration, now: Instant) {
        defer { wake() }
        guard let current = sending else {
            sending = generation
            return
        }
        let isSimultaneous = now - current.createdAt < Self.simultaneousWindow
        let keepsCurrent = isSimultaneous && current.isPreferred && !generation.isPreferred
        sending = keepsCurrent ? current : generation
        for other in generations where other !== sending && other.retiresAt == nil {
            other.retiresAt = now + max(probeTimeout * 3, Self.simultaneousWindow)
        }
        if generations.count > Self.maximumGenerations {
            // The oldest ones go first; a peer that wants keys all the time loses what is late.
            let surplus = generations.first { $0 !== sending }
            generations.removeAll { $0 === surplus }
        }
    }

    private func establish(_ outcome: HandshakeOutcome, now: Instant) {
        state = .established
        peerVersions = []
        lastSent = now
        recovery.maxAckDelay = outcome.remoteParameters.maxAckDelay
        streams.begin(
            parity: parity(peerInstance: outcome.remoteInstance),
            credit: InitialCredit(outcome.remoteParameters))
        logger.debug("dialing -> established")
        emit(.established)
        announceCandidates()
        for address in knownAddresses { prober.add(given: address, now: now) }
        beginFirstRound(now: now)
    }

    /// The openers went ahead of the handshake. Where it is too early for anything else it still is.
    private func beginFirstRound(now: Instant) {
        guard !initiations.hasOpeners else { return prober.begin(openers: openers, now: now) }
        prober.begin(openers: nil, now: now)
        for address in knownAddresses {
            guard let due = initiations.due(to: address), due > now else { continue }
            prober.hold(address, until: due)
        }
    }

    /// Forgets generations whose time is over.
    func retireGenerations(now: Instant) {
        generations.removeAll { generation in
            guard let retiresAt = generation.retiresAt else { return false }
            return retiresAt <= now && generation !== sending
        }
    }

    /// The IDs of old generations stay claimed for a while, so that a late packet is dropped and not
    /// answered by a reset; no packet is so late that dozens of handshakes came after it.
    private func claim(_ outcome: HandshakeOutcome) {
        table.claim(outcome.localConnectionID, for: self)
        table.claim(resetToken: outcome.remoteResetToken, for: self)
        claims.append((outcome.localConnectionID, outcome.remoteResetToken))
        guard claims.count > Self.maximumClaims else { return }
        let oldest = claims.removeFirst()
        table.release(oldest.id)
        table.release(resetToken: oldest.resetToken)
    }

    /// Renews the keys of the current generation when they have protected enough.
    func updateKeysIfDue(now: Instant) {
        guard let generation = sending else { return }
        let isDue =
            generation.keys.packetsSealed >= configuration.keyUpdatePackets
            || generation.keys.bytesSealed >= configuration.keyUpdateBytes
            || now - generation.keys.phaseStartedAt >= configuration.keyUpdateInterval
        guard isDue, let acknowledged = recovery.largestAcknowledged,
            acknowledged >= generation.keys.firstSentOfPhase, generation.keys.isConfirmed
        else { return }
        generation.keys.update(nextPacketNumber: recovery.nextPacketNumber, now: now)
        counters.keyUpdates += 1
        logger.debug("\(generation.localID): keys renewed, phase \(generation.keys.phase)")
    }
}

extension TransportParameters {
    init(_ configuration: ConnectionConfiguration) {
        self.init()
        initialMaxData = UInt64(configuration.streams.initialConnectionWindow)
        initialMaxStreamData = UInt64(configuration.streams.initialStreamWindow)
        initialMaxStreams = UInt64(configuration.streams.maximumPeerStreams)
        maxDatagramSize =
            configuration.largestReceivedDatagram ?? configuration.maximumDatagramSize
        maxAckDelay = configuration.maximumAckDelay
        idleHold = min(configuration.hold, .seconds(604_800))
        label = configuration.label
    }
}

extension InitialCredit {
    /// Before the handshake nothing may be sent.
    static var none: InitialCredit { InitialCredit(TransportParameters()) }

    init(_ parameters: TransportParameters) {
        self.init()
        data = parameters.initialMaxData
        streamData = parameters.initialMaxStreamData
        streams = parameters.initialMaxStreams
    }
}
