/// What is known about the round-trip time of one path (RFC 9002, section 5).
///
/// Before the first sample the estimate is RFC 9002's 333 ms, with a variance of half of it.
package struct RTTEstimator: Sendable {
    package static let initialRTT = Interval.milliseconds(333)
    /// No timer of loss recovery is finer than this (RFC 9002, section 6.1.2).
    package static let granularity = Interval.milliseconds(1)

    package private(set) var latest = Interval.zero
    package private(set) var smoothed = Self.initialRTT
    package private(set) var variance = Self.initialRTT / 2
    /// The smallest sample so far, without correction for the peer's delay; zero before a sample.
    package private(set) var minimum = Interval.zero
    /// When the first sample arrived; losses of packets sent earlier prove nothing about the path.
    package private(set) var firstSampleTime: Instant?

    package init() {}

    package var hasSample: Bool { firstSampleTime != nil }
    /// The estimate if it rests on a sample.
    package var measured: Interval? { hasSample ? smoothed : nil }

    /// Takes the time from sending the largest packet that an ACK newly acknowledges to its ACK.
    ///
    /// `ackDelay` is what the peer says it waited, already limited to the agreed maximum. It is
    /// not subtracted where the result would be below the minimum: the peer might exaggerate.
    package mutating func update(sample: Interval, ackDelay: Interval, now: Instant) {
        let sample = max(sample, .nanoseconds(1))
        latest = sample
        guard hasSample else {
            firstSampleTime = now
            minimum = sample
            smoothed = sample
            variance = sample / 2
            return
        }
        minimum = min(minimum, sample)
        let adjusted = sample - ackDelay >= minimum ? sample - ackDelay : sample
        let deviation = max(smoothed, adjusted) - min(smoothed, adjusted)
        variance = (variance * Int64(3) + deviation) / 4
        smoothed = (smoothed * Int64(7) + adjusted) / 8
    }

    /// The probe timeout before backoff (RFC 9002, section 6.2.1).
    package func probeTimeoutBase(maxAckDelay: Interval) -> Interval {
        smoothed + max(variance * Int64(4), Self.granularity) + maxAckDelay
    }

    /// How long after being sent a packet is lost once a later one is acknowledged, in eighths of
    /// the round-trip time (RFC 9002, section 6.1.2, which uses nine).
    package func lossDelay(eighths: Int64) -> Interval {
        max(max(latest, smoothed) * eighths / 8, Self.granularity)
    }
}
