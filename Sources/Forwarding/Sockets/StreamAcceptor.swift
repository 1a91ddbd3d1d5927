import SRMUDP

/// Accepts the connections of a listening socket.
///
/// When the process or the system has no file left, accepting pauses: the waiting connections stay
/// in the system's queue, and everything that is open goes on.
final class StreamAcceptor {
    /// What the user calls the place listened at.
    private let name: String
    private let loop: EventLoop
    private let logger: Logger
    private let accepted: (TCPSocket) -> Void
    private var descriptor: FileDescriptor?
    private var pause: TimerID?
    private var lastWarning: Instant?

    /// Connections taken per turn, so that a burst of them does not hold up what is open.
    private static let acceptsPerTurn = 64
    private static let pauseLength = Interval.milliseconds(100)
    private static let warningInterval = Interval.seconds(10)

    /// Takes over a listening socket and hands each connection to `accepted`. The loop holds the
    /// acceptor until `close`.
    init(
        _ descriptor: consuming FileDescriptor, name: String, loop: EventLoop, logger: Logger,
        accepted: @escaping (TCPSocket) -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.logger = logger
        self.accepted = accepted
        self.name = name
        let number = descriptor.number
        self.descriptor = consume descriptor
        try loop.register(number, for: .readable, handler: self)
    }

    var isOpen: Bool { descriptor != nil }
    /// Of the listening socket; nil when it is closed.
    var number: Int32? { descriptor?.number }

    /// Stops listening and frees the port; connections that wait in the system's queue are refused.
    func close() {
        if let pause { loop.cancel(pause) }
        pause = nil
        guard let number = descriptor?.number else { return }
        loop.unregister(number)
        descriptor = nil
    }

    /// The next connection, or `nil` when there is none, accepting pauses or has ended.
    private func acceptNext(now: Instant) -> TCPSocket? {
        while pause == nil, descriptor != nil {
            do {
                // Sockets with a path have no address; what stays is the unspecified one.
                var peer = SocketAddress(.anyIPv6, port: 0)
                guard let socket = try descriptor?.accept(peer: &peer) else { return nil }
                return TCPSocket(socket, peer: peer, loop: loop)
            } catch {
                handle(error, now: now)
            }
        }
        return nil
    }

    private func handle(_ error: SystemError, now: Instant) {
        switch error.code {
        case ErrorNumber.connectionAborted, ErrorNumber.connectionReset, ErrorNumber.timedOut,
            ErrorNumber.networkUnreachable, ErrorNumber.hostUnreachable, ErrorNumber.notPermitted:
            // Errors of the one connection, which ended while it waited (accept(2), "Error
            // handling"); the next one may be fine.
            logger.debug("a connection to \(name) was lost: \(error)")
        default:
            // Mostly no files or no memory. Others would last too, so that trying on without a
            // pause would only keep the processor busy.
            warn("\(error.reason)", now: now)
            stopForAWhile(now: now)
        }
    }

    private func stopForAWhile(now: Instant) {
        guard let number = descriptor?.number else { return }
        loop.update(number, for: [])
        pause = loop.schedule(at: now + Self.pauseLength) { [weak self] in
            guard let self, let number = descriptor?.number else { return }
            pause = nil
            loop.update(number, for: .readable)
        }
    }

    private func warn(_ reason: @autoclosure () -> String, now: Instant) {
        if let lastWarning, now - lastWarning < Self.warningInterval { return }
        lastWarning = now
        logger.warning("cannot accept connections at \(name) for now: \(reason())")
    }
}

extension StreamAcceptor: EventHandler {
    func ready(_ readiness: Readiness, now: Instant) {
        for _ in 0..<Self.acceptsPerTurn {
            guard let socket = acceptNext(now: now) else { return }
            accepted(socket)
        }
    }
}
