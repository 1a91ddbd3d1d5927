/// The state machine of `ModelBased`: what a round trip, and an ACK, change.
extension ModelBased {
    private static let plateauGrowth = 1.25
    private static let plateauLength = 3
    private static let heavyLoss = 0.15
    private static let heavyLossPackets = 8
    private static let cruiseRounds = 12
    private static let trimStep = 0.001
    private static let lowestTrim = 0.9
    private static let probeGains = [1.2, 1.5, 2.0]
    private static let probeRoundTripTime = Interval.milliseconds(200)

    /// Judges the round that has just ended; its figures are still in `rounds`.
    func roundEnded(_ summary: AckSummary) {
        let isLossHeavy =
            rounds.lossRate > Self.heavyLoss && rounds.lostPackets >= Self.heavyLossPackets
        switch state {
        case .startup: startupRoundEnded(isLossHeavy: isLossHeavy)
        case .drain: break
        case .cruise(let passed): cruiseRoundEnded(summary, passed, isLossHeavy: isLossHeavy)
        case .probe(let passed): probeRoundEnded(passed, isLossHeavy: isLossHeavy)
        case .settle(let passed): state = .settle(rounds: passed + 1)
        case .probeRoundTrip: break
        }
    }

    /// Leaves the states that end by what is in flight or by time.
    func advance(_ summary: AckSummary) {
        let inFlight = Double(summary.bytesInFlight)
        switch state {
        case .drain:
            if inFlight <= model.bandwidthDelayProduct { beginCruise() }
        case .settle(let passed):
            if inFlight <= model.bandwidthDelayProduct || passed >= 3 { beginCruise() }
        case .cruise:
            if model.isMinimumRTTStale(now: summary.now), !model.isShortPath {
                beginProbeRoundTrip(summary)
            }
        case .probeRoundTrip(let until):
            if let rtt = summary.latestRTT { lowestProbed = min(lowestProbed ?? rtt, rtt) }
            if summary.now >= until { endProbeRoundTrip(summary) }
        case .startup, .probe: break
        }
    }

    /// The queue that stood for the whole round, if it did; nil on paths where that means nothing,
    /// and for a sender that had little to send: nothing queues, but the peer delays its ACKs.
    private var standingQueue: Interval? {
        guard let low = rounds.minimumRTT, let minimum = model.minimumRTT, !model.isShortPath,
            !rounds.isApplicationLimited
        else { return nil }
        let queue = low - minimum
        return queue > model.queueTolerance ? queue : nil
    }

    private func startupRoundEnded(isLossHeavy: Bool) {
        guard !rounds.isApplicationLimited else { return }
        if model.bandwidth >= bandwidthPlateau * Self.plateauGrowth {
            bandwidthPlateau = model.bandwidth
            plateauRounds = 0
        } else {
            plateauRounds += 1
        }
        var isQueueing = false
        if let queue = standingQueue, let minimum = model.minimumRTT {
            isQueueing = queue > max(minimum / 8, .milliseconds(4))
        }
        let isPlateau = plateauRounds >= Self.plateauLength
        if isPlateau || isQueueing || (isLossHeavy && plateauRounds > 0) { state = .drain }
    }

    private func beginCruise() {
        drainGain = 1
        drainCooldown = 1
        drainsWithoutEffect = 0
        state = .cruise(rounds: 0)
    }

    private func cruiseRoundEnded(_ summary: AckSummary, _ passed: Int, isLossHeavy: Bool) {
        state = .cruise(rounds: passed + 1)
        let queue = standingQueue
        if queue == nil, passed >= 2, !rounds.isApplicationLimited {
            model.sampleLoss(rounds.lossRate)
        }
        if isLossHeavy, rounds.rate(now: summary.now) < model.bandwidth { limitInflight(0.85) }
        if drainCooldown > 0 {
            drainCooldown -= 1
            drainGain = 1
        } else if let queue {
            drain(queue, summary)
        } else {
            drainGain = 1
            drainsWithoutEffect = 0
            trim = min(1, trim + Self.trimStep)
        }
        if passed + 1 >= Self.cruiseRounds, drainGain == 1, drainsWithoutEffect == 0,
            !rounds.isApplicationLimited
        {
            beginProbe()
        }
    }

    /// A queue has stood for a round: send as much less for one round as it holds. The effect is
    /// seen in the round after the next.
    private func drain(_ queue: Interval, _ summary: AckSummary) {
        // While a queue stands, the path is busy, and what arrives is what it carries.
        let carried = rounds.rate(now: summary.now)
        if carried < 0.85 * model.bandwidth, drainsWithoutEffect == 0, drainGain == 1 {
            model.restartBandwidth(carried)
        }
        let isSmall = queue < max(summary.minimumRTT / 4, .milliseconds(5))
        let hasHelped = queue < queueBeforeDrain * 0.75 || drainsWithoutEffect == 0 || isSmall
        drainsWithoutEffect = hasHelped ? 1 : drainsWithoutEffect + 1
        if drainsWithoutEffect > 3 {
            // Sending less does not make it shorter: the path has become longer, or the queue is
            // another's. Either way there is a new floor to be found.
            beginProbeRoundTrip(summary)
            return
        }
        queueBeforeDrain = queue
        let share = queue.seconds / summary.smoothedRTT.seconds
        drainGain = max(0.75, 1 - share)
        trim = max(Self.lowestTrim, trim - max(share / 4, 2 * Self.trimStep))
        drainCooldown = 2
    }

    private func beginProbe() {
        bandwidthBeforeProbe = model.bandwidth
        model.beginCycle()
        inflightLimit *= 1.25
        probeGain = Self.probeGains[0]
        state = .probe(rounds: 0)
    }

    private func probeRoundEnded(_ passed: Int, isLossHeavy: Bool) {
        // One round to send faster, one to see what came of it.
        guard passed % 2 == 1 else {
            probeGain = 1
            state = .probe(rounds: passed + 1)
            return
        }
        let hasGrown = model.bandwidth > bandwidthBeforeProbe * 1.04
        if hasGrown, standingQueue == nil, !isLossHeavy {
            bandwidthBeforeProbe = model.bandwidth
            inflightLimit = .infinity
            trim = 1
            probeGain = Self.probeGains[min((passed + 1) / 2, Self.probeGains.count - 1)]
            state = .probe(rounds: passed + 1)
        } else {
            if isLossHeavy, !hasGrown { limitInflight(0.85) }
            state = .settle(rounds: 0)
        }
    }

    private func beginProbeRoundTrip(_ summary: AckSummary) {
        drainGain = 1
        let duration = max(Self.probeRoundTripTime, summary.smoothedRTT + summary.smoothedRTT)
        state = .probeRoundTrip(until: summary.now + duration)
        lowestProbed = nil
    }

    private func endProbeRoundTrip(_ summary: AckSummary) {
        model.replaceMinimumRTT(lowestProbed ?? summary.smoothedRTT, now: summary.now)
        trim = 1
        beginCruise()
    }
}
