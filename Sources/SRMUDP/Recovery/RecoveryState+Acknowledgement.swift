/// ACK frames: which packets arrived, and what that says about the path.
extension RecoveryState {
    package mutating func beginAcknowledgement(largest: UInt64) {
        newlyAcked.removeAll(keepingCapacity: true)
        newlyAckedMarks = AcknowledgedMarks()
        ackFrameLargest = largest
    }

    /// Takes one range of an ACK frame. Ranges may come in any order and repeat what is known.
    ///
    /// - Throws: `RecoveryError` if the peer cannot have received all of the range. What was noted
    ///   before stays noted; the Connection is to be closed.
    package mutating func acknowledge(
        _ range: ClosedRange<UInt64>, now: Instant
    ) throws(RecoveryError) {
        guard range.upperBound < packets.endIndex else {
            throw .acknowledgedUnsentPacket(range.upperBound)
        }
        // Packets that are not remembered any more were settled long ago.
        guard range.upperBound >= packets.startIndex else { return }
        let lowest = max(range.lowerBound, packets.startIndex)
        var number = range.upperBound
        while true {
            switch packets[number].state {
            case .skipped: throw .acknowledgedSkippedPacket(number)
            // Every ACK repeats most of the one before: known runs are jumped over.
            case .acknowledged: number = min(number, packets[number].acknowledgedFrom)
            case .untracked: settle(number)
            case .outstanding: number = settleOutstanding(from: number, to: lowest, now: now)
            case .lost: settleLost(number, now: now)
            }
            guard number > lowest else { break }
            number -= 1
        }
        packets[range.upperBound].acknowledgedFrom = number
    }

    /// Ends an ACK frame: updates times, declares losses and tells the controllers.
    ///
    /// `ackDelay` is what the frame says; it is limited to the agreed maximum here.
    package mutating func endAcknowledgement(ackDelay: Interval, now: Instant) {
        let ackDelay = max(.zero, min(ackDelay, maxAckDelay))
        for case let path? in paths where path.accounts.ack.largest == ackFrameLargest {
            path.accounts.takeRTTSample(ackDelay: ackDelay, now: now)
        }
        detectLosses(now: now)
        for case let path? in paths { path.finishAcknowledgement(now: now) }
    }

    /// The peer's count of congestion marks has grown; `path` is that of the largest acknowledged.
    package mutating func ecnCongestion(path id: UInt8, sentTime: Instant, now: Instant) {
        path(id)?.controller.ecnCongestion(sentTime: sentTime, now: now)
    }

    private mutating func settle(_ number: UInt64) {
        packets[number].state = .acknowledged
        packets[number].acknowledgedFrom = number
        largestAcknowledged = max(largestAcknowledged ?? 0, number)
    }

    /// Settles packets in flight on one path, from `first` downwards as long as there are such.
    /// - Returns: the last of them; not below `lowest`.
    private mutating func settleOutstanding(
        from first: UInt64, to lowest: UInt64, now: Instant
    ) -> UInt64 {
        let pathID = packets[first].pathID
        var number = first
        while true {
            settle(number)
            newlyAcked.append(number)
            if packets[number].isECNMarked { newlyAckedMarks.insert(packets[number]) }
            guard number > lowest, packets[number - 1].state == .outstanding,
                packets[number - 1].pathID == pathID
            else { break }
            number -= 1
        }
        path(pathID)?.accounts.outstandingAcknowledged(packets, number...first, now: now)
        return number
    }

    private mutating func settleLost(_ number: UInt64, now: Instant) {
        settle(number)
        newlyAcked.append(number)
        let packet = packets[number]
        if packet.isECNMarked { newlyAckedMarks.insert(packet) }
        guard !packet.isMTUProbe else { return }
        path(packet.pathID)?.reorderingSeen(packet, number, now: now)
    }
}

/// What one ACK frame acknowledges of the packets that were sent with an ECN codepoint.
struct AcknowledgedMarks {
    private(set) var count = 0
    private(set) var newestSentTime: Instant?
    /// A bit for each path.
    private var paths: UInt16 = 0

    func includes(path id: UInt8) -> Bool { paths >> UInt16(id) & 1 != 0 }

    mutating func insert(_ packet: SentPacket) {
        count += 1
        newestSentTime = max(newestSentTime ?? packet.sentTime, packet.sentTime)
        paths |= 1 << UInt16(packet.pathID)
    }
}
