import Forwarding
import SRMUDP

/// Measures how fast the session with a peer is: first without load for the round trip, then in one
/// direction after the other.
final class SpeedTest {
    /// In this order they are measured.
    enum Direction: String, CaseIterable {
        case up
        case down

        fileprivate var request: MeasureRequest.Direction {
            switch self {
            case .up: .up
            case .down: .down
            }
        }
    }

    struct Plan: Equatable {
        /// 1...60, for each direction.
        var seconds: Int
        var directions: [Direction]
    }

    /// How a measurement goes on.
    struct Progress: Equatable {
        let direction: Direction
        let seconds: Int
        /// Over the last second or so.
        let bitsPerSecond: Int64
        let roundTripMicroseconds: Int64
    }

    private static let pings = 5
    private static let pingInterval: Interval = .milliseconds(200)
    private static let sampleInterval: Interval = .milliseconds(100)
    private static let progressInterval: Interval = .seconds(1)

    private let session: Session
    private let loop: EventLoop
    private let plan: Plan
    private let progress: (Progress) -> Void
    private var completion: ((Result<SpeedTestResult, CommandError>) -> Void)?
    private var result = SpeedTestResult()
    private var idleSamples: [Int64] = []
    private var loadedSamples: [Int64] = []
    private var meter = RateMeter()
    private var beginning = Instant(nanoseconds: 0)
    private var timers: [TimerID] = []
    private weak var flow: MeasureFlow?

    /// - Parameters:
    ///   - session: one that is up.
    ///   - completion: called once, from the event loop.
    init(
        over session: Session, loop: EventLoop, plan: Plan,
        progress: @escaping (Progress) -> Void,
        completion: @escaping (Result<SpeedTestResult, CommandError>) -> Void
    ) {
        self.session = session
        self.loop = loop
        self.plan = plan
        self.progress = progress
        self.completion = completion
    }

    /// The test has to be held until it calls `completion`.
    func start() { ping(Self.pings) }

    /// Ends the test; `completion` is not called any more.
    func cancel() {
        completion = nil
        stopTimers()
        flow?.cancel()
    }

    // MARK: Without load

    private func ping(_ count: Int) {
        guard let connection = session.connection, connection.isEstablished else {
            return fail("the session was lost")
        }
        if count < Self.pings { idleSamples.append(connection.latestRoundTrip.microseconds) }
        guard count > 0 else {
            result.roundTripMicroseconds = Self.median(idleSamples)
            return measure(plan.directions[...])
        }
        connection.ping(now: loop.now)
        after(Self.pingInterval) { $0.ping(count - 1) }
    }

    // MARK: With load

    private func measure(_ directions: ArraySlice<Direction>) {
        guard let direction = directions.first else { return finish() }
        let milliseconds = UInt16(clamping: plan.seconds * 1_000)
        guard let forwarding = session.forwarding, forwarding.isOpen,
            let request = MeasureRequest(direction.request, milliseconds: milliseconds)
        else { return fail("the session was lost") }
        let isOpen = forwarding.open { place in
            let flow = MeasureFlow.opening(request, at: place) { [weak self] outcome in
                // The flow is still at work when it says this.
                self?.after(.zero) { $0.ended(outcome, directions) }
            }
            self.flow = flow
            return flow
        }
        guard isOpen else { return fail("the peer has no stream to spare now") }
        beginning = loop.now
        meter = RateMeter()
        sample(direction)
        tell(direction)
    }

    private func ended(_ outcome: MeasureFlow.Outcome, _ directions: ArraySlice<Direction>) {
        stopTimers()
        switch outcome {
        case .measured(let measured):
            switch directions.first {
            case .up?: result.up = measured
            case .down?: result.down = measured
            case nil: break
            }
            measure(directions.dropFirst())
        case .refused(let reply):
            let isOld = reply.status == .badRequest
            fail(
                isOld ? "the peer's p2pfwd is too old for it" : reply.reason,
                reply.status == .notPermitted ? .refused : .failure)
        case .complete, .broken: fail("the measurement was broken off")
        }
    }

    private func sample(_ direction: Direction) {
        after(Self.sampleInterval) { test in
            if let connection = test.session.connection, test.flow?.isConnected == true {
                test.loadedSamples.append(connection.latestRoundTrip.microseconds)
            }
            test.sample(direction)
        }
    }

    private func tell(_ direction: Direction) {
        let statistics = session.connection?.statistics ?? ConnectionStatistics()
        meter.read(
            sent: statistics.bytesSent, received: statistics.bytesReceived, now: loop.now)
        let seconds = Int((loop.now - beginning).nanoseconds / 1_000_000_000)
        if seconds > 0 {
            progress(
                Progress(
                    direction: direction, seconds: seconds,
                    bitsPerSecond: direction == .up
                        ? meter.sentBitsPerSecond : meter.receivedBitsPerSecond,
                    roundTripMicroseconds: session.connection?.latestRoundTrip.microseconds ?? 0))
        }
        after(Self.progressInterval) { $0.tell(direction) }
    }

    // MARK: The end

    private func finish() {
        result.loadedRoundTripMicroseconds = Self.median(loadedSamples)
        conclude(.success(result))
    }

    private func fail(_ why: String, _ code: ExitCode = .failure) {
        conclude(.failure(CommandError("speed test with '\(session.peer.name)'", why, code)))
    }

    private func conclude(_ result: Result<SpeedTestResult, CommandError>) {
        stopTimers()
        let completion = completion
        self.completion = nil
        completion?(result)
    }

    private func after(_ time: Interval, _ act: @escaping (SpeedTest) -> Void) {
        timers.append(
            loop.schedule(after: time) { [weak self] in
                guard let self, completion != nil else { return }
                act(self)
            })
        // Those that are over need not be cancelled.
        if timers.count > 16 { timers.removeFirst(timers.count - 16) }
    }

    private func stopTimers() {
        for timer in timers { loop.cancel(timer) }
        timers = []
    }

    static func median(_ values: [Int64]) -> Int64? {
        values.isEmpty ? nil : values.sorted()[values.count / 2]
    }
}

/// What came of a speed test; directions that were not measured are nil.
struct SpeedTestResult: Equatable {
    var up: MeasureResult?
    var down: MeasureResult?
    var roundTripMicroseconds: Int64?
    var loadedRoundTripMicroseconds: Int64?
}

extension SpeedTestResult {
    /// What `path.speedtest` answered.
    init(_ answer: JSONValue) {
        up = MeasureResult(answer["up"])
        down = MeasureResult(answer["down"])
        roundTripMicroseconds = answer["rttMicroseconds"]?.integerValue
        loadedRoundTripMicroseconds = answer["loadedRTTMicroseconds"]?.integerValue
    }

    /// As `path.speedtest` answers (docs/CONTROL.md, section 4).
    var json: JSONValue {
        .object([
            ("up", up?.json ?? .null), ("down", down?.json ?? .null),
            ("rttMicroseconds", roundTripMicroseconds.map { .number($0) } ?? .null),
            ("loadedRTTMicroseconds", loadedRoundTripMicroseconds.map { .number($0) } ?? .null),
        ])
    }

    /// For people.
    var lines: [String] {
        var lines: [String] = []
        for (name, result) in [("up", up), ("down", down)] {
            guard let result else { continue }
            let seconds = Int64(clamping: result.microseconds / 100_000)
            lines.append(
                "\(name.padded(to: 6))\(Quantities.rate(result.bitsPerSecond)) "
                    + "(\(Quantities.bytes(result.bytes)) in \(seconds / 10).\(seconds % 10) s)")
        }
        if let roundTripMicroseconds {
            let loaded = loadedRoundTripMicroseconds.map {
                ", under load \(Quantities.milliseconds($0))"
            }
            lines.append("RTT   \(Quantities.milliseconds(roundTripMicroseconds))\(loaded ?? "")")
        }
        return lines
    }
}

extension SpeedTest.Progress {
    /// `up 3 s: 12.3 Mbit/s, RTT 11.2 ms`
    var line: String {
        "\(direction.rawValue) \(seconds) s: \(Quantities.rate(bitsPerSecond)), "
            + "RTT \(Quantities.milliseconds(roundTripMicroseconds))"
    }

    /// Nil for what is no progress of a test.
    init?(_ members: JSONValue) {
        guard let direction = members["direction"]?.stringValue.flatMap(SpeedTest.Direction.init),
            let seconds = members["seconds"]?.integerValue
        else { return nil }
        self.init(
            direction: direction, seconds: Int(clamping: seconds),
            bitsPerSecond: members["bitsPerSecond"]?.integerValue ?? 0,
            roundTripMicroseconds: members["rttMicroseconds"]?.integerValue ?? 0)
    }

    var members: [JSONValue.Member] {
        [
            ("direction", .string(direction.rawValue)), ("seconds", .number(Int64(seconds))),
            ("bitsPerSecond", .number(bitsPerSecond)),
            ("rttMicroseconds", .number(roundTripMicroseconds)),
        ]
    }
}

extension MeasureResult {
    /// Nil where nothing was measured.
    fileprivate init?(_ members: JSONValue?) {
        guard let bytes = members?["bytes"]?.integerValue,
            let seconds = members?["seconds"]?.decimalValue, (0..<1e6).contains(seconds)
        else { return nil }
        self.init(
            bytes: UInt64(clamping: bytes), microseconds: UInt64((seconds * 1_000_000).rounded()))
    }

    fileprivate var json: JSONValue {
        .object([
            ("bytes", .number(Int64(clamping: bytes))),
            ("seconds", .decimal(Double(microseconds) / 1_000_000)),
            ("bitsPerSecond", .number(bitsPerSecond)),
        ])
    }
}

extension Interval {
    fileprivate var microseconds: Int64 { nanoseconds / 1_000 }
}
