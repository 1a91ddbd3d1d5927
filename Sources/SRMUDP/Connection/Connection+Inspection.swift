// Doors for tests: to bring about what else takes an hour, and to see what must stay bounded.
extension Connection {
    /// How many of everything that a peer or a stranger can make grow there are (I10).
    package struct Footprint: Equatable, Sendable {
        package var generations: Int
        package var paths: Int
        package var knownAddresses: Int
        package var streams: Int
        /// Received bytes that wait for the application.
        package var heldBytes: Int
        package var acknowledgementRanges: Int
        package var queuedDatagrams: Int
        package var bytesInFlight: Int
    }

    package var footprint: Footprint {
        Footprint(
            generations: generations.count, paths: paths.count,
            knownAddresses: knownAddresses.count, streams: streams.count,
            heldBytes: streams.heldCount, acknowledgementRanges: received.numbers.count,
            queuedDatagrams: outgoingDatagrams.count,
            bytesInFlight: activePath.flatMap { recovery.path($0.id)?.bytesInFlight } ?? 0)
    }

    /// What the connection waits for, each with its deadline, for messages of failed tests.
    package var deadlines: String {
        let all: [(String, Instant?)] = [
            ("hold", lastHeard + configuration.hold),
            ("keep-alive", lastSent + configuration.keepAlive),
            ("rehandshake", rehandshakeAt), ("handshake", handshakeDue), ("pacing", pacingDeadline),
            ("ACK", received.deadline), ("recovery", recovery.nextTimeout),
            ("silence", silenceDeadline), ("path", pathDeadline),
            ("retirement", generations.compactMap(\.retiresAt).min()),
        ]
        let known = all.compactMap { name, deadline in deadline.map { "\(name) \($0.nanoseconds)" }
        }
        return "\(known.joined(separator: ", ")); probes \(pendingProbes)"
    }

    /// The last sample of the round trip on the path in use.
    package var latestRoundTrip: Interval {
        guard let activePath, let path = recovery.path(activePath.id), path.rtt.hasSample else {
            return roundTrip
        }
        return path.rtt.latest
    }

    /// The shortest round trip on the path in use; nil before there is a sample.
    package var minimumRoundTrip: Interval? {
        guard let activePath, let path = recovery.path(activePath.id), path.rtt.hasSample else {
            return nil
        }
        return path.rtt.minimum
    }

    /// Has the peer answer at once.
    package func ping(now: Instant) {
        guard state == .established else { return }
        pendingProbes = max(pendingProbes, 1)
        wake()
    }

    /// Whether the connection is with the peer's process of this instance, or may become so.
    package func isPart(ofInstance instance: UInt64) -> Bool { continues(instance: instance) }

    /// Renews the sealing keys by the ratchet as soon as that is allowed.
    package func renewKeys(now: Instant) {
        guard let generation = sending, generation.keys.isConfirmed,
            let acknowledged = recovery.largestAcknowledged,
            acknowledged >= generation.keys.firstSentOfPhase
        else { return }
        generation.keys.update(nextPacketNumber: recovery.nextPacketNumber, now: now)
        counters.keyUpdates += 1
        wake()
    }

    /// Begins a handshake on the living connection, as it is done hourly.
    package func renewHandshake(now: Instant) {
        guard state == .established else { return }
        beginHandshake(now: now)
    }

    /// The packet number from which on everything is new to this side.
    package var nextExpectedPacketNumber: UInt64 { replayWindow.next }

    /// A packet with these frames as a peer that breaks the rules could send it; nil before there
    /// are keys. The connection itself knows nothing of it and is of no use afterwards.
    package func sealPacket(frames: [UInt8], number: UInt64) -> [UInt8]? {
        guard let generation = sending else { return nil }
        var writer = ByteWriter(capacity: frames.count + PacketHeader.overhead)
        PacketHeader.write(
            into: &writer, keyPhase: generation.keys.phase, destination: generation.remoteID,
            packetNumber: number)
        let payload = writer.position..<writer.position + frames.count
        writer.write(frames)
        generation.keys.seal(
            &writer.storage, header: 0..<payload.lowerBound, payload: payload,
            borrowed: writer.borrowed, packetNumber: number)
        writer.advance(PacketHeader.tagLength)
        return writer.array()
    }
}
