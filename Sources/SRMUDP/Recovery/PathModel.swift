/// What `ModelBased` believes of its path: bandwidth, emptiest round trip, random loss, and how
/// much ACKs bunch together.
struct PathModel: Sendable {
    /// Paths with a shorter round trip are loopback or a local network, where the scheduling of
    /// processes, not a queue, makes round-trip times vary.
    private static let shortRoundTrip = Interval.milliseconds(1)
    private static let minimumRTTLifetime = Interval.seconds(10)
    private static let extraAckedRounds: UInt64 = 10
    private static let extraAckedFloor = 256.0 * 1024
    /// A tenth of all packets lost at random is compensated at most.
    private static let lossCeiling = 0.1

    /// The largest samples of the present probing cycle and of the one before.
    private var cycleMaximum = 0.0
    private var priorCycleMaximum = 0.0
    private(set) var minimumRTT: Interval?
    private(set) var minimumRTTTime = Instant(nanoseconds: 0)
    /// Mean share of lost bytes in rounds without a queue.
    private var lossRate = 0.0
    private var lossSamples = 0

    private var extraAckedMaximum = 0.0
    private var priorExtraAckedMaximum = 0.0
    private var extraAckedRound: UInt64 = 0
    private var aggregationStart = Instant(nanoseconds: 0)
    private var aggregationBytes = 0.0

    /// Bytes per second.
    var bandwidth: Double { max(cycleMaximum, priorCycleMaximum) }
    var isShortPath: Bool { minimumRTT.map { $0 < Self.shortRoundTrip } ?? false }

    /// What to add to the rate so that, after random loss, the bandwidth arrives. Less than the
    /// measured loss, so that losses that sending more makes worse do not feed themselves.
    var lossAllowance: Double { min(lossRate, Self.lossCeiling) * 0.95 }

    var bandwidthDelayProduct: Double {
        guard let minimumRTT else { return 0 }
        return bandwidth * minimumRTT.seconds
    }

    /// More than what one ACK may bring beyond the bandwidth; the window makes room for it.
    var extraAcked: Double { max(extraAckedMaximum, priorExtraAckedMaximum) }

    /// A round whose smallest round-trip time is above the minimum by more than this has a queue.
    var queueTolerance: Interval {
        guard let minimumRTT else { return .seconds(1) }
        return max(.milliseconds(1), minimumRTT / 32)
    }

    mutating func acknowledged(_ summary: AckSummary, isRoundStart: Bool, round: UInt64) {
        if let rtt = summary.latestRTT { sampleRTT(rtt, summary) }
        if let sample = summary.deliveryRate,
            !sample.isApplicationLimited || sample.bytesPerSecond >= bandwidth
        {
            cycleMaximum = max(cycleMaximum, sample.bytesPerSecond)
        }
        updateExtraAcked(summary, round: round)
    }

    /// Samples older than the cycle before this one are forgotten.
    mutating func beginCycle() {
        priorCycleMaximum = cycleMaximum
        cycleMaximum = 0
    }

    /// The path carries less than it did: what was measured before is void.
    mutating func restartBandwidth(_ bytesPerSecond: Double) {
        cycleMaximum = bytesPerSecond
        priorCycleMaximum = 0
    }

    mutating func sampleLoss(_ rate: Double) {
        lossSamples = min(lossSamples + 1, 16)
        lossRate += (rate - lossRate) / Double(lossSamples)
    }

    /// The round trip of the path has not been seen without a queue for too long.
    func isMinimumRTTStale(now: Instant) -> Bool {
        now - minimumRTTTime > Self.minimumRTTLifetime
    }

    mutating func replaceMinimumRTT(_ rtt: Interval, now: Instant) {
        minimumRTT = rtt
        minimumRTTTime = now
    }

    mutating func reset() {
        let kept = minimumRTT
        self = PathModel()
        minimumRTT = kept
    }

    private mutating func sampleRTT(_ rtt: Interval, _ summary: AckSummary) {
        guard let minimum = minimumRTT, rtt > minimum else {
            replaceMinimumRTT(rtt, now: summary.now)
            return
        }
        // Close to the minimum confirms it, without letting it drift upwards.
        if rtt <= minimum + minimum / 32 { minimumRTTTime = summary.now }
        let isStale = isMinimumRTTStale(now: summary.now)
        if isStale, isShortPath || summary.isApplicationLimited {
            replaceMinimumRTT(rtt, now: summary.now)
        }
    }

    /// Bytes acknowledged beyond what the bandwidth explains, largest of the last rounds.
    private mutating func updateExtraAcked(_ summary: AckSummary, round: UInt64) {
        if round >= extraAckedRound + Self.extraAckedRounds {
            extraAckedRound = round
            priorExtraAckedMaximum = extraAckedMaximum
            extraAckedMaximum = 0
        }
        var expected = bandwidth * (summary.now - aggregationStart).seconds
        if aggregationBytes <= expected {
            aggregationStart = summary.now
            aggregationBytes = 0
            expected = 0
        }
        aggregationBytes += Double(summary.newlyAckedBytes)
        let extra = aggregationBytes - expected
        let ceiling = max(bandwidthDelayProduct, Self.extraAckedFloor)
        extraAckedMaximum = max(extraAckedMaximum, min(extra, ceiling))
    }
}
