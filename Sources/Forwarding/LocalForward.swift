import SRMUDP

/// The listeners of one `-L` forward.
///
/// It outlives sessions: while there is none, or while the session has no stream to spare, accepted
/// connections wait in order, a bounded number of them and for a bounded time. Nothing is read from
/// a connection that waits.
package final class LocalForward {
    package enum State {
        case listening
        /// The listeners are closed for good.
        case closed
    }

    private struct WaitingConnection {
        let socket: TCPSocket
        let deadline: Instant
    }

    package let request: OpenRequest
    /// Where the listeners are, with the ports that the system chose where port 0 was asked for.
    package private(set) var addresses: [SocketAddress] = []
    package private(set) var state: State = .listening

    private let loop: EventLoop
    private let hold: Interval
    private let limit: Int
    private let report: (ForwardingReport) -> Void
    private var listeners: [TCPListener] = []
    private var session: ForwardingSession?
    private var waiting: [WaitingConnection] = []
    private var holdTimer: TimerID?
    private var isAwaitingStreams = false

    /// Binds all of `addresses`, or none.
    ///
    /// With port 0 all listeners get the same port, which the system chooses. A loopback or
    /// wildcard
    /// address of a family that the machine does not have is left out, as long as one remains.
    /// - Parameter hold: how long an accepted connection waits for a session or a stream.
    /// - Throws: `SystemError` of the address that could not be bound.
    package init(
        loop: EventLoop, listening addresses: [SocketAddress], request: OpenRequest, hold: Interval,
        limits: ForwardingLimits = ForwardingLimits(), logger: Logger,
        report: @escaping (ForwardingReport) -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.request = request
        self.hold = hold
        self.report = report
        limit = limits.waitingConnections
        listeners = try ListenerSet.bind(addresses, loop: loop, logger: logger) {
            [weak self] socket in
            self?.accept(socket)
        }
        self.addresses = listeners.map(\.address)
    }

    deinit {
        for listener in listeners { listener.close() }
    }

    /// How many accepted connections have no flow yet.
    package var waitingConnections: Int { waiting.count }

    /// Uses `session` from now on; nil when there is none. Connections that wait go first.
    package func attach(_ session: ForwardingSession?) {
        self.session = session
        isAwaitingStreams = false
        openWaiting()
    }

    /// Closes the listeners and resets the connections that wait. Flows are the session's business.
    package func close() {
        switch state {
        case .closed: return
        case .listening: state = .closed
        }
        for listener in listeners { listener.close() }
        listeners = []
        for connection in waiting { connection.socket.abort() }
        waiting = []
        session = nil
        if let holdTimer { loop.cancel(holdTimer) }
        holdTimer = nil
    }

    private func accept(_ socket: TCPSocket) {
        if waiting.isEmpty, let session, session.openFlow(socket, for: request) { return }
        guard waiting.count < limit else {
            socket.abort()
            return report(.connectionsDropped(request: request, count: 1))
        }
        waiting.append(WaitingConnection(socket: socket, deadline: loop.now + hold))
        armHoldTimer()
        awaitStreams()
    }

    private func openWaiting() {
        guard let session, session.isOpen else { return }
        var opened = 0
        for connection in waiting {
            guard session.openFlow(connection.socket, for: request) else { break }
            opened += 1
        }
        waiting.removeFirst(opened)
        awaitStreams()
    }

    private func awaitStreams() {
        guard let session, session.isOpen, !waiting.isEmpty, !isAwaitingStreams else { return }
        isAwaitingStreams = true
        session.whenStreamsMayBeFree { [weak self, weak session] in
            // A session that has been replaced has no say here any more.
            guard let self, let session, session === self.session else { return }
            isAwaitingStreams = false
            openWaiting()
        }
    }

    private func armHoldTimer() {
        guard holdTimer == nil, let first = waiting.first else { return }
        holdTimer = loop.schedule(at: first.deadline) { [weak self] in
            guard let self else { return }
            holdTimer = nil
            dropOverdue(now: loop.now)
            armHoldTimer()
        }
    }

    private func dropOverdue(now: Instant) {
        let overdue = waiting.prefix { $0.deadline <= now }
        for connection in overdue { connection.socket.abort() }
        guard !overdue.isEmpty else { return }
        waiting.removeFirst(overdue.count)
        report(.connectionsDropped(request: request, count: overdue.count))
    }
}
