// A data packet on its way in: header, replay window, tag, frames, effects, in this order.
extension Connection {
    /// Takes a data packet that names one of our connection IDs.
    ///
    /// It is opened in place. What does not authenticate is counted and dropped without an answer;
    /// what does authenticate and breaks the protocol ends the connection.
    func handlePacket(
        _ storage: inout ByteStorage, _ range: Range<Int>, header: PacketHeader,
        from address: SocketAddress, ecn: UInt8, now: Instant
    ) {
        guard let generation = generations.first(where: { $0.localID == header.destination }),
            let packet = OpenedPacket(
                &storage, range, header: header, generation: generation,
                replayWindow: replayWindow, sent: recovery.nextPacketNumber,
                retention: probeTimeout * 3, now: now)
        else {
            packetRefused()
            return
        }
        acceptPacket(storage, packet, from: address, ecn: ecn, now: now)
    }

    /// Takes a packet that was opened.
    func acceptPacket(
        _ storage: borrowing ByteStorage, _ packet: OpenedPacket, from address: SocketAddress,
        ecn: UInt8, now: Instant
    ) {
        guard pathPolicy.allows(address) else {
            statistics.packetsDropped += 1
            return
        }
        let isNewest = packet.number >= replayWindow.next
        replayWindow.insert(packet.number)
        statistics.packetsReceived += 1
        statistics.bytesReceived += UInt64(packet.bytes)
        receivedECN.count(ecn)
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
        path?.datagramReceived(bytes: packet.bytes, now: now)
        let endsSilence = heard(over: path, now: now)
        do throws(ConnectionError) {
            let contents = try handleFrames(storage.bytes(packet.frames), now: now)
            let roundTrip = roundTrip
            received.insert(
                packet.number, isACKEliciting: contents.isACKEliciting,
                maximumDelay: ackDelay(roundTrip: roundTrip), roundTrip: roundTrip, now: now)
            let isNewestProbe = contents.isProbing && packet.number >= nextProbeNumber
            if isNewestProbe { nextProbeNumber = packet.number + 1 }
            if state == .established, contents.hasPathFrames || path !== activePath {
                let arrival = Arrival(
                    address: address, bytes: packet.bytes, isNewest: isNewest,
                    isNewestProbe: isNewestProbe)
                pathFramesReceived(contents, arrival, now: now)
            }
        } catch {
            violate(error, now: now)
        }
        if endsSilence { prober.begin(openers: openers, now: now) }
        wake()
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

    private func packetRefused() {
        statistics.packetsDropped += 1
        failedOpenings += 1
        // The limit of forgeries for AES-GCM (RFC 9147 section 4.5.3), over all keys together.
        if failedOpenings >= 1 << 36 {
            finish(.violation(code: .keyExhausted, reason: "forgeries"))
        }
    }
}
