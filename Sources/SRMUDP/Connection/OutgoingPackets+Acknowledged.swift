/// What an ACK frame says of packets, and means for the frames in those that it acknowledges.
extension OutgoingPackets {
    /// What an ACK frame says besides the numbers of packets.
    struct AcknowledgementOutcome {
        /// It acknowledges a larger number than any before.
        let isNewest: Bool
        /// The peer's counts of ECN codepoints, if it has any.
        let counts: ECNCounts?
        /// What it acknowledges for the first time of the packets with an ECN codepoint.
        let marked: AcknowledgedMarks
    }

    /// Reads an ACK frame from behind its type on, and applies it.
    /// - Returns: nil if it acknowledges what was never sent.
    mutating func acknowledge(
        _ reader: inout ByteReader, hasECN: Bool, now: Instant
    ) throws(WireError) -> AcknowledgementOutcome? {
        var ranges = try AckRangeReader(&reader)
        let isNewest = recovery.largestAcknowledged.map { ranges.largest > $0 } ?? true
        recovery.beginAcknowledgement(largest: ranges.largest)
        repeat {
            do throws(RecoveryError) {
                try recovery.acknowledge(ranges.range, now: now)
            } catch {
                return nil
            }
        } while try ranges.next(&reader)
        let counts = hasECN ? try ECNCounts(&reader) : nil
        recovery.endAcknowledgement(ackDelay: ranges.delay, now: now)
        return AcknowledgementOutcome(
            isNewest: isNewest, counts: counts, marked: recovery.newlyAckedMarks)
    }

    /// Tells the streams which of their frames arrived, and notes in `notable` the packets that say
    /// something about the size of packets: probes, and of each run of equal packets the newest.
    mutating func settleAcknowledged(
        streams: inout StreamSet, received: inout ReceivedPacketNumbers
    ) {
        notable.removeAll(keepingCapacity: true)
        var run: SentPacket?
        var bytes = AcknowledgedBytes()
        for number in recovery.newlyAcked {
            guard let packet = recovery.packet(number) else { continue }
            for index in packet.frames {
                let frame = sentFrames[index]
                switch frame {
                case .ack(let largest): received.forget(upTo: largest)
                case .stream(let slot, let id, let offset, let length, let fin):
                    let range = offset..<offset + UInt64(length)
                    if bytes.join(slot: slot, id: id, range: range, hasFin: fin) { continue }
                    bytes.settle(in: &streams)
                    bytes = AcknowledgedBytes(slot: slot, id: id, range: range, hasFin: fin)
                case .resetStream, .stopSending, .maxData, .maxStreamData, .maxStreams:
                    streams.frameAcked(frame)
                case .ping, .pathChallenge, .pathResponse, .candidates, .mtuProbe, .datagram,
                    .close:
                    break
                }
            }
            if packet.isMTUProbe || packet.size != run?.size || packet.pathID != run?.pathID {
                notable.append(number)
            }
            run = packet
        }
        bytes.settle(in: &streams)
    }

    /// Forgets the packets, and their frames, to which nothing can happen any more.
    mutating func removeSettled(now: Instant) {
        recovery.removeSettled(now: now)
        sentFrames.removeFirst(upTo: recovery.oldestFrame ?? sentFrames.endIndex)
    }
}

/// Bytes of one stream that one ACK frame acknowledges: neighbouring packets mostly carried
/// neighbouring bytes, and a stream that hears of them at once has less to do.
private struct AcknowledgedBytes {
    private var slot: UInt32 = 0
    private var id: StreamID?
    private var range: Range<UInt64> = 0..<0
    private var hasFin = false

    /// Those of no stream.
    init() {}

    init(slot: UInt32, id: StreamID, range: Range<UInt64>, hasFin: Bool) {
        self.slot = slot
        self.id = id
        self.range = range
        self.hasFin = hasFin
    }

    /// Adds bytes that adjoin; false if they do not, or are another stream's.
    mutating func join(slot: UInt32, id: StreamID, range other: Range<UInt64>, hasFin: Bool) -> Bool
    {
        guard self.id == id, self.slot == slot else { return false }
        if other.upperBound == range.lowerBound {
            range = other.lowerBound..<range.upperBound
        } else if other.lowerBound == range.upperBound {
            range = range.lowerBound..<other.upperBound
        } else {
            return false
        }
        self.hasFin = self.hasFin || hasFin
        return true
    }

    func settle(in streams: inout StreamSet) {
        guard let id else { return }
        streams.bytesAcknowledged(slot: slot, id: id, range: range, hasFin: hasFin)
    }
}

extension SentPacket {
    /// Where its frames stand in the queue of frames.
    var frames: Range<UInt64> { firstFrame..<firstFrame + UInt64(frameCount) }
}
