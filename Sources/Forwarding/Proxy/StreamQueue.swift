import SRMUDP

/// Those who want a stream, in their order, while there is no session or it has none to spare.
///
/// So many wait at most, and for a limited time.
final class StreamQueue {
    private let loop: EventLoop
    private let hold: Interval
    private let limit: Int
    private let origin: ForwardOrigin?
    private let report: (ForwardingReport) -> Void
    private var session: ForwardingSession?
    private var waiting: [StreamWish] = []
    private var holdTimer: TimerID?
    private var isAwaitingStreams = false

    /// - Parameter origin: the forward whose clients wait here; nil: none of this side's.
    init(
        loop: EventLoop, hold: Interval, limit: Int, origin: ForwardOrigin?,
        report: @escaping (ForwardingReport) -> Void
    ) {
        self.loop = loop
        self.hold = hold
        self.limit = limit
        self.origin = origin
        self.report = report
    }

    var count: Int { waiting.count }

    /// The connections that wait, in their order, as another program goes on with them.
    /// - Throws: if somebody else waits, too.
    func snapshot() throws(HandoverObstacle) -> [SocketSnapshot] {
        var sockets: [SocketSnapshot] = []
        for wish in waiting where !wish.isCancelled {
            guard let socket = wish.socket else {
                throw HandoverObstacle("\(wish.request) waits for a session")
            }
            sockets.append(
                SocketSnapshot(descriptor: socket.descriptor, peerAddress: socket.peerAddress))
        }
        return sockets
    }

    /// Uses `session` from now on; nil when there is none.
    func attach(_ session: ForwardingSession?) {
        self.session = session
        isAwaitingStreams = false
        serve()
    }

    /// Gives `makeUser` a stream as soon as there is one, perhaps at once; or calls `dropped`, when
    /// too many wait or it took too long.
    @discardableResult
    func wait(
        for request: OpenRequest, socket: TCPSocket? = nil,
        _ makeUser: @escaping (StreamPlace) -> any StreamUser, dropped: @escaping () -> Void
    ) -> StreamWish {
        let wish = StreamWish(
            request: request, deadline: loop.now + hold, socket: socket, makeUser: makeUser,
            dropped: dropped)
        if waiting.isEmpty, let session, session.open(from: origin, wish.makeUser) { return wish }
        guard waiting.count < limit else {
            drop([wish])
            return wish
        }
        waiting.append(wish)
        armHoldTimer()
        awaitStreams()
        return wish
    }

    /// Drops all who wait.
    func close() {
        session = nil
        if let holdTimer { loop.cancel(holdTimer) }
        holdTimer = nil
        let dropped = waiting
        waiting = []
        for wish in dropped where !wish.isCancelled { wish.dropped() }
    }

    private func serve() {
        guard let session, session.isOpen else { return }
        var served = 0
        for wish in waiting {
            guard wish.isCancelled || session.open(from: origin, wish.makeUser) else { break }
            served += 1
        }
        waiting.removeFirst(served)
        awaitStreams()
    }

    private func awaitStreams() {
        guard let session, session.isOpen, !waiting.isEmpty, !isAwaitingStreams else { return }
        isAwaitingStreams = true
        session.whenStreamsMayBeFree { [weak self, weak session] in
            // A session that has been replaced has no say here any more.
            guard let self, let session, session === self.session else { return }
            isAwaitingStreams = false
            serve()
        }
    }

    private func armHoldTimer() {
        guard holdTimer == nil, let first = waiting.first else { return }
        holdTimer = loop.schedule(at: first.deadline) { [weak self] in
            guard let self else { return }
            holdTimer = nil
            let overdue = waiting.prefix { $0.deadline <= self.loop.now }
            waiting.removeFirst(overdue.count)
            drop(overdue)
            armHoldTimer()
        }
    }

    private func drop(_ wishes: some Collection<StreamWish>) {
        let dropped = wishes.filter { !$0.isCancelled }
        for wish in dropped { wish.dropped() }
        if let first = dropped.first {
            origin?.refused(dropped.count)
            report(.connectionsDropped(request: first.request, count: dropped.count))
        }
    }
}

/// One who wants a stream.
final class StreamWish {
    let request: OpenRequest
    let deadline: Instant
    /// The accepted connection, where it is as it came in.
    let socket: TCPSocket?
    let makeUser: (StreamPlace) -> any StreamUser
    let dropped: () -> Void
    private(set) var isCancelled = false

    fileprivate init(
        request: OpenRequest, deadline: Instant, socket: TCPSocket?,
        makeUser: @escaping (StreamPlace) -> any StreamUser, dropped: @escaping () -> Void
    ) {
        self.request = request
        self.deadline = deadline
        self.socket = socket
        self.makeUser = makeUser
        self.dropped = dropped
    }

    /// Neither closure is called any more.
    func cancel() { isCancelled = true }
}
