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
    /// The next time `handleTimeout` has something to do.
    package var nextTimeout: Instant? {
        var earliest: Instant?
        for case let path? in paths {
            let own = path.accounts.lossTime ?? path.accounts.probeTimeout(maxAckDelay: maxAckDelay)
            guard let own else { continue }
            earliest = min(earliest ?? own, own)
        }
        return earliest
    }

    /// The probe timeout of a path without backoff; of one that is not known, that of a new path.
    func probeTimeout(path id: UInt8?) -> Interval {
        let rtt = id.flatMap { path($0)?.rtt } ?? RTTEstimator()
        return rtt.probeTimeoutBase(maxAckDelay: maxAckDelay)
    }

    /// Declares what is due, one path at a time; to be called until it returns `nothing`.
    package mutating func handleTimeout(now: Instant) -> RecoveryTimeout {
        for index in paths.indices {
            guard let path = paths[index] else { continue }
            if let lossTime = path.accounts.lossTime {
                guard lossTime <= now else { continue }
                let known = newlyLost.count
                detectLosses(now: now)
                if newlyLost.count > known { return .lossesDetected }
                continue
            }
            guard let deadline = path.accounts.probeTimeout(maxAckDelay: maxAckDelay),
                deadline <= now
            else { continue }
            path.accounts.probeTimeoutCount += 1
            // Counts from now even if the caller finds nothing to send, or the timer would be due
            // for ever.
            path.accounts.lastElicitingSentTime = now
            return .probe(pathID: UInt8(index), count: path.probeTimeoutCount)
        }
        return .nothing
    }

    /// Gives up packets that later ones of their path have overtaken, by number or by time.
    package mutating func detectLosses(now: Instant) {
        var scanEnd = packets.startIndex
        for case let path? in paths {
            path.accounts.beginLossDetection()
            if let largest = path.largestAcknowledged {
                scanEnd = max(scanEnd, min(largest, packets.endIndex))
            }
        }
        advanceFirstOutstanding()
        var number = firstOutstanding
        while number < scanEnd {
            examine(number, now: now)
            number += 1
        }
        for case let path? in paths { path.reportLosses(maxAckDelay: maxAckDelay, now: now) }
        advanceFirstOutstanding()
    }

    private mutating func examine(_ number: UInt64, now: Instant) {
        let packet = packets[number]
        let isLost = paths[Int(packet.pathID)]?.accounts.examine(packet, number, now: now) ?? false
        guard isLost else { return }
        packets[number].state = .lost
        packets[number].wasLost = true
        newlyLost.append(number)
    }
}
