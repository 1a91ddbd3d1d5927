import Foundation
import SRMUDP

/// One datagram on its way, or arrived.
package struct SimulatedDatagram: Sendable {
    package var bytes: [UInt8]
    package var source: SocketAddress
    package var destination: SocketAddress
    /// The two ECN bits of the IP header.
    package var ecn: UInt8
    /// How many routers it may pass; 0 is the usual number.
    package var hopLimit: UInt8

    package init(
        bytes: [UInt8], source: SocketAddress, destination: SocketAddress, ecn: UInt8 = 0,
        hopLimit: UInt8 = 0
    ) {
        self.bytes = bytes
        self.source = source
        self.destination = destination
        self.ecn = ecn
        self.hopLimit = hopLimit
    }
}

/// What became of the datagrams of one link.
package struct LinkStatistics: Sendable, Equatable {
    package var sent = 0
    package var delivered = 0
    package var lost = 0
    package var tooBig = 0
    package var queueDrops = 0
    package var duplicated = 0
    package var reordered = 0
    package var corrupted = 0
    package var truncated = 0
}

/// One direction between two hosts: datagram and time in, arrivals out.
package struct SimulatedLink {
    package var conditions: LinkConditions
    package private(set) var statistics = LinkStatistics()
    private var remainingBurst: UInt64 = 0
    private var bottleneckFreeAt = Instant(nanoseconds: 0)
    private var latestArrival = Instant(nanoseconds: 0)

    package struct Arrival {
        package var time: Instant
        package var datagram: SimulatedDatagram
    }

    package init(_ conditions: LinkConditions) { self.conditions = conditions }

    /// Decides when, how often and how damaged `datagram` arrives.
    package mutating func send(
        _ datagram: SimulatedDatagram, now: Instant, random: SeededRandomSource
    ) -> [Arrival] {
        statistics.sent += 1
        guard datagram.bytes.count <= conditions.maximumDatagramSize else {
            statistics.tooBig += 1
            return []
        }
        var datagram = datagram
        guard let departure = passBottleneck(&datagram, now: now) else {
            statistics.queueDrops += 1
            return []
        }
        guard !isLost(random) else {
            statistics.lost += 1
            return []
        }
        var arrivals = [arrival(of: datagram, from: departure, random: random)]
        if random.flip(conditions.duplication) {
            statistics.duplicated += 1
            arrivals.append(arrival(of: datagram, from: departure, random: random))
        }
        statistics.delivered += arrivals.count
        return arrivals
    }

    private mutating func passBottleneck(
        _ datagram: inout SimulatedDatagram, now: Instant
    ) -> Instant? {
        guard let rate = conditions.rate else { return now }
        let start = max(now, bottleneckFreeAt)
        let waiting = Int((start - now).seconds * Double(rate))
        guard waiting + datagram.bytes.count <= conditions.queueLimit else { return nil }
        let isCapable = datagram.ecn == 1 || datagram.ecn == 2
        if conditions.marksCongestion, isCapable, waiting > conditions.queueLimit / 2 {
            datagram.ecn = 3
        }
        let duration = Double(datagram.bytes.count) / Double(rate)
        bottleneckFreeAt = start + .nanoseconds(Int64(duration * 1e9))
        return bottleneckFreeAt
    }

    private mutating func isLost(_ random: SeededRandomSource) -> Bool {
        if conditions.isBlackout { return true }
        if conditions.burstLoss == 0 { remainingBurst = 0 }
        if remainingBurst > 0 {
            remainingBurst -= 1
            return true
        }
        if random.flip(conditions.burstLoss) {
            remainingBurst = random.next(below: LinkConditions.longestBurst)
            return true
        }
        return random.flip(conditions.loss)
    }

    private mutating func arrival(
        of original: SimulatedDatagram, from departure: Instant, random: SeededRandomSource
    ) -> Arrival {
        var time = departure + conditions.delay + jitter(random)
        if conditions.keepsOrder { time = max(time, latestArrival) }
        if random.flip(conditions.reordering) {
            statistics.reordered += 1
            time += LinkConditions.reordered * random.fraction()
        } else {
            latestArrival = max(latestArrival, time)
        }
        var datagram = original
        damage(&datagram.bytes, random)
        return Arrival(time: time, datagram: datagram)
    }

    private func jitter(_ random: SeededRandomSource) -> Interval {
        guard conditions.jitter > .zero else { return .zero }
        let drawn = conditions.jitter * -log(1 - random.fraction())
        return min(drawn, LinkConditions.longestJitter)
    }

    private mutating func damage(_ bytes: inout [UInt8], _ random: SeededRandomSource) {
        if !bytes.isEmpty, random.flip(conditions.corruption) {
            statistics.corrupted += 1
            for _ in 0...random.next(below: 8) {
                let bit = random.next(below: UInt64(bytes.count) * 8)
                bytes[Int(bit / 8)] ^= 1 << UInt8(bit % 8)
            }
        }
        if !bytes.isEmpty, random.flip(conditions.truncation) {
            statistics.truncated += 1
            bytes.removeLast(1 + Int(random.next(below: UInt64(bytes.count))))
        }
    }
}
