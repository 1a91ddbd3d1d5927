import SRMUDP

/// The listeners of one `-L` forward, at a TCP port or a UNIX socket.
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

    package let request: OpenRequest
    package private(set) var state: State = .listening
    package let origin: ForwardOrigin

    private let queue: StreamQueue
    private let listeners: ListenerGroup

    /// Binds all of `place`, or nothing.
    ///
    /// With port 0 all listeners get the same port, which the system chooses. A loopback or
    /// wildcard address of a family that the machine does not have is left out, as long as one
    /// remains.
    /// - Parameters:
    ///   - hold: how long an accepted connection waits for a session or a stream.
    ///   - inherited: listeners of another program of this process; with them nothing is bound.
    ///   - origin: another one than a new one where the forward goes on in this program.
    /// - Throws: `SystemError` of the address or path that could not be bound.
    package init(
        loop: EventLoop, listening place: ListeningPlace, request: OpenRequest, hold: Interval,
        limits: ForwardingLimits = ForwardingLimits(), logger: Logger,
        inherited: InheritedListeners? = nil, origin: ForwardOrigin = ForwardOrigin(),
        report: @escaping (ForwardingReport) -> Void
    ) throws(SystemError) {
        self.request = request
        self.origin = origin
        let queue = StreamQueue(
            loop: loop, hold: hold, limit: limits.waitingConnections, origin: origin,
            report: report)
        self.queue = queue
        listeners = try ListenerGroup(
            place, loop: loop, logger: logger, inherited: inherited
        ) { socket in
            queue.wait(for: request, socket: socket) { place in
                Flow.opening(request, socket: socket, at: place)
            } dropped: {
                socket.abort()
            }
        }
    }

    /// Listens at TCP addresses.
    package convenience init(
        loop: EventLoop, listening addresses: [SocketAddress], request: OpenRequest, hold: Interval,
        limits: ForwardingLimits = ForwardingLimits(), logger: Logger,
        report: @escaping (ForwardingReport) -> Void
    ) throws(SystemError) {
        try self.init(
            loop: loop, listening: .addresses(addresses), request: request, hold: hold,
            limits: limits, logger: logger, report: report)
    }

    package func snapshot() throws(HandoverObstacle) -> ListenerSnapshot? {
        listeners.snapshot(waiting: try queue.snapshot())
    }

    /// Where the listeners are, with the ports that the system chose where port 0 was asked for;
    /// empty for a path.
    package var addresses: [SocketAddress] { listeners.addresses }
    /// How many accepted connections have no flow yet.
    package var waitingConnections: Int { queue.count }

    /// Uses `session` from now on; nil when there is none. Connections that wait go first.
    package func attach(_ session: ForwardingSession?) {
        guard state == .listening else { return }
        queue.attach(session)
    }

    /// Closes the listeners and resets the connections that wait. Flows are the session's business.
    package func close() {
        switch state {
        case .closed: return
        case .listening: state = .closed
        }
        listeners.close()
        queue.close()
    }
}
