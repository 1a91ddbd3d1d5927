import SRMUDP

/// All flows over one carrier: those that our forwards open and those that the peer opens.
///
/// The owner of the carrier hands every stream event to `handle(_:)`. When the carrier dies, the
/// owner calls `carrierLost()`: all flows are reset then, and the session is of no further use.
/// Forwards live longer than sessions; they are given the next one. A session that has flows must
/// be
/// ended by `close`, `drain` or `carrierLost`, because the event loop holds their sockets'
/// handlers.
package final class ForwardingSession {
    private enum State {
        case open
        /// Nothing new is taken on; the closure is called when the last flow has ended.
        case draining(TimerID, () -> Void)
        case closed
    }

    let loop: EventLoop
    private let carrier: any StreamCarrier
    private let report: (ForwardingReport) -> Void
    private let serving: ServingSide
    /// What the peer listens at for us.
    package let listeners: AskedListeners

    private var state: State = .open
    private(set) var users: [StreamID: any StreamUser] = [:]
    private(set) var book: FlowBook
    private let account: PeerAccount?
    private var requestTimer: TimerID?
    private var streamWaiters: [() -> Void] = []
    private var streamWaitTimer: TimerID?

    /// How long to wait before a stream is asked for again, if no stream ends before.
    private static let streamRetryInterval = Interval.milliseconds(100)

    package init(
        loop: EventLoop, carrier: any StreamCarrier, connector: any TargetConnector,
        limits: ForwardingLimits = ForwardingLimits(), account: PeerAccount? = nil,
        tally: FlowTally? = nil, report: @escaping (ForwardingReport) -> Void
    ) {
        self.loop = loop
        self.account = account
        book = FlowBook(tally: tally)
        self.carrier = carrier
        self.report = report
        let door = TakenDoor()
        listeners = AskedListeners(besides: connector)
        serving = ServingSide(
            carrier: carrier, connector: listeners, limits: limits,
            refusal: { account?.refusalOfFlow() },
            taken: { door.session?.serve($0, for: $1, $2) },
            refused: { door.session?.refused($0, $1) })
        door.session = self
        account?.join(self)
    }

    /// How many streams are in use, of both sides.
    package var flowCount: Int { users.count }
    /// How many connects run for the peer.
    package var pendingConnects: Int { serving.pendingConnects }

    /// How many flows the peer has here; those that are being connected count.
    var servedFlowCount: Int { book.servedCount + serving.pendingConnects }

    /// Why the peer may not have one more flow; nil if it may.
    func refusalOfFlow() -> OpenReply? { account?.refusalOfFlow() }

    /// Nothing is left, and nothing comes.
    var isOver: Bool {
        if case .closed = state { true } else { false }
    }

    package var isOpen: Bool {
        switch state {
        case .open: true
        case .draining, .closed: false
        }
    }

    // MARK: Flows

    /// Makes a flow of an accepted socket.
    /// - Returns: false when no stream is to be had now; the socket is still the caller's then.
    package func openFlow(_ socket: TCPSocket, for request: OpenRequest) -> Bool {
        open { Flow.opening(request, socket: socket, at: $0) }
    }

    /// Opens a stream for whoever `makeUser` returns.
    /// - Parameter origin: the forward that the flow belongs to.
    /// - Returns: false when no stream is to be had now; `makeUser` was not called then.
    package func open(
        from origin: ForwardOrigin? = nil, _ makeUser: (StreamPlace) -> any StreamUser
    ) -> Bool {
        guard isOpen, let stream = carrier.openStream() else { return false }
        let user = makeUser(place(of: stream))
        let isServed = if case .accepted = user.request { true } else { false }
        enter(user, stream, isServed: isServed, origin: origin)
        return true
    }

    /// All flows as another program goes on with them.
    ///
    /// - Parameter forwardName: by which that one finds the forward of a flow.
    /// - Throws: why none can, of the first one of which that is so.
    package func snapshot(
        forwardName: (ForwardOrigin) -> String? = { _ in nil }
    ) throws(HandoverObstacle) -> SessionSnapshot {
        guard isOpen else { throw HandoverObstacle("a session is ending") }
        var flows: [FlowSnapshot] = []
        var waiting = serving.snapshot
        for (stream, user) in users {
            if let flow = user as? Flow {
                let name = book[stream]?.origin.flatMap(forwardName) ?? ""
                flows.append(try flow.snapshot(book[stream], forward: name))
                continue
            }
            switch user.handover {
            case .impossible: throw HandoverObstacle("\(user.request) is under way")
            case .asksAnew: waiting.append(.init(stream: stream, request: user.request.encoded))
            case .leaves: continue
            }
        }
        return SessionSnapshot(flows: flows, waiting: waiting)
    }

    /// Goes on with the flows of another program; to be called before any event is handled.
    ///
    /// - Parameter origin: the forward with this name.
    package func restore(
        _ snapshot: SessionSnapshot, files: InheritedFiles,
        origin: (String) -> ForwardOrigin? = { _ in nil }
    ) {
        for flow in snapshot.flows {
            let socket = flow.socket?.take(from: files, loop: loop)
            let user = Flow.restored(flow, socket: socket, at: place(of: flow.stream))
            users[flow.stream] = user
            let entry = FlowBook.Entry(
                since: min(flow.since, loop.now), isServed: flow.isServed,
                origin: flow.forward.isEmpty ? nil : origin(flow.forward))
            book.continues(entry, for: flow.stream, of: user)
        }
        for waiting in snapshot.waiting { serving.restore(waiting, now: loop.now) }
        armRequestTimer()
    }

    /// Calls `retry` once, as soon as asking for a stream again may be worth it.
    package func whenStreamsMayBeFree(_ retry: @escaping () -> Void) {
        guard isOpen else { return }
        streamWaiters.append(retry)
        guard streamWaitTimer == nil else { return }
        streamWaitTimer = loop.schedule(at: loop.now + Self.streamRetryInterval) { [weak self] in
            self?.streamWaitTimer = nil
            self?.wakeStreamWaiters()
        }
    }

    package func handle(_ event: StreamEvent) {
        let stream = event.stream
        guard let user = users[stream] else { return handleUnclaimed(event) }
        switch event {
        case .opened:
            // Only a carrier that uses an ID twice says so; the flow that has it keeps it.
            break
        case .readable:
            if let reply = user.streamReadable() { answered(user, stream, reply) }
        case .writable: user.streamWritable()
        case .reset(_, let code): user.streamReset(code: code)
        case .stopped(_, let code): user.streamStopped(code: code)
        case .finished: break
        case .closed:
            user.streamClosed()
            users[stream] = nil
            reportEnd(user, of: stream)
            wakeStreamWaiters()
            completeDrainWhenIdle()
        }
    }

    /// Tells the owner what happened with a connection that has no stream yet.
    func note(_ change: ForwardingReport) {
        book.noted(change)
        report(change)
    }

    /// A DATAGRAM frame arrived: the stream that it belongs to, then what it carries.
    ///
    ///     stream ID, varint | payload
    package func handleDatagram(_ bytes: [UInt8]) {
        guard let (stream, payload) = DatagramFraming.parse(bytes), let user = users[stream]
        else { return }
        user.datagramArrived(payload)
    }

    /// Takes the flows that were granted to the peer back for which `isOver` holds.
    func withdraw(where isOver: (any StreamUser) -> Bool) {
        for stream in book.servedStreams {
            if let user = users[stream], isOver(user) { user.withdraw() }
        }
    }

    // MARK: The end

    /// Takes nothing new on, lets the flows finish and resets those that live at `deadline`.
    ///
    /// `completion` is called once nothing is left, perhaps before this method returns.
    package func drain(until deadline: Instant, completion: @escaping () -> Void) {
        guard isOpen else { return completion() }
        let timer = loop.schedule(at: deadline) { [weak self] in self?.close() }
        state = .draining(timer, completion)
        dropWaiters()
        serving.refuseAll(Self.closingReply)
        for user in users.values { user.drain() }
        completeDrainWhenIdle()
    }

    /// Resets all flows.
    package func close() {
        serving.abortAll()
        end { $0.abort() }
    }

    /// The carrier is dead: all flows are reset at their sockets.
    package func carrierLost() {
        serving.close()
        end { $0.carrierLost() }
    }

    // MARK: Private

    private static let closingReply = OpenReply(
        .generalFailure, detail: "the session is closing")

    /// An event of a stream that has no flow: one that the peer opened, or one that is over.
    private func handleUnclaimed(_ event: StreamEvent) {
        switch event {
        case .opened(let stream):
            switch state {
            case .open:
                serving.streamOpened(stream, now: loop.now)
                armRequestTimer()
            case .draining: serving.refuse(stream, Self.closingReply)
            case .closed: break
            }
        case .readable(let stream): serving.streamReadable(stream)
        case .writable, .finished: break
        case .reset(let stream, _), .stopped(let stream, _): serving.streamFailed(stream)
        case .closed(let stream):
            serving.streamClosed(stream)
            wakeStreamWaiters()
            completeDrainWhenIdle()
        }
    }

    /// - Parameter request: what the peer asked for; the user's own may be what came of it.
    private func serve(
        _ stream: StreamID, for request: OpenRequest,
        _ makeUser: (StreamPlace) -> any StreamUser
    ) {
        let user = makeUser(place(of: stream))
        enter(user, stream, isServed: true, origin: listeners.origin(of: request))
        book.connected(stream, of: user)
        report(.servedOpened(request: user.request))
    }

    private func refused(_ request: OpenRequest, _ reply: OpenReply) {
        listeners.origin(of: request)?.refused(1)
        note(.servedRefused(request: request, reply))
    }

    private func enter(
        _ user: any StreamUser, _ stream: StreamID, isServed: Bool, origin: ForwardOrigin?
    ) {
        users[stream] = user
        book.enter(
            FlowBook.Entry(since: loop.now, isServed: isServed, origin: origin), for: stream,
            of: user)
    }

    private func place(of stream: StreamID) -> StreamPlace {
        StreamPlace(
            stream: stream, carrier: carrier, loop: loop, budget: account?.budget, session: self)
    }

    private func answered(_ user: any StreamUser, _ stream: StreamID, _ reply: OpenReply) {
        book.answered(reply, on: stream, of: user, now: loop.now)
        if reply.status == .connected {
            report(.flowOpened(request: user.request))
        } else {
            report(.flowRefused(request: user.request, reply))
        }
    }

    private func reportEnd(_ user: any StreamUser, of stream: StreamID) {
        let entry = book.remove(stream, of: user, now: loop.now)
        guard user.isConnected, let entry else { return }
        let end = user.endReason ?? .closed(by: .far)
        guard entry.isServed else {
            return report(
                .flowClosed(
                    request: user.request, uploadedBytes: user.uploadedBytes,
                    downloadedBytes: user.downloadedBytes, end: end))
        }
        report(
            .servedClosed(
                FlowRecord(
                    request: user.request, address: user.dialledAddress,
                    uploadedBytes: user.uploadedBytes, downloadedBytes: user.downloadedBytes,
                    droppedDatagrams: user.droppedDatagrams, duration: loop.now - entry.since,
                    end: end)))
    }

    private func end(_ endUser: (any StreamUser) -> Void) {
        let ending = users
        users = [:]
        for (stream, user) in ending {
            endUser(user)
            reportEnd(user, of: stream)
        }
        dropWaiters()
        if let requestTimer { loop.cancel(requestTimer) }
        requestTimer = nil
        let former = state
        state = .closed
        if case .draining(let timer, let completion) = former {
            loop.cancel(timer)
            completion()
        }
    }

    private func completeDrainWhenIdle() {
        guard case .draining(let timer, let completion) = state, users.isEmpty, serving.isEmpty
        else { return }
        loop.cancel(timer)
        state = .closed
        completion()
    }

    private func armRequestTimer() {
        guard requestTimer == nil, let deadline = serving.nextDeadline else { return }
        requestTimer = loop.schedule(at: deadline) { [weak self] in
            guard let self else { return }
            requestTimer = nil
            serving.giveUpOverdue(now: loop.now)
            armRequestTimer()
        }
    }

    private func wakeStreamWaiters() {
        guard !streamWaiters.isEmpty else { return }
        if let streamWaitTimer { loop.cancel(streamWaitTimer) }
        streamWaitTimer = nil
        let waiters = streamWaiters
        streamWaiters = []
        for retry in waiters { retry() }
    }

    private func dropWaiters() {
        streamWaiters = []
        if let streamWaitTimer { loop.cancel(streamWaitTimer) }
        streamWaitTimer = nil
    }
}

/// Lets the serving side, which the session owns, reach the session without owning it.
private final class TakenDoor {
    weak var session: ForwardingSession?
}
