import SRMUDP

/// What a message is, apart from its bytes.
package struct WebSocketMessage: Equatable, Sendable {
    package enum Kind: Sendable {
        /// The bytes are UTF-8, which was checked.
        case text
        case binary
    }

    package let kind: Kind

    package init(kind: Kind) { self.kind = kind }
}

/// How much a peer may send.
package struct WebSocketLimits: Sendable {
    /// Bytes of a message, all fragments together; of a compressed one also those that come out.
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
/// the answer is being sent. Where compression was agreed on, messages are compressed and expanded
/// on their way, and nobody needs to know.
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
    private var compression: WebSocketCompression?
    private let limits: WebSocketLimits
    private var receiver: WebSocketReceiver
    private var masks: WebSocketMaskSource
    /// A ping that waits for room.
    private var unansweredPing: [UInt8]?

    package init(
        _ role: Role, random: any RandomSource, limits: WebSocketLimits = WebSocketLimits()
    ) {
        self.role = role
        self.limits = limits
        receiver = WebSocketReceiver(fromClient: role == .server, limits: limits)
        masks = WebSocketMaskSource(random: random)
    }

    // MARK: Opening

    /// Answers a client's handshake, in `outgoing`.
    ///
    /// - Parameters:
    ///   - subprotocol: one of those asked for, or nil.
    ///   - compression: what the client gets if it asks for it; nil for none.
    package func accept(
        _ request: WebSocketRequest, subprotocol: String? = nil,
        compression: CompressionWorkspace? = nil
    ) {
        let agreement = compression.flatMap { workspace in
            DeflateAgreement(offers: request.extensions, workspace.settings)
        }
        outgoing.append(
            request.response(subprotocol: subprotocol, compression: agreement).encoded)
        agree(on: agreement, workspace: compression)
    }

    /// Compresses and expands from now on as `agreement` says, if there is one.
    package func agree(on agreement: DeflateAgreement?, workspace: CompressionWorkspace?) {
        guard let agreement, let workspace else { return }
        compression = WebSocketCompression(agreement, role: role, workspace: workspace)
        receiver.permitsCompression = true
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
            case .message(let message, let isCompressed):
                hasMessage = true
                if isCompressed { try expand(message) }
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

    private func expand(_ message: WebSocketMessage) throws(WebSocketError) {
        guard let compression else { preconditionFailure("the receiver has refused this one") }
        try compression.expand(
            &incoming, limit: limits.messageLength, isText: message.kind == .text)
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
        let opcode: WebSocketOpcode = message.kind == .text ? .text : .binary
        let isSent =
            compression?.compress(payload) { storage, range in
                append(opcode, storage.bytes(range), isCompressed: true)
            } ?? false
        if !isSent { append(opcode, payload) }
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

    /// Gives back memory that an idle connection does not need.
    package func releaseMemory() {
        incoming.releaseMemory()
        outgoing.releaseMemory()
        compression?.releaseMemory()
    }

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
