// A data packet on its way out: what to send now, frames, seal, in this order.
extension Connection {
    /// Fills `batch` with datagrams for one destination.
    /// - Returns: false if nothing is to be sent now.
    func pollTransmit(into batch: inout TransmitBatch, now: Instant) -> Bool {
        // Filling packets makes room in the streams.
        defer { queueStreamEvents() }
        return switch state {
        case .closed, .draining: false
        case .dialing: pollInitiation(into: &batch, now: now)
        case .closing: pollClose(into: &batch, now: now)
        case .established:
            pollInitiation(into: &batch, now: now) || pollPathFrames(into: &batch, now: now)
                || pollPackets(into: &batch, now: now)
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

    private func pollPackets(into batch: inout TransmitBatch, now: Instant) -> Bool {
        updateKeysIfDue(now: now)
        guard let path = activePath, let generation = sending, !generation.keys.isExhausted else {
            return false
        }
        let codepoint: UInt8 = configuration.usesECN && path.ecn != .broken ? 2 : 0
        let budget = min(recovery.burstBudget(path: path.id, now: now), path.sendAllowance)
        if pendingProbes == 0, let size = path.mtu.probeSize(now: now), budget >= size {
            writeMTUProbe(size, into: &batch, path, generation, now: now)
            return true
        }
        batch.begin(to: path.remote, ecn: codepoint)
        let size = path.mtu.current
        var filling = OutgoingPackets.Filling(
            pathID: path.id, destination: generation.remoteID, size: size, ecn: receivedECN,
            now: now, budget: budget, probes: pendingProbes,
            candidates: candidatesPending ? announcedCandidates : nil)
        outgoing.fill(
            &batch, &filling, keys: &generation.keys, streams: &streams,
            datagrams: &outgoingDatagrams, received: &received)
        pendingProbes = filling.probes
        candidatesPending = filling.candidates != nil
        if batch.length > 0 {
            noteSent(batch, path, isACKEliciting: filling.isACKEliciting, now: now)
        }
        noteWhatStopsUs(path, size: size, budget: filling.budget, now: now)
        return batch.length > 0
    }

    private var hasData: Bool {
        streams.hasDataToSend || !outgoingDatagrams.isEmpty || candidatesPending
    }

    /// Sets the timer that continues, if it is the pace that stops us; the window needs none.
    private func noteWhatStopsUs(_ path: Path, size: Int, budget: Int, now: Instant) {
        pacingDeadline = nil
        guard hasData else {
            recovery.applicationLimited(path: path.id)
            return
        }
        if budget < size, recovery.sendAllowance(path: path.id) >= size {
            pacingDeadline = recovery.pacingDelay(path: path.id, bytes: size, now: now)
        }
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
