// Challenges, their answers and openers on their way out.
extension Connection {
    func pollInitiation(into batch: inout TransmitBatch, now: Instant) -> Bool {
        guard let handshake, let entry = initiations.popDue(at: now) else { return false }
        if let hopLimit = entry.hopLimit {
            writeOpener(into: &batch, to: entry.address, hopLimit: hopLimit)
            return true
        }
        batch.set(handshake.initiation, to: entry.address)
        if initiationTimes[entry.address] == nil {
            initiationTimes[entry.address] = FirstRoundTrip(sentAt: now)
        } else {
            initiationTimes[entry.address]?.repeatMessage()
        }
        return true
    }

    private func writeOpener(
        into batch: inout TransmitBatch, to address: SocketAddress, hopLimit: UInt8
    ) {
        batch.set(Openers.datagram, to: address)
        batch.hopLimit = hopLimit
    }

    /// Challenges and their answers, each on the path it is about, at full size: a path that only
    /// carries small packets is no path.
    func pollPathFrames(into batch: inout TransmitBatch, now: Instant) -> Bool {
        guard let generation = sending else { return false }
        for path in paths {
            let isDue =
                path.challenge != nil && (path.challengeDue ?? .distantFuture) <= now
                && path.challengesSent < Path.challengeLimit
            guard isDue || path.pendingResponse != nil else { continue }
            guard !generation.keys.isExhausted else { return false }
            let size = min(MTUDiscovery.minimumSize, path.sendAllowance)
            guard size >= PacketHeader.overhead + 18 else {
                if isDue { path.challengeWasWithheld(probeTimeout: probeTimeout, now: now) }
                continue
            }
            let challenge = isDue ? path.challenge : nil
            let response = path.pendingResponse
            path.pendingResponse = nil
            if isDue {
                path.challengeWasSent(bytes: size, probeTimeout: probeTimeout, now: now)
            }
            writePathFrames(
                into: &batch, to: path.remote, challenge: challenge, response: response, size: size,
                generation, path, now: now)
            return true
        }
        return pollProber(into: &batch, generation, now: now)
    }

    private func pollProber(
        into batch: inout TransmitBatch, _ generation: KeyGeneration, now: Instant
    ) -> Bool {
        // Nearly always there is nothing to do.
        if guesser != nil, pollGuesser(into: &batch, now: now) { return true }
        guard prober.deadline <= now, !generation.keys.isExhausted else { return false }
        let taken = paths.map(\.remote)
        let policy = pathPolicy
        let output = prober.next(random: random, now: now) { address in
            taken.contains(address) || !policy.allows(address)
        }
        switch output {
        case nil: return false
        case .opener(let address, let hopLimit):
            writeOpener(into: &batch, to: address, hopLimit: hopLimit)
        case .probe(let address, let challenge, let response, let size):
            writePathFrames(
                into: &batch, to: address, challenge: challenge, response: response, size: size,
                generation, nil, now: now)
        }
        return true
    }

    private func pollGuesser(into batch: inout TransmitBatch, now: Instant) -> Bool {
        if prober.hasDirectPath || guesser?.isOver == true { guesser = nil }
        guard let address = guesser?.next(now: now) else { return false }
        writeOpener(into: &batch, to: address, hopLimit: 0)
        return true
    }

    /// Without a path the packet is in no account: nothing is concluded from its loss.
    private func writePathFrames(
        into batch: inout TransmitBatch, to address: SocketAddress, challenge: UInt64?,
        response: UInt64?, size: Int, _ generation: KeyGeneration, _ path: Path?, now: Instant
    ) {
        batch.begin(to: address, ecn: 0)
        let packet = beginPacket(&batch, generation, size: size, now: now)
        if let response {
            batch.writer.writeVarint(ConnectionFrameType.pathResponse)
            batch.writer.write(response)
            outgoing.sentFrames.append(.pathResponse(response))
        }
        if let challenge {
            batch.writer.writeVarint(ConnectionFrameType.pathChallenge)
            batch.writer.write(challenge)
            outgoing.sentFrames.append(.pathChallenge(challenge))
        }
        batch.writer.writeZeros(batch.writer.remaining)
        endPacket(packet, &batch, generation, path, now: now)
    }
}
