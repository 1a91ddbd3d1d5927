import SRMUDP

/// An open WebSocket as the near end of a flow: the bytes of all its messages, one behind the other.
///
/// What the flow writes goes out in binary messages. A WebSocket cannot end one direction alone:
/// when the flow has no more to write the WebSocket is closed; and when the client closes it, the
/// flow reads the end, and what it still writes is thrown away for as long as `farewell` lasts.
package final class WebSocketByteChannel {
    private enum State {
        case open
        /// The client has closed it in good order.
        case closed
        /// It is lost, or nothing more is wanted of it.
        case over
    }

    /// With so much unread, the client has to wait.
    private static let highMark = 256 << 10
    /// How long the far side may go on when the client has closed.
    private static let farewell = Interval.seconds(5)
    private static let lost = SystemError("WebSocket", code: ErrorNumber.connectionReset)

    package let peerAddress: SocketAddress
    /// The flow has given the client up. Its owner says why, and closes the WebSocket.
    package private(set) var isAborted = false
    private let messenger: WebSocketMessenger
    private let loop: EventLoop
    private weak var handler: (any EventHandler)?
    private var interest = Readiness.none
    private var state = State.open
    /// What has come and was not read: from `position` on.
    private var bytes: [UInt8] = []
    private var position = 0
    private var isWaking = false

    /// Takes the closures of the messenger over, in the turn in which it was opened.
    package init(_ messenger: WebSocketMessenger, loop: EventLoop) {
        self.messenger = messenger
        self.loop = loop
        peerAddress = messenger.peer
        // The messenger drops them when it has called the second.
        messenger.received = { [self] _, bytes in take(bytes) }
        messenger.closed = { [self] close in end(close) }
        messenger.drained = { [self] in tell(.writable) }
    }

    /// Whether the client is there.
    package var isOpen: Bool {
        switch state {
        case .open: true
        case .closed, .over: false
        }
    }

    /// Whether a flow has something to do: also for a client that has said something and closed.
    package var isWorthOpening: Bool {
        switch state {
        case .open: true
        case .closed: unreadCount > 0
        case .over: false
        }
    }

    // MARK: What the client does

    private func take(_ message: [UInt8]) {
        guard isOpen, !isAborted, !message.isEmpty else { return }
        if unreadCount == 0 {
            bytes = message
            position = 0
        } else {
            bytes += message
        }
        tell(.readable)
        if unreadCount >= Self.highMark { messenger.isPaused = true }
    }

    private func end(_ close: WebSocketClose?) {
        guard isOpen else { return }
        switch close?.code {
        case .some(.normal), .some(.goingAway): endInOrder()
        // A close frame without a code is in good order, too; no frame is not.
        case nil where close != nil: endInOrder()
        case nil, .some:
            state = .over
            tell(.hangup)
        }
    }

    private func endInOrder() {
        state = .closed
        tell(.readable)
        loop.schedule(after: Self.farewell) { [self] in
            guard case .closed = state else { return }
            state = .over
            tell(.hangup)
        }
    }

    private var unreadCount: Int { bytes.count - position }

    /// A hangup is told unasked, as the event loop does.
    private func tell(_ readiness: Readiness) {
        guard readiness == .hangup || !interest.isDisjoint(with: readiness) else { return }
        handler?.ready(readiness, now: loop.now)
    }

    /// Tells once more in the next turn what the flow waits for and has not taken.
    private func wake() {
        guard !isWaking else { return }
        isWaking = true
        loop.schedule(at: loop.now) { [weak self] in
            guard let self else { return }
            isWaking = false
            tell(.readable)
        }
    }
}

extension WebSocketByteChannel: ByteChannel {
    package func watch(_ handler: any EventHandler) throws(SystemError) {
        self.handler = handler
        wait(for: .readable)
    }

    package func wait(for interest: Readiness) {
        self.interest = interest
        if interest.contains(.readable), unreadCount > 0 || !isOpen { wake() }
    }

    package func read(into blocks: borrowing BlockList) -> StreamReadResult {
        let count = min(unreadCount, blocks.byteCount)
        guard count > 0 else {
            switch state {
            case .open: return .wouldBlock
            case .closed: return .end
            case .over: return .failed(Self.lost)
            }
        }
        let waiting = bytes
        blocks.store(waiting.span.bytes.extracting(position..<position + count))
        position += count
        if unreadCount == 0 {
            bytes = []
            position = 0
        }
        if unreadCount < Self.highMark, isOpen { messenger.isPaused = false }
        return .bytes(count)
    }

    package func write(from blocks: borrowing BlockList) -> StreamWriteResult {
        switch state {
        case .open: break
        case .closed: return .bytes(blocks.byteCount)
        case .over: return .failed(Self.lost)
        }
        guard messenger.queuedCount < WebSocketMessenger.highMark else { return .wouldBlock }
        var piece = ByteStorage(uncleared: blocks.byteCount)
        blocks.copy(blocks.byteCount, to: &piece, at: 0)
        messenger.send(.binary, piece.array(0..<piece.count))
        return .bytes(blocks.byteCount)
    }

    package var hasFailed: Bool {
        switch state {
        case .open, .closed: false
        case .over: true
        }
    }

    package func shutdownWrite() { messenger.close(.normal) }
    package func close() { messenger.close(.normal) }

    package func abort() {
        isAborted = true
        bytes = []
        position = 0
    }
}
