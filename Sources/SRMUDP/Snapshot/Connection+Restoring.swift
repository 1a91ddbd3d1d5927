// A connection that another process began and that goes on here.
extension Endpoint {
    /// Goes on with a connection of the process before.
    ///
    /// It is established at once. All that its streams have to tell comes as events again: what can
    /// be read, and that there is room to write. Without a path that still works it looks for one as
    /// after an outage.
    ///
    /// - Parameter target: the peer of the snapshot; its addresses are added to the known ones.
    /// - Returns: nil if the target is another peer, or there is a connection of this instance.
    package func restore(
        _ snapshot: ConnectionSnapshot, target: PeerTarget, now: Instant
    ) -> Connection? {
        guard target.publicKey == snapshot.peer,
            !connections.contains(where: { $0.instance == snapshot.instance })
        else { return nil }
        resetsFrom = now + Self.timeWithoutResets
        let connection = Connection(restoring: snapshot, target: target, shared: shared, now: now)
        shared.table.insert(connection)
        connection.claimRestored(snapshot, now: now)
        return connection
    }
}

extension Connection {
    fileprivate convenience init(
        restoring snapshot: ConnectionSnapshot, target: PeerTarget, shared: EndpointShared,
        now: Instant
    ) {
        self.init(
            target: target, state: .established, instance: snapshot.instance, shared: shared,
            now: now)
        remoteInstance = snapshot.remoteInstance
        remoteParameters = snapshot.remoteParameters
        observedAddress = snapshot.observedAddress
        pathPolicy = snapshot.pathPolicy
        generations = snapshot.generations.map { KeyGeneration(restoring: $0) }
        sending = generations[snapshot.sending]
        claims = snapshot.claims
        counters = snapshot.statistics
        lastHeard = min(snapshot.lastHeard, now)
        restorePackets(snapshot.packets, now: now)
        streams = StreamSet(
            restoring: snapshot.streams, pool: shared.pool, limits: configuration.streams)
        restoreCandidates(snapshot, now: now)
        for path in snapshot.paths where pathPolicy.allows(path.remote) { restore(path, now: now) }
    }

    private func restorePackets(_ packets: PacketNumbersSnapshot, now: Instant) {
        outgoing = OutgoingPackets(
            maximumAckDelay: remoteParameters?.maxAckDelay ?? configuration.maximumAckDelay,
            random: random,
            firstPacketNumber: packets.next + ConnectionSnapshot.packetNumberGap)
        replayWindow = ReplayWindow(next: packets.nextExpected)
        received = ReceivedPacketNumbers(
            restoring: packets.received, largestReceivedTime: min(packets.largestReceivedTime, now))
        receivedECN = packets.receivedECN
        ecnValidation = ECNValidation(sentCount: packets.ecnSentCount, known: packets.ecnKnown)
        nextProbeNumber = packets.nextProbe
    }

    private func restoreCandidates(_ snapshot: ConnectionSnapshot, now: Instant) {
        localCandidates = snapshot.announcedCandidates
        announcedCandidates = CandidatesFrame(
            sequence: snapshot.announcedSequence, candidates: snapshot.announcedCandidates)
        // The peer may not have heard of them yet.
        candidatesPending = snapshot.announcedSequence > 0
        remoteCandidates = snapshot.remoteCandidates
        remoteCandidatesSequence = snapshot.remoteCandidatesSequence
        for address in knownAddresses { prober.add(given: address, now: now) }
        for address in snapshot.knownAddresses { remember(address, now: now) }
        prober.use(remoteCandidates.filter { $0.kind != .anyPort }, now: now)
    }

    private func restore(_ snapshot: PathSnapshot, now: Instant) {
        let path = path(to: snapshot.remote, now: now)
        path.isOurChoice = snapshot.isOurChoice
        path.markProven(carriesFullSize: snapshot.carriesFullSize)
        if snapshot.isECNBroken { path.ecn = .broken }
        if let roundTrip = snapshot.roundTrip {
            recovery.takeFirstSample(roundTrip, path: path.id, now: now)
        }
        guard activePath == nil else { return }
        activePath = path
        prober.hasDirectPath = path.kind == .direct
    }

    /// Takes the IDs up that the peer knows, and says where we are.
    fileprivate func claimRestored(_ snapshot: ConnectionSnapshot, now: Instant) {
        for claim in snapshot.claims {
            table.claim(claim.id, for: self)
            table.claim(resetToken: claim.resetToken, for: self)
        }
        for generation in generations { table.claim(generation.localID, for: self) }
        for id in snapshot.unconfirmedIDs { table.claim(id, for: self) }
        let renewal = (sending?.createdAt ?? now) + configuration.rehandshakeInterval
        rehandshakeAt = max(now, renewal)
        streams.roundTripTime = roundTrip
        // An answer shows that the path still works, and that the peer has lost nothing.
        pendingProbes = 1
        if activePath == nil { fallSilent(now: now) }
        wake()
    }
}
