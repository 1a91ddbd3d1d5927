/// A congestion controller that models the path: how fast it carries bytes, and how long its
/// emptiest round trip takes (in the manner of BBR).
///
/// It sends at the rate at which bytes arrive and keeps about twice the product of the two in
/// flight at most. Loss by itself is no signal, so random loss costs no more than what was lost;
/// a queue that stands for a whole round trip is one, and is drained.
///
/// | state | pace | until |
/// | --- | --- | --- |
/// | startup | 2.77 times the bandwidth | it stops growing, or a queue stands, or much is lost |
/// | drain | 0.36 | no more is in flight than the path holds |
/// | cruise | 1, less while a queue stands | 12 round trips have passed |
/// | probe | 1.2, then 1.5 and 2 while bandwidth grows | it does not grow |
/// | settle | 0.8 | no more is in flight than the path holds |
/// | probeRoundTrip | 1, half the window | 200 ms, if no low round trip was seen for 10 s |
package final class ModelBased: CongestionController {
    package enum State: Equatable, Sendable {
        case startup
        case drain
        /// Rounds passed.
        case cruise(rounds: Int)
        /// Rounds passed: one to send faster, one to see what came of it, and so on.
        case probe(rounds: Int)
        case settle(rounds: Int)
        case probeRoundTrip(until: Instant)
    }

    private static let minimumWindowDatagrams = 4
    /// The window of a fast path with a short round trip is never below this: there, ACKs come in
    /// batches as large as what is in flight, and queues of this size last microseconds.
    private static let shortPathFloor = 512.0 * 1024
    private static let shortPathFloorSeconds = 0.002
    private static let startupGain = 2.77
    private static let windowGain = 2.0

    var datagramSize: Int
    package internal(set) var state: State {
        get { currentState }
        set { currentState = newValue }
    }
    // See `Connection.phase`.
    private var currentState = State.startup
    var model = PathModel()
    var rounds = RoundCounter()
    var bandwidthPlateau = 0.0
    var plateauRounds = 0
    /// Multiplies the pace while cruising, below 1 to drain a queue that stands.
    var drainGain = 1.0
    /// Corrects the pace of cruising: the largest of many samples is a little more than the path
    /// carries, and the queue that grows from it tells by how much.
    var trim = 1.0
    var drainCooldown = 0
    var drainsWithoutEffect = 0
    var queueBeforeDrain = Interval.zero
    var probeGain = 1.0
    /// The smallest sample since `probeRoundTrip` began.
    var lowestProbed: Interval?
    var bandwidthBeforeProbe = 0.0
    /// Upper bound of the window after heavy loss; grows back by probing.
    var inflightLimit = Double.infinity
    private var lastMarkedRound: UInt64?
    private var window: Double
    private var hasRTT = false
    private var smoothedRTT = RTTEstimator.initialRTT

    package init(datagramSize: Int) {
        self.datagramSize = datagramSize
        window = Double(WindowLimits.initialWindow(datagramSize: datagramSize))
    }

    package var congestionWindow: Int { Int(window) }

    package var phaseName: String {
        switch state {
        case .startup: "startup"
        case .drain: "drain"
        case .cruise: "cruise"
        case .probe: "probe"
        case .settle: "settle"
        case .probeRoundTrip: "probe-rtt"
        }
    }

    /// The estimated bandwidth in bytes per second, for status output.
    package var bandwidth: Double { model.bandwidth }

    package var pacingRate: UInt64? {
        guard hasRTT else { return nil }
        let initial = window / max(smoothedRTT.seconds, 0.000_001)
        let bandwidth = model.bandwidth
        // Until startup has found the bandwidth, the estimate must not slow it down.
        let base = state == .startup ? max(bandwidth, initial / 2) : max(bandwidth, initial / 8)
        let rate = min(pacingGain * base / (1 - model.lossAllowance), 1e12)
        return UInt64(rate)
    }

    package func packetSent(bytes: Int, packetNumber: UInt64, bytesInFlight: Int, now: Instant) {}

    package func acknowledged(_ summary: AckSummary) {
        hasRTT = true
        smoothedRTT = summary.smoothedRTT
        let isRoundStart = rounds.acknowledged(summary)
        model.acknowledged(summary, isRoundStart: isRoundStart, round: rounds.count)
        if isRoundStart { roundEnded(summary) }
        advance(summary)
        updateWindow(summary)
        if isRoundStart { rounds.begin(summary) }
    }

    package func lost(_ summary: LossSummary) {
        rounds.lost(bytes: summary.bytes, packets: summary.packets)
    }

    package func spuriousLoss(packetNumber: UInt64, bytes: Int, now: Instant) {
        rounds.foundAgain(bytes: bytes)
    }

    package func ecnCongestion(sentTime: Instant, now: Instant) {
        // Once per round trip, as with losses.
        guard lastMarkedRound != rounds.count else { return }
        lastMarkedRound = rounds.count
        limitInflight(0.9)
    }

    package func persistentCongestion(now: Instant) {
        // Whatever the path was before, it may be another one now.
        model.reset()
        window = Double(Self.minimumWindowDatagrams * datagramSize)
        inflightLimit = .infinity
        plateauRounds = 0
        bandwidthPlateau = 0
        trim = 1
        state = .startup
    }

    package func mtuChanged(datagramSize: Int) {
        self.datagramSize = datagramSize
        window = max(window, minimumWindow)
    }

    var pacingGain: Double {
        switch state {
        case .startup: Self.startupGain
        case .drain: 1 / Self.startupGain
        case .cruise: model.isShortPath ? 1.25 : trim * drainGain
        case .probe: model.isShortPath ? 2 : trim * probeGain
        case .settle: model.isShortPath ? 1.25 : trim * 0.8
        case .probeRoundTrip: trim
        }
    }

    func limitInflight(_ factor: Double) {
        let floor = max(model.bandwidthDelayProduct, minimumWindow)
        inflightLimit = max(min(inflightLimit, window) * factor, floor)
    }

    private var minimumWindow: Double { Double(Self.minimumWindowDatagrams * datagramSize) }

    private func updateWindow(_ summary: AckSummary) {
        let acked = Double(summary.newlyAckedBytes)
        let product = model.bandwidthDelayProduct
        var target = Self.windowGain * product + model.extraAcked
        if model.isShortPath {
            let floor = min(model.bandwidth * Self.shortPathFloorSeconds, Self.shortPathFloor)
            target = max(target, floor)
        }
        target = min(target, inflightLimit)
        if state == .startup {
            let initial = Double(WindowLimits.initialWindow(datagramSize: datagramSize))
            if window < target || Double(summary.deliveredBytes) < 2 * initial { window += acked }
        } else {
            window = min(window + acked, target)
        }
        if case .probeRoundTrip = state { window = min(window, max(product / 2, initialWindow)) }
        window = max(window, minimumWindow)
    }

    private var initialWindow: Double {
        Double(WindowLimits.initialWindow(datagramSize: datagramSize))
    }
}
