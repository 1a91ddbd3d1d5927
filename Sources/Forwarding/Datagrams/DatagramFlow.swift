import SRMUDP

/// Where the datagrams of a flow come from and go to at our end: a client of a listening socket, a
/// target that was dialled, a destination of a SOCKS client.
package protocol DatagramSource: AnyObject {
    /// Where the datagrams go; nil for what is asked for by name.
    var address: SocketAddress? { get }
    /// Passes on what came from the far side.
    /// - Returns: false if it had to be dropped.
    func deliver(_ datagram: ArraySlice<UInt8>) -> Bool
    /// The flow is over; nothing is delivered any more.
    func flowEnded(_ end: DatagramFlow.End)
}

/// Datagrams between one client and one target, joined to one stream.
///
/// Boundaries are kept, order and delivery are not promised: as everywhere with UDP, what finds no
/// room is dropped, here with a count, and nobody waits. `DatagramFraming` says how they travel.
/// There is no end in UDP either, so a flow ends when it was idle for too long, when the target
/// refuses, or with its session.
///
///     state           event                becomes
///     awaitingReply   reply: connected     open
///     awaitingReply   any other reply      ended
///     any             idle, failure, end   ended
package final class DatagramFlow: StreamUser {
    package enum State: Equatable {
        /// The far side has not answered yet: what comes goes into the stream.
        case awaitingReply
        case open
        case ended(End)
    }

    /// Why a flow ended.
    package enum End: Equatable, Sendable {
        case idle
        /// The far side would not have it.
        case refused(OpenReply)
        /// The system said that the target cannot be reached, mostly that nobody is at its port.
        case targetFailed(SystemError)
        /// The far side ended it.
        case farSide
        /// The far side ended it, because the target cannot be reached.
        case targetUnreachable
        /// The far side ended it, because the right to it was taken away there.
        case noLongerPermitted
        /// It had to make room for another one.
        case displaced
        /// The far side broke the rules of the framing.
        case malformed
        /// The right to it was taken away.
        case withdrawn
        /// This side's user ended it.
        case cancelled
        /// The forward or the session was closed.
        case closed
        /// The connection with the far side is gone.
        case lost
    }

    package let stream: StreamID
    package let request: OpenRequest
    package private(set) var state: State
    package private(set) var isConnected: Bool
    package private(set) var uploadedBytes: UInt64 = 0
    package private(set) var downloadedBytes: UInt64 = 0
    /// Datagrams that found no room or were beyond the peer's rate, in both directions.
    package private(set) var droppedCount: UInt64 = 0
    package var droppedDatagrams: UInt64? { droppedCount }
    /// When a datagram passed last.
    package private(set) var lastActive: Instant

    private let carrier: any StreamCarrier
    private let loop: EventLoop
    private let budget: RateBudget?
    private let source: any DatagramSource
    private var idleTime: Interval
    private let answeredIdleTime: Interval?
    private var reply = OpenReplyReader()
    private var records = DatagramRecordReader()
    private var timer: TimerID?

    private init(
        _ request: OpenRequest, source: any DatagramSource, isOpener: Bool,
        limits: DatagramLimits, at place: StreamPlace
    ) {
        self.request = request
        self.source = source
        stream = place.stream
        carrier = place.carrier
        loop = place.loop
        budget = place.budget
        state = isOpener ? .awaitingReply : .open
        isConnected = !isOpener
        lastActive = place.loop.now
        idleTime = isOpener ? limits.idleTime : limits.servedIdleTime
        answeredIdleTime = isOpener && request.isForDNS ? limits.answeredIdleTime : nil
        armTimer()
    }

    /// A flow for a client of ours: sends the request; datagrams may follow at once.
    package static func opening(
        _ request: OpenRequest, source: any DatagramSource, limits: DatagramLimits,
        at place: StreamPlace
    ) -> DatagramFlow {
        place.carrier.write(place.stream, request.encoded)
        return DatagramFlow(request, source: source, isOpener: true, limits: limits, at: place)
    }

    /// A flow for a target that we dialled because the peer asked for it: sends the good news.
    /// `streamReadable` is to be called for what the opener has sent meanwhile.
    package static func serving(
        _ request: OpenRequest, source: any DatagramSource, limits: DatagramLimits,
        at place: StreamPlace
    ) -> DatagramFlow {
        place.carrier.write(place.stream, OpenReply(.connected).encoded)
        return DatagramFlow(request, source: source, isOpener: false, limits: limits, at: place)
    }

    /// Datagrams have no end to wait for.
    package func drain() { abort() }

    package var dialledAddress: SocketAddress? { source.address }

    package var endReason: FlowEnd? {
        guard case .ended(let end) = state else { return nil }
        return switch end {
        case .idle: .idle
        case .refused: .refused
        case .targetFailed, .targetUnreachable: .unreachable
        case .displaced: .reset(by: .near)
        case .farSide, .malformed: .reset(by: .far)
        case .withdrawn, .noLongerPermitted: .notPermitted
        case .cancelled: .cancelled
        case .closed: .sessionClosed
        case .lost: .sessionLost
        }
    }

    package func cancel() { finish(.cancelled, code: FlowErrorCode.cancelled) }
    package func withdraw() { finish(.withdrawn, code: FlowErrorCode.noLongerPermitted) }

    package var hasEnded: Bool {
        switch state {
        case .awaitingReply, .open: false
        case .ended: true
        }
    }

    // MARK: Our end

    /// Sends a datagram to the far side, if there is room.
    package func send(_ datagram: [UInt8]) {
        lastActive = loop.now
        guard isWithinRate(datagram.count), pass(datagram[...]) else {
            droppedCount += 1
            return
        }
        uploadedBytes += UInt64(datagram.count)
    }

    private func pass(_ datagram: ArraySlice<UInt8>) -> Bool {
        switch state {
        case .awaitingReply: return writeRecord(datagram)
        case .open:
            return switch carrier.sendDatagram(stream, datagram) {
            case .taken: true
            case .tooLong: writeRecord(datagram)
            case .full: false
            }
        case .ended: return false
        }
    }

    /// Nobody waits for credit here: what is beyond the rate is dropped, as routers do it.
    private func isWithinRate(_ count: Int) -> Bool { budget?.admits(count) ?? true }

    /// The target cannot be reached.
    package func targetFailed(_ error: SystemError) {
        finish(.targetFailed(error), code: FlowErrorCode.socketFailed)
    }

    /// Ends the flow in favour of another one.
    package func displace() { finish(.displaced, code: FlowErrorCode.idle) }

    /// Ends the flow because what it belongs to was closed.
    package func close() { finish(.closed, code: FlowErrorCode.sessionClosed) }

    private func writeRecord(_ datagram: ArraySlice<UInt8>) -> Bool {
        guard datagram.count <= DatagramFraming.payloadLimit else { return false }
        return carrier.writeWhole(stream, DatagramFraming.record(datagram))
    }

    // MARK: Events of the stream

    package func streamReadable() -> OpenReply? {
        var answer: OpenReply?
        if state == .awaitingReply {
            switch reply.read(stream, of: carrier) {
            // The event of a reset follows, and has the reason.
            case .incomplete, .reset: break
            case .complete(let reply):
                answer = reply
                take(reply)
            }
        }
        if state == .open { readRecords() }
        return answer
    }

    package func streamWritable() {}
    package func streamReset() { finish(.farSide, code: FlowErrorCode.socketFailed) }
    package func streamStopped() { streamStopped(code: 0) }

    package func streamReset(code: UInt64) {
        let end = End(farSideCode: code)
        // A yes may be lost with the reset that follows it at once; a no is never reset.
        if end != .farSide { isConnected = true }
        finish(end, code: FlowErrorCode.socketFailed)
    }

    package func streamStopped(code: UInt64) {
        // A refusal says why: its reply may be behind this.
        if case .awaitingReply = state { return }
        streamReset(code: code)
    }

    package func streamClosed() { conclude(.farSide) }

    package func datagramArrived(_ payload: ArraySlice<UInt8>) {
        // A frame may overtake the reply.
        if !hasEnded { deliver(payload) }
    }

    package func carrierLost() { conclude(.lost) }
    package func abort() { close() }

    private func take(_ answer: OpenReply) {
        isConnected = answer.status == .connected
        if isConnected {
            state = .open
        } else {
            finish(.refused(answer), code: FlowErrorCode.refused)
        }
    }

    private func readRecords() {
        let (bytes, status) = carrier.readAll(stream)
        records.append(bytes)
        do throws(DatagramRecordReader.Failure) {
            while let datagram = try records.next() {
                deliver(datagram)
                if hasEnded { return }
            }
        } catch {
            return finish(.malformed, code: FlowErrorCode.badRequest)
        }
        switch status {
        // The event of a reset follows, and has the reason.
        case .hasMore, .drained, .reset: break
        case .finished: finish(.farSide, code: FlowErrorCode.idle)
        }
    }

    private func deliver(_ datagram: ArraySlice<UInt8>) {
        lastActive = loop.now
        guard datagram.count <= DatagramFraming.payloadLimit, isWithinRate(datagram.count),
            source.deliver(datagram)
        else {
            droppedCount += 1
            return
        }
        downloadedBytes += UInt64(datagram.count)
        if let answeredIdleTime, idleTime > answeredIdleTime {
            idleTime = answeredIdleTime
            armTimer()
        }
    }

    // MARK: The end

    private func armTimer() {
        if let timer { loop.cancel(timer) }
        timer = loop.schedule(at: lastActive + idleTime) { [weak self] in self?.checkIdle() }
    }

    private func checkIdle() {
        timer = nil
        guard loop.now < lastActive + idleTime else {
            return finish(.idle, code: FlowErrorCode.idle)
        }
        armTimer()
    }

    /// Ends both directions, and tells the peer.
    private func finish(_ end: End, code: UInt64) {
        guard !hasEnded else { return }
        conclude(end)
        carrier.reset(stream, code: code)
        carrier.stopReading(stream, code: code)
    }

    private func conclude(_ end: End) {
        guard !hasEnded else { return }
        state = .ended(end)
        if let timer { loop.cancel(timer) }
        timer = nil
        source.flowEnded(end)
    }
}

extension OpenRequest {
    /// Whether it leads to a name server, of which little more is to be expected after an answer.
    fileprivate var isForDNS: Bool {
        switch self {
        case .connect(.udp(let target), _): target.port == 53
        // A listener's own destination is not known at this end.
        case .accepted(let connection): connection.target?.hostPort?.port == 53
        case .connect, .listen, .pipe, .relay, .relayed, .measure: false
        }
    }
}

extension DatagramFlow.End {
    /// What the far side says by the code of its reset.
    fileprivate init(farSideCode code: UInt64) {
        self =
            switch code {
            case FlowErrorCode.socketFailed: .targetUnreachable
            case FlowErrorCode.noLongerPermitted: .noLongerPermitted
            default: .farSide
            }
    }
}
