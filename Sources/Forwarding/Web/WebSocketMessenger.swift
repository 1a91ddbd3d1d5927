import SRMUDP

/// An open WebSocket of whole messages on the event loop.
///
/// Its user sets the closures, sends, and at last closes or hears that it is over. The closures are
/// never called from within a method of the messenger. A peer that is silent is pinged, and given up
/// when it stays silent; one that does not read what it is sent is dropped when `queueLimit` bytes
/// wait for it: whoever has much to send stops at `highMark` and goes on when `drained` is called.
package final class WebSocketMessenger {
    package struct Timing: Sendable {
        /// After this silence of the peer it is pinged.
        package var pingInterval = Interval.seconds(20)
        /// After this silence it is given up.
        package var silenceLimit = Interval.seconds(60)
        /// How long the peer has to answer our close.
        package var closeLimit = Interval.seconds(5)

        package init() {}
    }

    /// With more than this in the queue, a sender should wait for `drained`.
    package static let highMark = 256 * 1024
    /// `drained` is called when the queue falls to this.
    package static let lowMark = 64 * 1024

    private enum State {
        case open
        /// We have begun the end; what still arrives is thrown away.
        case closing
        case ended
    }

    /// Called with each whole message; the bytes of a text are UTF-8.
    package var received: (WebSocketMessage.Kind, [UInt8]) -> Void = { _, _ in }
    /// Called once, when nothing is sent or received any more: with the close frame of the peer, or
    /// the one by which we gave it up; nil if the connection was lost.
    package var closed: (WebSocketClose?) -> Void = { _ in }
    /// Called when the queue has fallen to `lowMark` after it was longer.
    package var drained: () -> Void = {}
    /// The peer is dropped when so many bytes wait for it.
    package var queueLimit = 4 << 20
    /// Called once, when the socket is closed.
    var released: () -> Void = {}

    package let peer: SocketAddress
    private let stream: WebStream
    private let connection: WebSocketConnection
    private let loop: EventLoop
    private let timing: Timing
    private var state = State.open
    private var lastHeard: Instant
    private var timer: TimerID?
    private var isWriteBlocked = false
    private var awaitsDrain = false
    private var portion = WebStream.smallPortion

    /// Takes over a connection behind its handshake, whose socket is not registered; to be followed
    /// by `start`.
    init(
        _ stream: WebStream, _ connection: WebSocketConnection, loop: EventLoop, timing: Timing
    ) {
        self.stream = stream
        self.connection = connection
        self.loop = loop
        self.timing = timing
        peer = stream.socket.peerAddress
        lastHeard = loop.now
    }

    /// Registers with the loop, which holds the messenger until its end.
    func start() {
        guard stream.socket.isOpen else { return finish(nil, drains: false) }
        do {
            try loop.register(stream.socket.descriptor, for: .readable, handler: self)
        } catch {
            return finish(nil, drains: false)
        }
        timer = loop.schedule(after: timing.pingInterval) { [weak self] in self?.tick() }
        // The answer to the handshake waits, and behind it there may be messages already.
        loop.schedule(at: loop.now) { [weak self] in self?.turn() }
    }

    package var isOpen: Bool {
        if case .open = state { true } else { false }
    }

    /// Bytes that TCP has not taken yet.
    package var queuedCount: Int { connection.outgoing.count }

    /// Whether nothing is read, so that the peer has to wait.
    package var isPaused = false {
        didSet {
            guard isPaused != oldValue else { return }
            lastHeard = loop.now
            watch()
            if !isPaused { loop.schedule(at: loop.now) { [weak self] in self?.turn() } }
        }
    }

    // MARK: Sending

    /// Sends a message; without effect once the end was begun.
    package func send(_ kind: WebSocketMessage.Kind, _ bytes: [UInt8]) {
        guard isOpen else { return }
        guard queuedCount + bytes.count <= queueLimit else {
            return finish(
                WebSocketClose(.policyViolation, reason: "it does not read what it is sent"),
                drains: false)
        }
        connection.send(WebSocketMessage(kind: kind), bytes.span.bytes)
        if queuedCount > Self.lowMark { awaitsDrain = true }
        if !isWriteBlocked { flush() }
    }

    package func send(_ text: String) { send(.text, [UInt8](text.utf8)) }

    /// Begins the end; without effect once somebody has begun it.
    package func close(_ code: WebSocketClose.Code = .normal, reason: String = "") {
        guard isOpen else { return }
        connection.close(code, reason: reason)
        state = .closing
        // What waits in the queue is thrown away or read, but not for long.
        if isPaused { isPaused = false }
        if let timer { loop.cancel(timer) }
        timer = loop.schedule(after: timing.closeLimit) { [weak self] in
            self?.finish(WebSocketClose(code, reason: reason))
        }
        flush()
    }

    /// Writes what waits, and watches for the socket to take the rest.
    private func flush() {
        guard !isEnded else { return }
        let result = stream.write(from: &connection.outgoing)
        connection.flushPong()
        switch result {
        case .done: isWriteBlocked = false
        case .wouldBlock: isWriteBlocked = true
        case .failed: return finish(nil, drains: false)
        }
        watch()
        guard awaitsDrain, queuedCount <= Self.lowMark else { return }
        awaitsDrain = false
        loop.schedule(at: loop.now) { [weak self] in
            guard let self, isOpen else { return }
            drained()
        }
    }

    private var isEnded: Bool {
        if case .ended = state { true } else { false }
    }

    private func watch() {
        guard !isEnded else { return }
        var interest = Readiness.none
        if !isPaused { interest.insert(.readable) }
        if isWriteBlocked { interest.insert(.writable) }
        loop.update(stream.socket.descriptor, for: interest)
    }

    // MARK: Receiving

    private func read(now: Instant) {
        let limit = portion
        switch stream.read(into: &connection.incoming, atMost: limit) {
        case .progress:
            lastHeard = now
            // Whoever sends much is read in large portions; the others need no memory for that.
            portion =
                connection.incoming.count >= limit ? WebStream.portion : WebStream.smallPortion
            handleEvents()
        case .wouldBlock: break
        case .end: finish(nil)
        case .failed: finish(nil, drains: false)
        }
    }

    /// Takes up what has come in.
    private func turn() {
        handleEvents()
        flush()
    }

    private func handleEvents() {
        while !isEnded, !isPaused, let event = connection.nextEvent() {
            switch event {
            case .message(let message):
                guard isOpen else { continue }
                received(message.kind, connection.incoming.storage.array(connection.messageRange))
            case .ping, .pong: break
            case .closed(let close): finish(close)
            case .failed(let error): finish(WebSocketClose(error.code, reason: "\(error)"))
            }
        }
        // Whoever sends much needs the memory at once again.
        if portion == WebStream.smallPortion { connection.incoming.releaseMemory() }
    }

    // MARK: Time

    private func tick() {
        guard isOpen else { return }
        let silence = loop.now - lastHeard
        if silence >= timing.silenceLimit, !isPaused {
            connection.close(.goingAway, reason: "no sign of life")
            return finish(WebSocketClose(.goingAway, reason: "no sign of life"))
        }
        if silence >= timing.pingInterval {
            connection.ping()
            flush()
        }
        connection.releaseMemory()
        stream.releaseMemory()
        timer = loop.schedule(after: timing.pingInterval) { [weak self] in self?.tick() }
    }

    // MARK: The end

    private func finish(_ close: WebSocketClose?, drains: Bool = true) {
        guard !isEnded else { return }
        state = .ended
        if let timer { loop.cancel(timer) }
        timer = nil
        // Another file may have the number of one that is closed.
        if stream.socket.isOpen { loop.unregister(stream.socket.descriptor) }
        if drains {
            StreamDrain(stream, sending: connection.takeOutgoing(), loop: loop, ended: released)
        } else {
            stream.socket.abort()
            released()
        }
        loop.schedule(at: loop.now) { [self] in
            closed(close)
            // Those who are told keep the messenger, mostly.
            received = { _, _ in }
            closed = { _ in }
            drained = {}
        }
    }
}

extension WebSocketMessenger: EventHandler {
    package func ready(_ readiness: Readiness, now: Instant) {
        if readiness.contains(.readable), !isPaused { read(now: now) }
        // There may be pongs to send, or a message that TLS wants answered.
        if readiness.contains(.writable) || !connection.outgoing.isEmpty || stream.isSecure {
            flush()
        }
    }
}
