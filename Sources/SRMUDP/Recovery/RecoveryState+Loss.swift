/// What a Connection does when the recovery timer fires.
package enum RecoveryTimeout: Equatable, Sendable {
    /// The timer was early; nothing is due.
    case nothing
    /// `newlyLost` has packets whose frames are to be sent again.
    case lossesDetected
    /// No ACK came on this path: send one or two packets that elicit one, window or no window.
    /// `count` probe timeouts have now passed in a row.
    case probe(pathID: UInt8, count: Int)
}

/// Losses and timers (RFC 9002, section 6).
extension RecoveryState {
    /// The persistent congestion period in probe timeouts (RFC 9002, section 7.6.1).
    private static let persistentCongestionThreshold: Int64 = 3

    /// The next time `handleTimeout` has something to do.
    package var nextTimeout: Instant? {
        var earliest: Instant?
        for case let path? in paths {
            let own = path.lossTime ?? path.probeTimeout(maxAckDelay: maxAckDelay)
            guard let own else { continue }
            earliest = min(earliest ?? own, own)
        }
        return earliest
    }

    /// Declares what is due, one path at a time; to be called until it returns `nothing`.
    package mutating func handleTimeout(now: Instant) -> RecoveryTimeout {
        for index in paths.indices {
            guard let path = paths[index] else { continue }
            if let lossTime = path.lossTime {
                guard lossTime <= now else { continue }
                let known = newlyLost.count
                detectLosses(now: now)
                if newlyLost.count > known { return .lossesDetected }
                continue
            }
            guard let deadline = path.probeTimeout(maxAckDelay: maxAckDelay), deadline <= now
            else { continue }
            paths[index]?.probeTimeoutCount += 1
            // Counts from now even if the caller finds nothing to send, or the timer would be due
            // for ever.
            paths[index]?.lastElicitingSentTime = now
            return .probe(pathID: UInt8(index), count: path.probeTimeoutCount + 1)
        }
        return .nothing
    }

    /// Gives up packets that later ones of their path have overtaken, by number or by time.
    package mutating func detectLosses(now: Instant) {
        var scanEnd = packets.startIndex
        for index in paths.indices {
            paths[index]?.beginLossDetection()
            if let largest = paths[index]?.largestAcknowledged {
                scanEnd = max(scanEnd, min(largest, packets.endIndex))
            }
        }
        advanceFirstOutstanding()
        var number = firstOutstanding
        while number < scanEnd {
            examine(number, now: now)
            number += 1
        }
        for index in paths.indices {
            guard let path = paths[index], path.loss.packets > 0 else { continue }
            report(path, now: now)
        }
        advanceFirstOutstanding()
    }

    private mutating func examine(_ number: UInt64, now: Instant) {
        let packet = packets[number]
        let isLost = paths[Int(packet.pathID)]?.examine(packet, number, now: now) ?? false
        guard isLost else { return }
        packets[number].state = .lost
        packets[number].wasLost = true
        newlyLost.append(number)
    }

    private func report(_ path: PathRecovery, now: Instant) {
        path.controller.lost(
            LossSummary(
                now: now, bytes: path.loss.bytes, packets: path.loss.packets,
                largestLostPacketNumber: path.loss.largest,
                largestLostSentTime: path.loss.largestSentTime,
                bytesInFlight: path.bytesInFlight))
        let base = path.rtt.probeTimeoutBase(maxAckDelay: maxAckDelay)
        if path.loss.longestSeries > base * Self.persistentCongestionThreshold {
            path.controller.persistentCongestion(now: now)
        }
    }
}

extension PathRecovery {
    fileprivate mutating func beginLossDetection() {
        lossTime = nil
        loss = LossProgress()
        loss.delay = rtt.lossDelay(eighths: timeThreshold)
    }

    /// Whether the packet is lost; if it may be later, notes when.
    fileprivate mutating func examine(
        _ packet: SentPacket, _ number: UInt64, now: Instant
    ) -> Bool {
        switch packet.state {
        case .acknowledged:
            if packet.isAckEliciting { loss.seriesStart = nil }
            return false
        case .outstanding:
            guard let largest = largestAcknowledged, number < largest else { return false }
            if isLost(packet, lossDelay: loss.delay, now: now) {
                outstandingLost(packet, number)
                return true
            }
            // Packets leave in order, so the first one kept is the first one due.
            if lossTime == nil { lossTime = packet.sentTime + loss.delay }
            return false
        case .untracked, .lost, .skipped: return false
        }
    }

    private mutating func outstandingLost(_ packet: SentPacket, _ number: UInt64) {
        bytesInFlight -= Int(packet.size)
        packetsInFlight -= 1
        // A probe that is too large for the path is no sign of congestion (RFC 8899, section 3).
        guard !packet.isMTUProbe else { return }
        lostPackets += 1
        loss.add(packet, number)
        guard let firstSample = rtt.firstSampleTime, packet.sentTime > firstSample else { return }
        let start = loss.seriesStart ?? packet.sentTime
        loss.seriesStart = start
        loss.longestSeries = max(loss.longestSeries, packet.sentTime - start)
    }
}
