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
        guard let generation = generations.first(where: { $0.localID == header.destination }) else {
            statistics.packetsDropped += 1
            return
        }
        let number = PacketHeader.expand(
            header.truncatedPacketNumber, expected: replayWindow.next)
        let payload = range.lowerBound + PacketHeader.length..<range.upperBound
        guard replayWindow.accepts(number),
            generation.open(
                &storage, header: range.lowerBound..<payload.lowerBound, sealed: payload,
                phase: header.keyPhase, packetNumber: number, nextPacketNumber: recovery.nextPacketNumber,
                retention: probeTimeout * 3, now: now)
        else {
            packetRefused()
            return
        }
        let isNewest = number >= replayWindow.next
        replayWindow.insert(number)
        acceptPacket(
            storage, payload.lowerBound..<payload.upperBound - PacketHeader.tagLength,
            number: number, isNewest: isNewest, bytes: range.count, from: address, ecn: ecn,
            now: now)
    }

    private func acceptPacket(
        _ storage: borrowing ByteStorage, _ frames: Range<Int>, number: UInt64, isNewest: Bool,
        bytes: Int, from address: SocketAddress, ecn: UInt8, now: Instant
    ) {
        statistics.packetsReceived += 1
        statistics.bytesReceived += UInt64(bytes)
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
        let path = receivingPath(for: address, isNewest: isNewest, now: now)
        path?.datagramReceived(bytes: bytes, now: now)
        heard(now: now)
        do throws(ConnectionError) {
            let contents = try handleFrames(storage.bytes(frames), path: path, now: now)
            received.insert(
                number, isACKEliciting: contents.isACKEliciting, maximumDelay: ackDelay,
                roundTrip: roundTrip, now: now)
            if isNewest, !contents.isProbing, let path { follow(path, now: now) }
        } catch {
            violate(error, now: now)
        }
        wake()
    }

    /// What kinds of frames a packet held.
    struct PacketContents {
        /// The peer waits for an ACK of it.
        var isACKEliciting = false
        /// Nothing but path frames and padding: it does not say which path the peer prefers
        /// (RFC 9000 section 9.1).
        var isProbing = true
    }

    private func handleFrames(
        _ frames: RawSpan, path: Path?, now: Instant
    ) throws(ConnectionError) -> PacketContents {
        var reader = ByteReader(frames)
        var contents = PacketContents()
        guard !reader.isAtEnd else {
            throw .violation(code: .protocolViolation, reason: "a packet without frames")
        }
        while !reader.isAtEnd {
            do throws(WireError) {
                let type = try reader.readVarint()
                if type == ConnectionFrameType.padding { continue }
                contents.isACKEliciting =
                    contents.isACKEliciting || Self.isACKEliciting(type)
                let isPathFrame =
                    type == ConnectionFrameType.pathChallenge
                    || type == ConnectionFrameType.pathResponse
                contents.isProbing = contents.isProbing && isPathFrame
                let violation = try handleFrame(type, &reader, path: path, now: now)
                if let violation { return try refuse(violation) }
                guard state == .established else { return contents }
            } catch {
                throw .violation(
                    code: .protocolViolation, reason: "a frame that cannot be read (\(error))")
            }
        }
        return contents
    }

    private func refuse(_ error: ConnectionError) throws(ConnectionError) -> PacketContents {
        throw error
    }

    private static func isACKEliciting(_ type: UInt64) -> Bool {
        type != AckFrame.type && type != AckFrame.typeWithECN && type != ConnectionFrameType.close
    }

    /// Handles one frame whose type was read.
    /// - Returns: the violation in it, if the frame could be read but must not be obeyed.
    private func handleFrame(
        _ type: UInt64, _ reader: inout ByteReader, path: Path?, now: Instant
    ) throws(WireError) -> ConnectionError? {
        switch type {
        case ConnectionFrameType.ping:
            return nil
        case AckFrame.type, AckFrame.typeWithECN:
            return try handleAcknowledgement(
                &reader, hasECN: type == AckFrame.typeWithECN, now: now)
        case ConnectionFrameType.pathChallenge:
            // One answer a path is owed at a time; the newest challenge replaces the one before.
            path?.pendingResponse = try reader.readUInt64()
            return nil
        case ConnectionFrameType.pathResponse:
            handlePathResponse(try reader.readUInt64(), now: now)
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
        if streams.hasEvents { table.queueEvents(of: self) }
        guard let violation else { return nil }
        return .violation(code: violation.closeCode, reason: violation.description)
    }

    private func packetRefused() {
        statistics.packetsDropped += 1
        failedOpenings += 1
        // The limit of forgeries for AES-GCM (RFC 9147 section 4.5.3), over all keys together.
        if failedOpenings >= 1 << 36 { finish(.violation(code: .keyExhausted, reason: "forgeries")) }
    }
}
