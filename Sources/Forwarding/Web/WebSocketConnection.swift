import SRMUDP

/// What a message is, apart from its bytes.
package struct WebSocketMessage: Equatable, Sendable {
    package enum Kind: Sendable {
        /// The bytes are UTF-8, which was checked unless they are compressed.
        case text
        case binary
    }

    package let kind: Kind
    /// Whether the bytes are compressed (RFC 7692); only where that was agreed on.
    package let isCompressed: Bool

    package init(kind: Kind, isCompressed: Bool = false) {
        self.kind = kind
        self.isCompressed = isCompressed
    }
}

/// How much a peer may send.
package struct WebSocketLimits: Sendable {
    /// Bytes of a message, all fragments together.
    package var messageLength: Int
    package var fragmentCount: Int

    package init(messageLength: Int = 1 << 20, fragmentCount: Int = 1024) {
        self.messageLength = messageLength
        self.fragmentCount = fragmentCount
    }
}

/// What happened on a WebSocket.
package enum WebSocketEvent: Equatable, Sendable {
    /// A message is there; its bytes are `messageRange` of `incoming` until the next event is asked
    /// for.
    case message(WebSocketMessage)
    /// Answered already.
    case ping
    case pong(payload: [UInt8])
    /// The peer closed, or agreed to our close. The answer is in `outgoing`; when that is written,
    /// the connection below can end.
    case closed(WebSocketClose)
    /// The peer broke a rule, which the close frame in `outgoing` tells it. Nothing more is read.
    case failed(WebSocketError)
}

/// One end of a WebSocket behind its handshake (RFC 6455), without any input or output of its own.
///
/// Put what arrives into `incoming` and call `nextEvent` until it returns nil; write what is in
/// `outgoing` whenever there is something, and skip what was written. Messages are sent with `send`,
/// whole; the end is begun with `close`.
///
/// Both queues are properties of their own, so that a message may be worked on in its place while
/// the answer is being sent.
package final class WebSocketConnection {
    package enum Role: Sendable {
        case client
        case server
    }

    package enum State: Sendable {
        case open
        /// We have sent a close frame; messages still arrive until the peer has answered it.
        case closing
        /// Nothing is read or sent any more but what is in `outgoing`.
        case closed
    }

    /// With more than this in `outgoing`, only the last of several pings is answered.
    private static let pongRoom = 4096

    package let role: Role
    package private(set) var state = State.open
    package var incoming = ByteQueue()
    package var outgoing = ByteQueue()
    private var receiver: WebSocketReceiver
    private var masks: WebSocketMaskSource
    /// A ping that waits for room.
    private var unansweredPing: [UInt8]?

    /// - Parameter permitsCompression: compressed messages were agreed on; whoever did so expands
    ///   them, and checks the text.
    package init(
        _ role: Role, random: any RandomSource, limits: WebSocketLimits = WebSocketLimits(),
        permitsCompression: Bool = false
    ) {
        self.role = role
        receiver = WebSocketReceiver(
            fromClient: role == .server, limits: limits, permitsCompression: permitsCompression)
        masks = WebSocketMaskSource(random: random)
    }

    // MARK: Receiving

    /// Where in `incoming.storage` the bytes of the message are that the last event told of.
    package var messageRange: Range<Int> { incoming.kept }

    /// Whether the last event told of a message, whose bytes are still there.
    private var hasMessage = false

    /// What is next in `incoming`; nil if more bytes must come first, or the end has come.
    package func nextEvent() -> WebSocketEvent? {
        if hasMessage {
            incoming.dropKept()
            hasMessage = false
        }
        guard state != .closed else { return nil }
        do {
            switch try receiver.step(&incoming) {
            case .incomplete: return nil
            case .message(let message):
                hasMessage = true
                return .message(message)
            case .control(.ping, let payload):
                answerPing(payload)
                return .ping
            case .control(.pong, let payload): return .pong(payload: payload)
            case .control(_, let payload): return .closed(try handleClose(payload))
            }
        } catch {
            fail(error)
            return .failed(error)
        }
    }

    private func handleClose(_ payload: [UInt8]) throws(WebSocketError) -> WebSocketClose {
        let close = try WebSocketClose(payload: payload)
        if state == .open { sendClose(WebSocketClose(close.code)) }
        state = .closed
        return close
    }

    private func fail(_ error: WebSocketError) {
        if state == .open { sendClose(WebSocketClose(error.code, reason: error.description)) }
        state = .closed
    }

    /// Only the last ping needs an answer (section 5.5.3), so that a flood of them takes no memory
    /// when the peer does not read.
    private func answerPing(_ payload: [UInt8]) {
        guard state == .open else { return }
        guard outgoing.count < Self.pongRoom else {
            unansweredPing = payload
            return
        }
        unansweredPing = nil
        append(.pong, payload.span.bytes)
    }

    // MARK: Sending

    /// Sends a message, unless the end was begun.
    package func send(_ message: WebSocketMessage, _ payload: borrowing RawSpan) {
        guard state == .open else { return }
        flushPong()
        append(
            message.kind == .text ? .text : .binary, payload, isCompressed: message.isCompressed)
    }

    /// The same with the bytes of `range`.
    package func send(
        _ storage: borrowing ByteStorage, _ range: Range<Int>,
        as message: WebSocketMessage = WebSocketMessage(kind: .binary)
    ) {
        send(message, storage.bytes(range))
    }

    /// Asks the peer for a sign of life; `payload` has at most 125 bytes.
    package func ping(_ payload: [UInt8] = []) {
        precondition(payload.count <= 125, "a control frame is short")
        guard state == .open else { return }
        append(.ping, payload.span.bytes)
    }

    /// Begins the end, if nobody has yet.
    package func close(_ code: WebSocketClose.Code = .normal, reason: String = "") {
        precondition(code.isSendable, "no close frame may have this code")
        guard state == .open else { return }
        sendClose(WebSocketClose(code, reason: reason))
        state = .closing
    }

    /// To be called when `outgoing` has become shorter: a ping may have waited for that.
    package func flushPong() {
        guard let payload = unansweredPing, outgoing.count < Self.pongRoom else { return }
        answerPing(payload)
    }

    /// What is to be written, for whoever goes on with that; the connection has nothing to say any
    /// more.
    package func takeOutgoing() -> ByteQueue { outgoing.takeAll() }

    private func sendClose(_ close: WebSocketClose) { append(.close, close.payload.span.bytes) }

    private func append(
        _ opcode: WebSocketOpcode, _ payload: borrowing RawSpan, isCompressed: Bool = false
    ) {
        var mask = role == .client ? masks.next() : nil
        let header = WebSocketFrameHeader(
            isFinal: true, isCompressed: isCompressed, opcode: opcode,
            payloadLength: payload.byteCount, mask: mask)
        outgoing.reserve(header.length + payload.byteCount)
        header.write(to: &outgoing)
        let start = outgoing.waiting.upperBound
        outgoing.append(payload)
        mask?.apply(to: &outgoing.storage, start..<start + payload.byteCount)
    }
}
