// A data packet on its way out: what to send now, frames, seal, in this order.
extension Connection {
    /// After this many packets that need no ACK one gets a PING, so that the peer's acknowledgement
    /// lets us forget what we acknowledge.
    private static let longestUntrackedRun = 32

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
            !generation.isExhausted, let frame = closeFrame
        else { return false }
        closePending = false
        batch.begin(to: path.remote, ecn: 0)
        let packet = beginPacket(&batch, generation, size: MTUDiscovery.minimumSize, now: now)
        frame.write(into: &batch.writer)
        sentFrames.append(.close)
        endPacket(packet, &batch, generation, path, now: now)
        batch.segmentSize = batch.length
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
        guard let path = activePath, let generation = sending, !generation.isExhausted else {
            return false
        }
        let codepoint: UInt8 = configuration.usesECN && path.ecn != .broken ? 2 : 0
        var budget = min(recovery.burstBudget(path: path.id, now: now), path.sendAllowance)
        if pendingProbes == 0, let size = path.mtu.probeSize(now: now), budget >= size {
            writeMTUProbe(size, into: &batch, path, generation, now: now)
            return true
        }
        batch.begin(to: path.remote, ecn: codepoint)
        let size = path.mtu.current
        while batch.length + size <= batch.limit,
            batch.segmentCount < TransmitBatch.maximumSegments, !generation.isExhausted
        {
            let mayWriteData = hasData && budget >= size
            guard mayWriteData || pendingProbes > 0 || received.shouldAcknowledge(now: now) else {
                break
            }
            let length = writePacket(
                &batch, path, generation, size: size, withData: mayWriteData || pendingProbes > 0,
                now: now)
            batch.segmentSize = max(batch.segmentSize, length)
            budget -= length
            if length < size { break }
        }
        noteWhatStopsUs(path, size: size, budget: budget, now: now)
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

    /// Writes one packet of at most `size` bytes and returns its length.
    private func writePacket(
        _ batch: inout TransmitBatch, _ path: Path, _ generation: KeyGeneration, size: Int,
        withData: Bool, now: Instant
    ) -> Int {
        let packet = beginPacket(&batch, generation, size: size, now: now)
        if received.hasNews || received.shouldAcknowledge(now: now) {
            writeAcknowledgement(into: &batch.writer, now: now)
        }
        if withData {
            writeCandidates(into: &batch.writer)
            writeDatagrams(into: &batch.writer)
            streams.writeFrames(into: &batch.writer, record: &sentFrames, now: now)
        }
        let isBare = sentFrames.endIndex == packet.firstFrame
        let needsPing = pendingProbes > 0 || recovery.untrackedInARow >= Self.longestUntrackedRun
        if isBare || (needsPing && !hasACKEliciting(since: packet.firstFrame)) {
            batch.writer.writeVarint(ConnectionFrameType.ping)
            sentFrames.append(.ping)
        }
        pendingProbes = max(0, pendingProbes - 1)
        return endPacket(packet, &batch, generation, path, now: now)
    }

    private func writeAcknowledgement(into writer: inout ByteWriter, now: Instant) {
        guard let largest = received.numbers.max else { return }
        let delay = now - received.largestReceivedTime
        guard
            AckFrame.write(received.numbers, delay: delay, ecn: receivedECN, into: &writer)
        else { return }
        sentFrames.append(.ack(largest: largest))
        received.acknowledgementSent()
    }

    private func writeCandidates(into writer: inout ByteWriter) {
        guard candidatesPending, announcedCandidates.encodedLength <= writer.remaining else {
            return
        }
        announcedCandidates.write(into: &writer)
        sentFrames.append(.candidates(sequence: announcedCandidates.sequence))
        candidatesPending = false
    }

    private func writeDatagrams(into writer: inout ByteWriter) {
        while let datagram = outgoingDatagrams.first {
            let length = 1 + ByteWriter.varintLength(UInt64(datagram.count)) + datagram.count
            guard length <= writer.remaining else {
                // The path may have become narrower since the datagram was taken.
                if datagram.count > maximumDatagramPayload { outgoingDatagrams.removeFirst() }
                return
            }
            writer.writeVarint(ConnectionFrameType.datagramWithLength)
            writer.writeVarint(UInt64(datagram.count))
            writer.write(datagram)
            sentFrames.append(.datagram)
            outgoingDatagrams.removeFirst()
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
        sentFrames.append(.mtuProbe(size: UInt32(size)))
        batch.writer.writeZeros(batch.writer.remaining)
        endPacket(packet, &batch, generation, path, now: now)
        batch.segmentSize = size
        path.mtu.probeSent(size)
    }

    // MARK: One packet

    /// A packet that is being written.
    struct OpenPacket {
        let start: Int
        let number: UInt64
        let firstFrame: UInt64
        var isMTUProbe = false
    }

    func beginPacket(
        _ batch: inout TransmitBatch, _ generation: KeyGeneration, size: Int, now: Instant
    ) -> OpenPacket {
        if recovery.nextPacketNumber >= nextSkippedNumber {
            recovery.skipPacketNumber(now: now, nextFrame: sentFrames.endIndex)
            nextSkippedNumber = recovery.nextPacketNumber + 100 + random.next(below: 900)
        }
        let start = batch.length
        let number = recovery.nextPacketNumber
        batch.writer.reset(to: start, limit: start + size - PacketHeader.tagLength)
        PacketHeader.write(
            into: &batch.writer, keyPhase: generation.phase, destination: generation.remoteID,
            packetNumber: number)
        return OpenPacket(start: start, number: number, firstFrame: sentFrames.endIndex)
    }

    /// Seals the packet and notes it, unless `path` is nil: then its loss is of no interest.
    @discardableResult
    func endPacket(
        _ packet: OpenPacket, _ batch: inout TransmitBatch, _ generation: KeyGeneration,
        _ path: Path?, now: Instant
    ) -> Int {
        let end = batch.length
        let payload = packet.start + PacketHeader.length..<end
        batch.writer.reset(to: end, limit: TransmitBatch.capacity)
        generation.seal(
            &batch.writer.storage, header: packet.start..<payload.lowerBound, payload: payload,
            packetNumber: packet.number)
        batch.writer.advance(PacketHeader.tagLength)
        let size = batch.length - packet.start
        let isACKEliciting = path != nil && hasACKEliciting(since: packet.firstFrame)
        recovery.packetSent(
            SentPacket(
                sentTime: now, size: UInt32(size), pathID: path?.id ?? 0,
                isAckEliciting: isACKEliciting, isMTUProbe: packet.isMTUProbe,
                isECNMarked: batch.ecn != 0, firstFrame: packet.firstFrame,
                frameCount: UInt16(sentFrames.endIndex - packet.firstFrame)))
        if batch.ecn != 0 { ecnValidation.packetSent() }
        path?.datagramSent(bytes: size)
        statistics.packetsSent += 1
        statistics.bytesSent += UInt64(size)
        if isACKEliciting {
            lastSent = now
            // Whether another path answers says nothing about the one in use.
            if awaitingSince == nil, path === activePath { awaitingSince = now }
        }
        return size
    }

    private func hasACKEliciting(since firstFrame: UInt64) -> Bool {
        for index in firstFrame..<sentFrames.endIndex where sentFrames[index].isACKEliciting {
            return true
        }
        return false
    }
}
