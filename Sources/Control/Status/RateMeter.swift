import SRMUDP

/// How many bits a second passed lately, from byte counters that are read now and then.
struct RateMeter: Equatable {
    private struct Reading: Equatable {
        let time: Instant
        let sent: UInt64
        let received: UInt64
    }

    /// Two readings that are closer to each other say nothing.
    private static let shortest: Interval = .milliseconds(400)

    private(set) var sentBitsPerSecond: Int64 = 0
    private(set) var receivedBitsPerSecond: Int64 = 0
    private var last: Reading?

    /// - Parameters:
    ///   - sent, received: bytes since a beginning; smaller ones than before are those of a new one.
    mutating func read(sent: UInt64, received: UInt64, now: Instant) {
        guard let last, sent >= last.sent, received >= last.received else {
            self = RateMeter()
            self.last = Reading(time: now, sent: sent, received: received)
            return
        }
        let time = now - last.time
        guard time >= Self.shortest else { return }
        sentBitsPerSecond = Self.rate(sent - last.sent, time)
        receivedBitsPerSecond = Self.rate(received - last.received, time)
        self.last = Reading(time: now, sent: sent, received: received)
    }

    private static func rate(_ bytes: UInt64, _ time: Interval) -> Int64 {
        let rate = Double(bytes) * 8_000_000_000 / Double(time.nanoseconds)
        return rate < 0x1p63 ? Int64(rate) : .max
    }
}
