// A data packet on its way out: what to send now, frames, seal, in this order.
extension Connection {
    /// Fills `batch` with datagrams for one destination.
    func pollTransmit(into batch: inout TransmitBatch, now: Instant) -> TransmitOutcome {
        // Filling packets makes room in the streams.
        defer { queueStreamEvents() }
        switch state {
        case .closed, .draining: return .nothing
        case .dialing: return pollInitiation(into: &batch, now: now) ? .some : .nothing
        case .closing: return pollClose(into: &batch, now: now) ? .some : .nothing
        case .established:
            let hasFilled =
                pollInitiation(into: &batch, now: now) || pollPathFrames(into: &batch, now: now)
            return hasFilled ? .some : pollPackets(into: &batch, now: now)
        }
    }

    private func pollClose(into batch: inout TransmitBatch, now: Instant) -> Bool {
        guard closePending, let path = activePath, let generation = sending,
            !generation.keys.isExhausted, let frame = closeFrame
        else { return false }
        closePending = false
        batch.begin(to: path.remote, ecn: 0)
        let packet = beginPacket(&batch, generation, size: MTUDiscovery.minimumSize, now: now)
        frame.write(into: &batch.writer)
        outgoing.sentFrames.append(.close)
        endPacket(packet, &batch, generation, path, now: now)
        return true
    }

    private var closeFrame: CloseFrame? {
        switch error {
        case .closedLocally(let code, let reason), .violation(let code, let reason):
            CloseFrame(code: code, reason: reason)
        case .closedByPeer, .peerRestarted, .superseded, .timedOut, .abandoned, nil: nil
        }
    }

    // MARK: Data

    private func pollPackets(into batch: inout TransmitBatch, now: Instant) -> TransmitOutcome {
        guard let path = activePath, let generation = sending else { return .nothing }
        let probeSize = pendingProbes == 0 ? path.mtu.probeSize(now: now) : nil
        guard hasSomethingToSend(now: now) || probeSize != nil else {
            pacingDeadline = nil
            recovery.applicationLimited(path: path.id)
            return .nothing
        }
        updateKeysIfDue(now: now)
        guard !generation.keys.isExhausted else { return .nothing }
        if let probeSize,
            min(recovery.burstBudget(path: path.id, now: now), path.sendAllowance) >= probeSize
        {
            writeMTUProbe(probeSize, into: &batch, path, generation, now: now)
            return .some
        }
        let codepoint: UInt8 = configuration.usesECN && path.ecn != .broken ? 2 : 0
        batch.begin(to: path.remote, ecn: codepoint)
        return fill(&batch, path, generation, now: now)
    }

    private func fill(
        _ batch: inout TransmitBatch, _ path: Path, _ generation: KeyGeneration, now: Instant
    ) -> TransmitOutcome {
        var filling = OutgoingPackets.Filling(
            pathID: path.id, destination: generation.remoteID, size: path.mtu.current,
            ecn: receivedECN, now: now, budget: path.sendAllowance, probes: pendingProbes,
            candidates: candidatesPending ? announcedCandidates : nil)
        outgoing.fill(
            &batch, &filling, keys: &generation.keys, streams: &streams,
            datagrams: &outgoingDatagrams, received: &received)
        // A probe of the path's size had to stand back behind these.
        let hadProbes = pendingProbes > 0
        pendingProbes = filling.probes
        candidatesPending = filling.candidates != nil
        pacingDeadline = filling.pacingDeadline
        guard batch.length > 0 else { return .nothing }
        noteSent(batch, path, isACKEliciting: filling.isACKEliciting, now: now)
        return filling.isComplete && !hadProbes ? .last : .some
    }

    private func hasSomethingToSend(now: Instant) -> Bool {
        pendingProbes > 0 || candidatesPending || streams.hasDataToSend
            || !outgoingDatagrams.isEmpty || received.shouldAcknowledge(now: now)
    }

    private func writeMTUProbe(
        _ size: Int, into batch: inout TransmitBatch, _ path: Path, _ generation: KeyGeneration,
        now: Instant
    ) {
        batch.begin(to: path.remote, ecn: 0)
        var packet = beginPacket(&batch, generation, size: size, now: now)
        packet.isMTUProbe = true
        batch.writer.writeVarint(ConnectionFrameType.ping)
        outgoing.sentFrames.append(.mtuProbe(size: UInt32(size)))
        batch.writer.writeZeros(batch.writer.remaining)
        endPacket(packet, &batch, generation, path, now: now)
        path.mtu.probeSent(size)
    }

    // MARK: One packet

    func beginPacket(
        _ batch: inout TransmitBatch, _ generation: KeyGeneration, size: Int, now: Instant
    ) -> OutgoingPackets.OpenPacket {
        outgoing.begin(
            &batch, keys: generation.keys, to: generation.remoteID, size: size, now: now)
    }

    /// Seals a packet that is alone in its batch and notes it, unless `path` is nil: then its loss
    /// is of no interest.
    func endPacket(
        _ packet: OutgoingPackets.OpenPacket, _ batch: inout TransmitBatch,
        _ generation: KeyGeneration, _ path: Path?, now: Instant
    ) {
        let isACKEliciting = outgoing.end(
            packet, &batch, keys: &generation.keys, pathID: path?.id, now: now)
        batch.segmentSize = batch.length
        noteSent(batch, path, isACKEliciting: isACKEliciting, now: now)
    }

    /// Counts the packets of a batch.
    private func noteSent(
        _ batch: borrowing TransmitBatch, _ path: Path?, isACKEliciting: Bool, now: Instant
    ) {
        if batch.ecn != 0 { ecnValidation.packetsSent(batch.segmentCount) }
        path?.datagramSent(bytes: batch.length)
        counters.packetsSent += UInt64(batch.segmentCount)
        counters.bytesSent += UInt64(batch.length)
        guard isACKEliciting else { return }
        lastSent = now
        // Whether another path answers says nothing about the one in use.
        if awaitingSince == nil, path === activePath { awaitingSince = now }
    }
}

/// What a connection gave that was asked for datagrams.
enum TransmitOutcome {
    /// There was nothing to send.
    case nothing
    /// Datagrams, behind which there may be more.
    case some
    /// Datagrams, behind which nothing is left that may be sent now.
    case last
}
