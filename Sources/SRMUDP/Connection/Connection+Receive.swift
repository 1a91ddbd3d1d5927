// A data packet on its way in: header, replay window, tag, frames, effects, in this order.
extension Connection {
    /// Takes a run of data packets of `segmentSize` bytes, the last of which may be shorter, up to
    /// the first that does not name the same connection ID as the one at the beginning.
    ///
    /// They are opened in place. What does not authenticate is counted and dropped without an
    /// answer; what does authenticate and breaks the protocol ends the connection.
    /// - Returns: where the run ended.
    func handlePackets(
        _ storage: inout ByteStorage, _ range: Range<Int>, segmentSize: Int, header: PacketHeader,
        from address: SocketAddress, ecn: UInt8, now: Instant
    ) -> Int {
        let firstEnd = min(range.lowerBound + segmentSize, range.upperBound)
        guard pathPolicy.allows(address) else {
            counters.packetsDropped += 1
            return firstEnd
        }
        // Without a path they are taken one by one, because each may make one.
        let range = existingPath(to: address) == nil ? range.lowerBound..<firstEnd : range
        let (sent, retention) = (outgoing.recovery.nextPacketNumber, probeTimeout * 3)
        var run = ReceivedRun(range, segmentSize: segmentSize, first: header)
        swap(&run.packets, &table.spareRun)
        if let generation = generations.first(where: { $0.localID == header.destination }) {
            run.open(
                &storage, keys: &generation.keys, replayWindow: &replayWindow, sent: sent,
                retention: retention, now: now)
        } else {
            run.skipFirst()
        }
        if run.refusedCount > 0 { packetsRefused(run.refusedCount) }
        if !run.packets.isEmpty {
            acceptPackets(storage, &run.packets, from: address, ecn: ecn, now: now)
        }
        run.packets.removeAll(keepingCapacity: true)
        swap(&run.packets, &table.spareRun)
        return run.end
    }

    /// Takes the packet that was opened while its keys waited for it.
    func acceptPacket(
        _ storage: borrowing ByteStorage, _ packet: OpenedPacket, from address: SocketAddress,
        ecn: UInt8, now: Instant
    ) {
        guard pathPolicy.allows(address) else {
            counters.packetsDropped += 1
            return
        }
        var packets = [packet]
        packets[0].isNewest = replayWindow.insert(packet.number)
        acceptPackets(storage, &packets, from: address, ecn: ecn, now: now)
    }

    /// Takes packets that were opened, and counted by the replay window, in one datagram or
    /// several that came together.
    private func acceptPackets(
        _ storage: borrowing ByteStorage, _ packets: inout [OpenedPacket],
        from address: SocketAddress, ecn: UInt8, now: Instant
    ) {
        let bytes = packets.reduce(0) { $0 + $1.bytes }
        counters.packetsReceived += UInt64(packets.count)
        counters.bytesReceived += UInt64(bytes)
        receivedECN.count(ecn, packets: packets.count)
        switch state {
        case .established: break
        case .closing:
            // The peer has not heard of the end yet.
            closePending = true
            wake()
            return
        case .dialing, .draining, .closed: return
        }
        let path = existingPath(to: address)
        path?.datagramReceived(bytes: bytes, now: now)
        let endsSilence = heard(over: path, now: now)
        handle(storage, &packets, from: address, path: path, now: now)
        if endsSilence { prober.begin(openers: openers, now: now) }
        wake()
    }

    private func handle(
        _ storage: borrowing ByteStorage, _ packets: inout [OpenedPacket],
        from address: SocketAddress, path: Path?, now: Instant
    ) {
        var handledCount = 0
        do throws(ConnectionError) {
            while handledCount < packets.count, state == .established {
                let contents = try handleFrames(
                    storage.bytes(packets[handledCount].frames), now: now)
                packets[handledCount].isACKEliciting = contents.isACKEliciting
                judgePath(contents, packets[handledCount], from: address, path: path, now: now)
                handledCount += 1
            }
        } catch {
            violate(error, now: now)
        }
        let roundTrip = roundTrip
        received.insert(
            packets[..<handledCount], maximumDelay: ackDelay(roundTrip: roundTrip),
            roundTrip: roundTrip, now: now)
    }

    /// Learns from a packet about paths, if it has path frames or did not take the path in use.
    private func judgePath(
        _ contents: PacketContents, _ packet: OpenedPacket, from address: SocketAddress,
        path: Path?, now: Instant
    ) {
        let isNewestProbe = contents.isProbing && packet.number >= nextProbeNumber
        if isNewestProbe { nextProbeNumber = packet.number + 1 }
        guard state == .established, contents.hasPathFrames || path !== activePath else { return }
        let arrival = Arrival(
            address: address, bytes: packet.bytes, isNewest: packet.isNewest,
            isNewestProbe: isNewestProbe)
        pathFramesReceived(contents, arrival, now: now)
    }

    /// What kinds of frames a packet held.
    struct PacketContents {
        /// The peer waits for an ACK of it.
        var isACKEliciting = false
        /// Nothing but path frames and padding: it does not say which path the peer prefers
        /// (RFC 9000 section 9.1).
        var isProbing = true
        /// The last PATH_CHALLENGE and the last PATH_RESPONSE.
        var challenge: UInt64?
        var response: UInt64?

        var hasPathFrames: Bool { challenge != nil || response != nil }

        /// Reads a path frame; false if `type` is none.
        mutating func readPathFrame(
            _ type: UInt64, _ reader: inout ByteReader
        ) throws(WireError) -> Bool {
            switch type {
            case ConnectionFrameType.pathChallenge: challenge = try reader.readUInt64()
            case ConnectionFrameType.pathResponse: response = try reader.readUInt64()
            default: return false
            }
            return true
        }
    }

    private func handleFrames(
        _ frames: RawSpan, now: Instant
    ) throws(ConnectionError) -> PacketContents {
        var reader = ByteReader(frames)
        var contents = PacketContents()
        guard !reader.isAtEnd else {
            throw .violation(code: .protocolViolation, reason: "a packet without frames")
        }
        while !reader.isAtEnd {
            var violation: ConnectionError?
            do throws(WireError) {
                let type = try reader.readVarint()
                if type == ConnectionFrameType.padding { continue }
                contents.isACKEliciting =
                    contents.isACKEliciting || Self.isACKEliciting(type)
                if try contents.readPathFrame(type, &reader) { continue }
                contents.isProbing = false
                violation = try handleFrame(type, &reader, now: now)
                guard state == .established else { return contents }
            } catch {
                throw .violation(
                    code: .protocolViolation, reason: "a frame that cannot be read (\(error))")
            }
            if let violation { throw violation }
        }
        return contents
    }

    private static func isACKEliciting(_ type: UInt64) -> Bool {
        type != AckFrame.type && type != AckFrame.typeWithECN && type != ConnectionFrameType.close
    }

    /// Handles one frame whose type was read.
    /// - Returns: the violation in it, if the frame could be read but must not be obeyed.
    private func handleFrame(
        _ type: UInt64, _ reader: inout ByteReader, now: Instant
    ) throws(WireError) -> ConnectionError? {
        switch type {
        case ConnectionFrameType.ping:
            return nil
        case AckFrame.type, AckFrame.typeWithECN:
            return try handleAcknowledgement(
                &reader, hasECN: type == AckFrame.typeWithECN, now: now)
        case ConnectionFrameType.candidates:
            candidatesReceived(try CandidatesFrame(&reader), now: now)
            return nil
        case ConnectionFrameType.close:
            let frame = try CloseFrame(&reader)
            state = .draining(until: now + probeTimeout * 3)
            settle(.closedByPeer(code: frame.code, reason: frame.reason))
            return nil
        case ConnectionFrameType.datagram:
            emit(.datagram(try reader.readArray(reader.remaining)))
            return nil
        case ConnectionFrameType.datagramWithLength:
            let length = try reader.readVarint()
            guard length <= UInt64(reader.remaining) else { throw .truncated }
            emit(.datagram(try reader.readArray(Int(length))))
            return nil
        default:
            return try handleStreamFrame(type, &reader, now: now)
        }
    }

    private func handleStreamFrame(
        _ type: UInt64, _ reader: inout ByteReader, now: Instant
    ) throws(WireError) -> ConnectionError? {
        let violation = try streams.handleFrame(type, &reader, now: now)
        return violation.map {
            .violation(code: CloseCode($0), reason: "a stream was misused (\($0))")
        }
    }

    private func packetsRefused(_ count: Int) {
        counters.packetsDropped += UInt64(count)
        failedOpenings += UInt64(count)
        // The limit of forgeries for AES-GCM (RFC 9147 section 4.5.3), over all keys together.
        if failedOpenings >= 1 << 36 {
            finish(.violation(code: .keyExhausted, reason: "forgeries"))
        }
    }
}
