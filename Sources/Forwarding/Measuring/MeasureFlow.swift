import SRMUDP

/// One side of a measurement: sends as fast as the session goes, or counts what arrives.
///
/// Whoever receives is the one who measures and who ends it, when the time is over that began with
/// the first byte. So the result says what arrived, and nobody waits for what is still buffered. A
/// receiver at the side that was asked tells the opener its result. If nobody ends it, it ends by
/// itself some time later.
///
///     state           event                          becomes
///     awaitingReply   reply: connected               running
///     awaitingReply   any other reply                ended(refused)
///     running         receiver: time over, or FIN    ended(measured)
///     running         sender at the opener: result   ended(measured)
///     running         sender at the peer: stopped    ended(complete)
///     any             failure, or far too late       ended(broken)
package final class MeasureFlow: StreamUser {
    package enum State: Equatable {
        case awaitingReply
        case running
        case ended(Outcome)
    }

    package enum Outcome: Equatable {
        case measured(MeasureResult)
        case refused(OpenReply)
        /// This side only sent what the other one measured.
        case complete
        case broken
    }

    /// How long after its time a measurement may go on that the receiver does not end.
    private static let grace = Interval.seconds(20)
    private static let zeros = [UInt8](repeating: 0, count: 65_536)

    package let request: OpenRequest
    package private(set) var state: State
    package private(set) var isConnected: Bool
    package private(set) var uploadedBytes: UInt64 = 0
    package private(set) var downloadedBytes: UInt64 = 0
    package private(set) var endReason: FlowEnd?

    private let place: StreamPlace
    private let duration: Interval
    private let isOpener: Bool
    private let isSender: Bool
    private let ended: (Outcome) -> Void
    private var reply = OpenReplyReader()
    private var result: [UInt8] = []
    private var firstByteTime: Instant?
    private var timer: TimerID?
    /// The peer's flows have moved what they may for now.
    private var isHeldBack = false
    /// The next turn goes on with sending.
    private var goesOn = false

    private init(
        _ measure: MeasureRequest, isOpener: Bool, at place: StreamPlace,
        ended: @escaping (Outcome) -> Void
    ) {
        request = .measure(measure)
        self.place = place
        self.isOpener = isOpener
        self.ended = ended
        isSender = (measure.direction == .up) == isOpener
        duration = measure.duration
        state = isOpener ? .awaitingReply : .running
        isConnected = !isOpener
        arm(after: duration + Self.grace) { $0.giveUp(code: FlowErrorCode.idle) }
    }

    /// - Parameter ended: called once, never from within here.
    package static func opening(
        _ measure: MeasureRequest, at place: StreamPlace, ended: @escaping (Outcome) -> Void
    ) -> MeasureFlow {
        let flow = MeasureFlow(measure, isOpener: true, at: place, ended: ended)
        place.carrier.write(place.stream, flow.request.encoded)
        // Who only receives has nothing more to say.
        if !flow.isSender { place.carrier.finish(place.stream) }
        return flow
    }

    /// The side that was asked: sends the good news, and begins.
    package static func serving(_ measure: MeasureRequest, at place: StreamPlace) -> MeasureFlow {
        let flow = MeasureFlow(measure, isOpener: false, at: place) { _ in }
        place.carrier.write(place.stream, OpenReply(.connected).encoded)
        flow.move()
        return flow
    }

    package var hasEnded: Bool {
        if case .ended = state { true } else { false }
    }

    // MARK: Events of the stream

    package func streamReadable() -> OpenReply? {
        var answer: OpenReply?
        if state == .awaitingReply {
            answer = reply.read(place.stream, of: place.carrier).reply
            if let answer { take(answer) }
        }
        move()
        return answer
    }

    package func streamWritable() { move() }
    package func streamReset() { giveUp(code: FlowErrorCode.socketFailed) }

    /// The receiver has seen enough.
    package func streamStopped() {
        guard isSender, state == .running else { return }
        place.carrier.reset(place.stream, code: FlowErrorCode.measured)
        if !isOpener { end(.complete, .closed(by: .far)) }
    }

    package func streamClosed() { end(.broken, .closed(by: .far)) }
    package func carrierLost() { end(.broken, .sessionLost) }
    package func drain() { abort() }

    package func abort() {
        giveUp(code: FlowErrorCode.sessionClosed, .sessionClosed)
    }

    package func cancel() { giveUp(code: FlowErrorCode.cancelled, .cancelled) }

    private func take(_ answer: OpenReply) {
        isConnected = answer.status == .connected
        if isConnected {
            state = .running
        } else {
            place.carrier.reset(place.stream, code: FlowErrorCode.refused)
            end(.refused(answer), .refused)
        }
    }

    // MARK: Moving bytes

    private func move() {
        guard state == .running else { return discard() }
        if isSender {
            send()
            if isOpener { readResult() } else { discard() }
        } else {
            receive()
        }
    }

    /// Sends what one turn may move; a stream that takes more is gone on with in the next one, so
    /// that others, and the end of the measurement, get their turn.
    private func send() {
        var share = Flow.bytesPerTurn
        while state == .running, let allowance = allowance(upTo: Self.zeros.count) {
            guard share > 0 else { return goOnSoon() }
            let count = place.carrier.withFreeSpace(place.stream, upTo: allowance) { blocks in
                let count = min(blocks.byteCount, allowance)
                blocks.store(Self.zeros.span.bytes.extracting(0..<count))
                return count
            }
            guard count > 0 else { return }
            share -= count
            uploadedBytes &+= UInt64(count)
            place.budget?.spend(count)
        }
    }

    private func goOnSoon() {
        guard !goesOn else { return }
        goesOn = true
        place.loop.schedule(after: .zero) { [weak self] in
            self?.goesOn = false
            self?.move()
        }
    }

    private func receive() {
        var status = StreamReadStatus.hasMore
        while status == .hasMore, let allowance = allowance(upTo: .max) {
            var taken = 0
            status = place.carrier.withReadable(place.stream) { blocks in
                let count = min(blocks.byteCount, allowance - taken)
                taken += count
                return count
            }
            note(taken)
            // Whatever comes after this is announced.
            if taken == 0 { break }
        }
        switch status {
        case .hasMore, .drained: break
        case .finished: conclude()
        case .reset: giveUp(code: FlowErrorCode.socketFailed, .reset(by: .far))
        }
    }

    private func note(_ count: Int) {
        guard count > 0 else { return }
        place.budget?.spend(count)
        downloadedBytes &+= UInt64(count)
        guard firstByteTime == nil else { return }
        firstByteTime = place.loop.now
        arm(after: duration) { $0.conclude() }
    }

    /// Nil while the peer's rate leaves nothing; the flow goes on by itself then.
    private func allowance(upTo limit: Int) -> Int? {
        guard let budget = place.budget else { return limit }
        guard !isHeldBack else { return nil }
        let allowance = budget.allowance(upTo: limit)
        guard allowance == 0 else { return allowance }
        isHeldBack = true
        budget.wait { [weak self] in
            self?.isHeldBack = false
            self?.move()
        }
        return nil
    }

    private func readResult() {
        let missing = MeasureResult.encodedLength - result.count
        var isOver = false
        let status = place.carrier.withReadable(place.stream) { blocks in
            let count = min(blocks.byteCount, missing)
            for offset in 0..<count { result.append(blocks.byte(at: offset)) }
            isOver = blocks.byteCount > missing
            return blocks.byteCount
        }
        guard isOver || status == .finished || result.count == MeasureResult.encodedLength else {
            return
        }
        // No more can have arrived than was sent.
        guard !isOver, let result = MeasureResult(encoded: result), result.bytes <= uploadedBytes
        else { return giveUp(code: FlowErrorCode.badRequest, .reset(by: .near)) }
        place.carrier.reset(place.stream, code: FlowErrorCode.measured)
        end(.measured(result), .closed(by: .far))
    }

    /// What the other side sends that has nothing to say any more.
    private func discard() {
        _ = place.carrier.withReadable(place.stream) { $0.byteCount }
    }

    // MARK: The end

    /// The receiver has its result.
    private func conclude() {
        guard state == .running else { return }
        let time = firstByteTime.map { place.loop.now - $0 } ?? .zero
        let result = MeasureResult(
            bytes: downloadedBytes, microseconds: UInt64(max(time.nanoseconds / 1_000, 0)))
        place.carrier.stopReading(place.stream, code: FlowErrorCode.measured)
        if !isOpener {
            place.carrier.write(place.stream, result.encoded)
            place.carrier.finish(place.stream)
        }
        end(.measured(result), .closed(by: .near))
    }

    private func giveUp(code: UInt64, _ reason: FlowEnd = .reset(by: .far)) {
        guard !hasEnded else { return }
        place.carrier.reset(place.stream, code: code)
        place.carrier.stopReading(place.stream, code: code)
        end(.broken, reason)
    }

    private func end(_ outcome: Outcome, _ reason: FlowEnd) {
        guard !hasEnded else { return }
        state = .ended(outcome)
        endReason = reason
        if let timer { place.loop.cancel(timer) }
        timer = nil
        ended(outcome)
    }

    private func arm(after time: Interval, _ act: @escaping (MeasureFlow) -> Void) {
        if let timer { place.loop.cancel(timer) }
        timer = place.loop.schedule(after: time) { [weak self] in
            guard let self else { return }
            self.timer = nil
            act(self)
        }
    }
}
