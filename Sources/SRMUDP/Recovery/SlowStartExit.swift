/// Notices a growing queue while a window doubles (HyStart++, RFC 9406), to leave slow start before
/// the queue overflows.
///
/// Rounds are counted by the controller; each round's smallest round-trip time is compared with
/// that of the round before.
struct SlowStartExit: Sendable {
    private static let minimumSamples = 8
    private static let conservativeRounds = 5

    enum State: Equatable, Sendable {
        /// The window doubles each round trip.
        case slowStart
        /// The round-trip time has grown: the window grows by a quarter of that, to find out
        /// whether it was chance. Remembers the time it started from and the rounds passed.
        case conservative(baseline: Interval, rounds: Int)
        case left
    }

    private(set) var state = State.slowStart
    private var lastRoundMinimum: Interval?
    private var roundMinimum: Interval?
    private var samples = 0

    /// By how much the window may grow for each acknowledged byte.
    var growth: Double {
        switch state {
        case .slowStart: 1
        case .conservative: 0.25
        case .left: 0
        }
    }

    mutating func leave() { state = .left }

    mutating func sample(_ rtt: Interval) {
        samples += 1
        let smallest = min(roundMinimum ?? rtt, rtt)
        roundMinimum = smallest
        guard samples >= Self.minimumSamples else { return }
        switch state {
        case .slowStart:
            guard let last = lastRoundMinimum else { return }
            let threshold = min(max(last / 8, .milliseconds(4)), .milliseconds(16))
            if smallest >= last + threshold {
                state = .conservative(baseline: smallest, rounds: 0)
            }
        case .conservative(let baseline, _):
            if smallest < baseline { state = .slowStart }
        case .left: break
        }
    }

    mutating func roundEnded() {
        lastRoundMinimum = roundMinimum
        roundMinimum = nil
        samples = 0
        switch state {
        case .conservative(let baseline, let rounds):
            let passed = rounds + 1
            state =
                passed >= Self.conservativeRounds
                ? .left : .conservative(baseline: baseline, rounds: passed)
        case .slowStart, .left: break
        }
    }
}
