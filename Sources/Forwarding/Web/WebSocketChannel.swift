import SRMUDP

/// An open WebSocket that carries datagrams: each binary message is one, in both directions.
///
/// What TCP does not take at once waits in a queue of 256 KiB; beyond that, datagrams are dropped as a
/// network would, and the loss detection of what they carry notices. The system, too, is kept from
/// gathering megabytes: those would be seconds of delay. A peer that stays silent is asked for a sign
/// of life, and given up when it gives none.
package final class WebSocketChannel {
    /// The largest datagram that passes.
    package static let datagramLimit = 16_384
    package static let queueLimit = 256 * 1024
    private static let systemQueueLimit: Int32 = 128 * 1024

    package struct Timing: Sendable {
        /// After this silence of the peer it is pinged.
        package var pingInterval = Interval.seconds(25)
        /// After this silence it is given up.
        package var silenceLimit = Interval.seconds(60)

        package init() {}
    }

    /// Datagrams that the queue had no room for.
    package private(set) var droppedCount: UInt64 = 0

    private let stream: WebStream
    private let connection: WebSocketConnection
    private let loop: EventLoop
    private let timing: Timing
    private let receive: (inout ByteStorage, Range<Int>, Instant) -> Void
    private var ended: ((WebSocketLinkError) -> Void)?
    /// Called when the socket is closed, which takes longer than the end.
    private let released: () -> Void
    private var lastHeard: Instant
    private var timer: TimerID?
    private var isWriteBlocked = false

    /// Takes over a connection behind its handshake, whose socket is not registered; to be followed
    /// by `start`.
    ///
    /// - Parameters:
    ///   - receive: called with each datagram, which it may change in its place.
    ///   - ended: called once, when no more datagrams pass.
    ///   - released: called once after that, when the socket is closed.
    init(
        _ stream: WebStream, _ connection: WebSocketConnection, loop: EventLoop, timing: Timing,
        receive: @escaping (inout ByteStorage, Range<Int>, Instant) -> Void,
        ended: @escaping (WebSocketLinkError) -> Void, released: @escaping () -> Void
    ) {
        self.stream = stream
        self.connection = connection
        self.loop = loop
        self.timing = timing
        self.receive = receive
        self.ended = ended
        self.released = released
        lastHeard = loop.now
    }

    package var isOpen: Bool { ended != nil }
    package var peerAddress: SocketAddress { stream.socket.peerAddress }

    /// Registers with the loop, which holds the channel until its end, and takes up what has arrived
    /// already. `ended` may be called from within.
    func start() {
        do {
            try loop.register(stream.socket.descriptor, for: .readable, handler: self)
        } catch {
            return finish(.stream(.lost(error)), drains: false)
        }
        stream.socket.limitUnsent(Self.systemQueueLimit)
        scheduleTimer()
        handleEvents(now: loop.now)
        flush()
    }

    /// Ends the WebSocket; without effect once it has ended.
    package func close(_ code: WebSocketClose.Code = .goingAway, reason: String = "") {
        guard isOpen else { return }
        connection.close(code, reason: reason)
        finish(.closedHere)
    }

    // MARK: Receiving

    private func read(now: Instant) {
        switch stream.read(into: &connection.incoming) {
        case .progress:
            lastHeard = now
            handleEvents(now: now)
        case .wouldBlock: break
        case .end: finish(.ended)
        case .failed(let error): finish(.stream(error), drains: false)
        }
    }

    private func handleEvents(now: Instant) {
        while isOpen, let event = connection.nextEvent() {
            switch event {
            case .message(let message) where message.kind == .binary:
                let range = connection.messageRange
                receive(&connection.incoming.storage, range, now)
            case .message:
                connection.close(.unacceptable, reason: "only binary messages are datagrams")
                finish(.broken("a text was sent where datagrams are"))
            case .ping, .pong: break
            case .closed(let close): finish(.closedByPeer(close))
            case .failed(let error): finish(.broken(error.description))
            }
        }
    }

    // MARK: Writing

    /// Writes what waits, and watches for the socket to take the rest.
    private func flush() {
        guard isOpen else { return }
        let result = stream.write(from: &connection.outgoing)
        connection.flushPong()
        switch result {
        case .done: watch(isBlocked: false)
        case .wouldBlock: watch(isBlocked: true)
        case .failed(let error): finish(.stream(error), drains: false)
        }
    }

    private func watch(isBlocked: Bool) {
        guard isBlocked != isWriteBlocked else { return }
        isWriteBlocked = isBlocked
        loop.update(
            stream.socket.descriptor, for: isBlocked ? [.readable, .writable] : .readable)
    }

    // MARK: Time

    private func scheduleTimer() {
        timer = loop.schedule(after: timing.pingInterval) { [weak self] in self?.tick() }
    }

    private func tick() {
        guard isOpen else { return }
        let silence = loop.now - lastHeard
        if silence >= timing.silenceLimit {
            connection.close(.goingAway, reason: "no sign of life")
            return finish(.silent)
        }
        if silence >= timing.pingInterval {
            connection.ping()
            flush()
        }
        connection.releaseMemory()
        stream.releaseMemory()
        scheduleTimer()
    }

    // MARK: The end

    private func finish(_ reason: WebSocketLinkError, drains: Bool = true) {
        guard let ended else { return }
        self.ended = nil
        if let timer { loop.cancel(timer) }
        loop.unregister(stream.socket.descriptor)
        if drains {
            StreamDrain(
                stream, sending: connection.takeOutgoing(), loop: loop, ended: released)
        } else {
            stream.socket.close()
        }
        ended(reason)
        if !drains { released() }
    }
}

extension WebSocketChannel: EventHandler {
    package func ready(_ readiness: Readiness, now: Instant) {
        if readiness.contains(.readable) { read(now: now) }
        // There may be pongs to send, or a message that TLS wants answered.
        if readiness.contains(.writable) || !connection.outgoing.isEmpty || stream.isSecure {
            flush()
        }
    }
}

extension WebSocketChannel: DatagramLink {
    package func send(
        _ storage: borrowing ByteStorage, _ range: Range<Int>, segmentSize: Int, now: Instant
    ) -> SendResult {
        guard isOpen else { return .failed(ErrorNumber.brokenPipe) }
        guard segmentSize <= Self.datagramLimit else { return .tooBig }
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + max(segmentSize, 1), range.upperBound)
            if connection.outgoing.count + end - start <= Self.queueLimit {
                connection.send(storage, start..<end)
            } else {
                droppedCount += 1
            }
            start = end
        }
        if !isWriteBlocked { flush() }
        return .sent
    }
}
