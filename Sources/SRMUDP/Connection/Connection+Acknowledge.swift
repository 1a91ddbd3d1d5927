// What an ACK frame, or its absence, says about the packets in flight (RFC 9002).
extension Connection {
    /// Reads an ACK frame and applies it.
    /// - Returns: a violation if the frame acknowledges what was never sent.
    func handleAcknowledgement(
        _ reader: inout ByteReader, hasECN: Bool, now: Instant
    ) throws(WireError) -> ConnectionError? {
        guard let outcome = try outgoing.acknowledge(&reader, hasECN: hasECN, now: now) else {
            return .violation(
                code: .protocolViolation, reason: "an ACK for a packet that was never sent")
        }
        judgeECN(outcome, now: now)
        adaptStreams()
        settlePackets(now: now)
        return nil
    }

    /// Tells the streams what the path in use is like. On a slow one a bulk stream's turn must be
    /// short, or the others would feel it: what the path carries in two milliseconds, within
    /// reason.
    private func adaptStreams() {
        let path = activePath.flatMap { outgoing.recovery.path($0.id) }
        streams.roundTripTime = path?.rtt.smoothed ?? RTTEstimator.initialRTT
        guard let activePath, let rate = path?.controller.pacingRate else { return }
        let turn = Int(min(rate / 500, UInt64(BlockPool.blockSize)))
        streams.quantum = max(turn, activePath.mtu.current)
    }

    /// Learns whether the paths leave ECN marks alone; where they do, a growing count of congestion
    /// marks slows them as a loss would (RFC 9002 section 7.1).
    private func judgeECN(_ outcome: OutgoingPackets.AcknowledgementOutcome, now: Instant) {
        let marked = outcome.marked
        let verdict = ecnValidation.judge(
            newlyAcknowledged: marked.count, counts: outcome.counts, isNewest: outcome.isNewest)
        guard verdict != .silent else { return }
        for path in paths where path.ecn != .broken {
            // Counts that change without any mark acknowledged can only be about the usual path.
            let isMeant = marked.count == 0 ? path === activePath : marked.includes(path: path.id)
            guard isMeant else { continue }
            switch verdict {
            case .silent: break
            case .spoilt:
                path.ecn = .broken
                logger.debug("path \(path.id): ECN marks do not survive, none are set any more")
            case .intact(let hasCongestion):
                path.ecn = .capable
                guard hasCongestion else { continue }
                let sentTime = marked.newestSentTime ?? now
                recovery.ecnCongestion(path: path.id, sentTime: sentTime, now: now)
            }
        }
    }

    /// The recovery timer fired: packets are lost, or nothing came back for long.
    func lossTimeout(now: Instant) {
        while true {
            switch recovery.handleTimeout(now: now) {
            case .nothing:
                settlePackets(now: now)
                return
            case .lossesDetected:
                continue
            case .probe(let pathID, let count):
                probeTimedOut(pathID: pathID, count: count, now: now)
            }
        }
    }

    private func probeTimedOut(pathID: UInt8, count: Int, now: Instant) {
        guard let activePath, activePath.id == pathID else {
            // What is in flight on a path that is no longer used is sent again on the one that is.
            recovery.abandonPackets(path: pathID)
            return
        }
        // Some networks drop what is marked; only proof that they do not is worth the risk.
        if count > 1, activePath.ecn == .untested { activePath.ecn = .broken }
        _ = activePath.mtu.probeTimeoutFired(count: count, now: now)
        datagramSizeMayHaveChanged(activePath)
        // A probe that repeats the oldest bytes may also be the cure.
        if let oldest = recovery.oldestOutstanding(path: pathID),
            let packet = recovery.packet(oldest)
        {
            for index in packet.frames { frameLost(outgoing.sentFrames[index]) }
        }
        pendingProbes = count > 1 ? 1 : 2
        wake()
    }

    /// Tells everybody what became of the packets that recovery has decided on.
    func settlePackets(now: Instant) {
        outgoing.settleAcknowledged(streams: &streams, received: &received)
        let activeID = activePath?.id
        var isActivePathConfirmed = false
        // Of each path that packets arrived over, one at least is among these.
        for number in outgoing.notable {
            guard let packet = recovery.packet(number) else { continue }
            if packet.pathID == activeID { isActivePathConfirmed = true }
            packetAcknowledged(packet, number)
        }
        if isActivePathConfirmed { activePathConfirmed(now: now) }
        for number in recovery.newlyLost {
            guard let packet = recovery.packet(number) else { continue }
            packetLost(packet, number, now: now)
        }
        outgoing.removeSettled(now: now)
        queueStreamEvents()
    }

    private func path(_ id: UInt8) -> Path? {
        // Nearly always it is the one in use.
        if let activePath, activePath.id == id { return activePath }
        return paths.first { $0.id == id }
    }

    private func packetAcknowledged(_ packet: SentPacket, _ number: UInt64) {
        guard let path = path(packet.pathID) else { return }
        if packet.isMTUProbe {
            path.mtu.probeAcked(Int(packet.size))
            datagramSizeMayHaveChanged(path)
        } else {
            path.mtu.packetAcked(Int(packet.size), packetNumber: number)
        }
    }

    private func packetLost(_ packet: SentPacket, _ number: UInt64, now: Instant) {
        for index in packet.frames { frameLost(outgoing.sentFrames[index]) }
        wake()
        guard let path = path(packet.pathID) else { return }
        if packet.isMTUProbe {
            path.mtu.probeLost(Int(packet.size))
        } else {
            counters.packetsLost += 1
            _ = path.mtu.packetLost(Int(packet.size), packetNumber: number, now: now)
        }
        datagramSizeMayHaveChanged(path)
    }

    func datagramSizeMayHaveChanged(_ path: Path) {
        guard path.mtu.current != path.announcedDatagramSize else { return }
        logger.debug("path \(path.id): datagrams of \(path.mtu.current) bytes")
        path.announcedDatagramSize = path.mtu.current
        recovery.mtuChanged(path: path.id, datagramSize: path.mtu.current)
    }

    private func frameLost(_ frame: SentFrame) {
        switch frame {
        case .stream, .resetStream, .stopSending, .maxData, .maxStreamData, .maxStreams:
            streams.frameLost(frame)
        case .candidates(let sequence):
            if sequence == announcedCandidates.sequence { candidatesPending = true }
        // Challenges are repeated by their path, and the rest is not worth repeating.
        case .ack, .ping, .pathChallenge, .pathResponse, .mtuProbe, .datagram, .close: break
        }
    }
}

extension RecoveryState {
    /// The time that a handshake took is the first thing known of a path.
    mutating func takeFirstSample(_ roundTrip: Interval, path id: UInt8, now: Instant) {
        guard let path = path(id), !path.rtt.hasSample else { return }
        paths[Int(id)]?.rtt.update(sample: roundTrip, ackDelay: .zero, now: now)
    }

    /// Gives up all packets in flight on a path that is not used any more, without blaming it.
    mutating func abandonPackets(path id: UInt8) {
        for number in firstOutstanding..<packets.endIndex
        where packets[number].state == .outstanding && packets[number].pathID == id {
            packets[number].state = .lost
            packets[number].wasLost = true
            newlyLost.append(number)
        }
        paths[Int(id)]?.bytesInFlight = 0
        paths[Int(id)]?.packetsInFlight = 0
        advanceFirstOutstanding()
    }
}
