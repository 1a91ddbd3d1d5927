import SRMUDP

/// The streams that the peer has opened and that have no flow yet.
///
/// For each it reads the request, waits for its turn, has the target connected and passes the
/// socket on; or it refuses. What the opener sends behind its request stays in the stream until
/// the flow takes over. An open costs the machine something before its flow exists, so the number
/// of connects under way is capped, the queue behind them too, and a stream that never says what it
/// wants is given up.
final class ServingSide {
    /// Takes over a stream whose request is granted, for the user that the closure makes.
    typealias Taken = (StreamID, OpenRequest, (StreamPlace) -> any StreamUser) -> Void

    private enum Phase {
        case awaitingRequest(OpenRequestParser)
        /// Stands in the queue.
        case waiting(OpenRequest)
        /// The attempt is nil only while `connect` has not returned.
        case connecting(OpenRequest, (any ConnectAttempt)?)
        /// The reply is on its way; nothing more is expected than the stream's end.
        case refused
    }

    private let carrier: any StreamCarrier
    private let connector: any TargetConnector
    private let limits: ForwardingLimits
    /// Why the peer may not have one more flow; nil if it may.
    private let refusal: () -> OpenReply?
    private let taken: Taken
    private let refused: (OpenRequest, OpenReply) -> Void

    private var phases: [StreamID: Phase] = [:]
    private var queue = RingBuffer<StreamID>()
    private var overdueCandidates = RingBuffer<RequestDeadline>()
    private var connectCount = 0
    private var isStartingConnects = false

    init(
        carrier: any StreamCarrier, connector: any TargetConnector, limits: ForwardingLimits,
        refusal: @escaping () -> OpenReply? = { nil }, taken: @escaping Taken,
        refused: @escaping (OpenRequest, OpenReply) -> Void
    ) {
        self.carrier = carrier
        self.connector = connector
        self.limits = limits
        self.refusal = refusal
        self.taken = taken
        self.refused = refused
    }

    var isEmpty: Bool { phases.isEmpty }
    /// How many connects are under way.
    var pendingConnects: Int { connectCount }

    /// When `giveUpOverdue(now:)` wants to be called, if no request arrives.
    var nextDeadline: Instant? {
        overdueCandidates.isEmpty
            ? nil : overdueCandidates[overdueCandidates.startIndex].deadline
    }

    // MARK: Another program

    /// The streams as another program goes on with them.
    var snapshot: [SessionSnapshot.Waiting] {
        phases.map { stream, phase in
            let request: [UInt8]? =
                switch phase {
                case .awaitingRequest(let parser): parser.bytes
                case .waiting(let request), .connecting(let request, _): request.encoded
                case .refused: nil
                }
            return SessionSnapshot.Waiting(stream: stream, request: request)
        }
    }

    /// Goes on with a stream of another program; what it wants is asked for anew.
    func restore(_ waiting: SessionSnapshot.Waiting, now: Instant) {
        let stream = waiting.stream
        guard let bytes = waiting.request else { return phases[stream] = .refused }
        var parser = OpenRequestParser()
        for byte in bytes {
            guard let request = try? parser.receive(byte) else { continue }
            return enqueue(stream, request)
        }
        phases[stream] = .awaitingRequest(parser)
        overdueCandidates.append(
            RequestDeadline(stream: stream, deadline: now + limits.requestTimeout))
    }

    // MARK: Events of the stream

    func streamOpened(_ stream: StreamID, now: Instant) {
        phases[stream] = .awaitingRequest(OpenRequestParser())
        overdueCandidates.append(
            RequestDeadline(stream: stream, deadline: now + limits.requestTimeout))
        streamReadable(stream)
    }

    func streamReadable(_ stream: StreamID) {
        guard case .awaitingRequest(var parser)? = phases[stream] else { return }
        var request: OpenRequest?
        var isInvalid = false
        let status = carrier.withReadable(stream) { blocks in
            for offset in 0..<blocks.byteCount {
                do {
                    request = try parser.receive(blocks.byte(at: offset))
                } catch {
                    isInvalid = true
                }
                if request != nil || isInvalid { return offset + 1 }
            }
            return blocks.byteCount
        }
        if let request {
            enqueue(stream, request)
        } else if isInvalid || status == .finished {
            refuse(stream, nil, OpenReply(.badRequest))
        } else if case .reset = status {
            streamFailed(stream)
        } else {
            phases[stream] = .awaitingRequest(parser)
        }
    }

    /// The opener gave up one direction or the other; a connect under way is called off.
    func streamFailed(_ stream: StreamID) {
        guard phases[stream] != nil else { return }
        cancel(stream)
        phases[stream] = .refused
        carrier.reset(stream, code: FlowErrorCode.refused)
        carrier.stopReading(stream, code: FlowErrorCode.refused)
        startConnects()
    }

    func streamClosed(_ stream: StreamID) {
        cancel(stream)
        phases[stream] = nil
        startConnects()
    }

    /// Refuses the streams whose request has not come in time.
    func giveUpOverdue(now: Instant) {
        while !overdueCandidates.isEmpty {
            let candidate = overdueCandidates[overdueCandidates.startIndex]
            guard candidate.deadline <= now else { return }
            overdueCandidates.removeFirst()
            if case .awaitingRequest? = phases[candidate.stream] {
                refuse(candidate.stream, nil, OpenReply(.badRequest, detail: "no request came"))
            }
        }
    }

    /// Refuses a stream that was not announced by `streamOpened`.
    func refuse(_ stream: StreamID, _ reply: OpenReply) { refuse(stream, nil, reply) }

    /// Gives every stream up that has no flow yet.
    func abortAll() {
        for stream in phases.keys {
            carrier.reset(stream, code: FlowErrorCode.sessionClosed)
            carrier.stopReading(stream, code: FlowErrorCode.sessionClosed)
        }
        close()
    }

    /// Calls everything off without a word to the peer.
    func close() {
        for stream in Array(phases.keys) { cancel(stream) }
        phases = [:]
        queue.removeFirst(upTo: queue.endIndex)
    }

    /// Refuses everything that has no flow yet.
    func refuseAll(_ reply: OpenReply) {
        for stream in Array(phases.keys) {
            let request = request(of: stream)
            cancel(stream)
            refuse(stream, request, reply)
        }
    }

    // MARK: The way to a connection

    private func enqueue(_ stream: StreamID, _ request: OpenRequest) {
        if queue.count >= limits.waitingConnects { dropGoneFromQueue() }
        guard queue.count < limits.waitingConnects else {
            return refuse(stream, request, OpenReply(.tooManyRequests))
        }
        phases[stream] = .waiting(request)
        queue.append(stream)
        startConnects()
    }

    private func startConnects() {
        // A connect that is decided at once ends inside `connect`; the loop below goes on then.
        guard !isStartingConnects else { return }
        isStartingConnects = true
        defer { isStartingConnects = false }
        while connectCount < limits.pendingConnects, !queue.isEmpty {
            let stream = queue[queue.startIndex]
            queue.removeFirst()
            guard case .waiting(let request)? = phases[stream] else { continue }
            connect(stream, request)
        }
    }

    private func connect(_ stream: StreamID, _ request: OpenRequest) {
        if let reply = refusal() { return refuse(stream, request, reply) }
        connectCount += 1
        phases[stream] = .connecting(request, nil)
        let attempt = connector.connect(to: request) { [weak self] outcome in
            self?.connectEnded(stream, request, outcome)
        }
        if case .connecting? = phases[stream] { phases[stream] = .connecting(request, attempt) }
    }

    private func connectEnded(
        _ stream: StreamID, _ request: OpenRequest, _ outcome: ConnectOutcome
    ) {
        guard case .connecting? = phases[stream] else { return }
        connectCount -= 1
        switch outcome {
        case .connected(let socket):
            phases[stream] = nil
            taken(stream, request) { Flow.serving(request, socket: socket, at: $0) }
        case .taken(let makeUser):
            phases[stream] = nil
            taken(stream, request, makeUser)
        case .refused(let reply):
            refuse(stream, request, reply)
        }
        startConnects()
    }

    private func refuse(_ stream: StreamID, _ request: OpenRequest?, _ reply: OpenReply) {
        phases[stream] = .refused
        carrier.write(stream, reply.encoded)
        carrier.finish(stream)
        carrier.stopReading(stream, code: FlowErrorCode.refused)
        if let request { refused(request, reply) }
    }

    private func cancel(_ stream: StreamID) {
        guard case .connecting(_, let attempt)? = phases[stream] else { return }
        connectCount -= 1
        attempt?.cancel()
    }

    private func request(of stream: StreamID) -> OpenRequest? {
        switch phases[stream] {
        case .waiting(let request)?, .connecting(let request, _)?: request
        case .awaitingRequest?, .refused?, nil: nil
        }
    }

    private func dropGoneFromQueue() {
        for _ in 0..<queue.count {
            let stream = queue[queue.startIndex]
            queue.removeFirst()
            if case .waiting? = phases[stream] { queue.append(stream) }
        }
    }
}

/// Until when a stream must have said what it wants.
private struct RequestDeadline: BitwiseCopyable {
    let stream: StreamID
    private let nanoseconds: Int64

    init(stream: StreamID, deadline: Instant) {
        self.stream = stream
        nanoseconds = deadline.nanoseconds
    }

    var deadline: Instant { Instant(nanoseconds: nanoseconds) }
}
