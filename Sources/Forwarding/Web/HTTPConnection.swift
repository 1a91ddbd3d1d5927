import SRMUDP

/// One client of an `HTTPServer`: its requests one after the other, each answered before the next is
/// read.
///
///                    a whole request               the answer
///     reading ─────────────────────▸ answering ─────────────▸ writing
///        ▴                                                       │
///        └──────────────────── all of it is written ─────────────┤
///                                             it is the last one └──▸ ended
///
/// While an answer is waited for or written, nothing is read, so that a client that sends without
/// reading fills the buffers of the system and no more.
final class HTTPConnection {
    private enum State {
        /// A request comes in, or is waited for.
        case reading
        /// The handler has a request.
        case answering
        /// An answer goes out.
        case writing(endsConnection: Bool)
        /// The stream is closed, or somebody else's.
        case ended
    }

    /// What is waited for, which has its own limit of time.
    private enum Phase {
        case request
        case head
        /// `portion` counts what came in.
        case body(portion: Int)
        case answer
        case writing
    }

    /// How much of a body may come in the time for one.
    private static let bodyPortion = 65_536

    private let stream: WebStream
    private let tools: HTTPServer.Tools
    private let handler: () -> (any HTTPHandler)?
    private let ended: (HTTPConnection) -> Void
    private let opened: (HTTPConnection, WebSocketMessenger) -> Void
    private var incoming = ByteQueue()
    private var outgoing = ByteQueue()
    private var reader = HTTPRequestReader()
    private var state = State.reading
    private var phase = Phase.head
    /// The request whose body comes in.
    private var head: HTTPRequestHead?
    /// The rest of the answer's body.
    private var rest: ArraySlice<UInt8> = []
    private weak var pending: HTTPExchange?
    private var timer: TimerID?
    private var isAdvancing = false
    private var isWriteBlocked = false
    private var isLast = false

    /// - Parameters:
    ///   - stream: its socket is not registered.
    ///   - handler: of the requests; nil when the server is gone.
    ///   - opened: the connection is a WebSocket from now on.
    ///   - ended: called once when the socket is closed, unless it became a WebSocket.
    init(
        _ stream: WebStream, tools: HTTPServer.Tools, handler: @escaping () -> (any HTTPHandler)?,
        opened: @escaping (HTTPConnection, WebSocketMessenger) -> Void,
        ended: @escaping (HTTPConnection) -> Void
    ) {
        self.stream = stream
        self.tools = tools
        self.handler = handler
        self.opened = opened
        self.ended = ended
    }

    private var loop: EventLoop { tools.loop }

    private var client: HTTPClient {
        HTTPClient(
            peer: stream.socket.peerAddress, local: stream.socket.localAddress,
            isSecure: stream.isSecure, name: stream.clientName)
    }

    /// Waits for the first request; the loop holds the connection meanwhile.
    func start(securing session: TLSSession?) {
        if let session { stream.secure(with: session, arrived: &incoming) }
        do throws(SystemError) {
            try loop.register(stream.socket.descriptor, for: .readable, handler: self)
            enter(.head)
        } catch {
            finish()
        }
    }

    /// Ends it, behind the answer that is under way.
    func close() {
        isLast = true
        switch state {
        case .reading: finish()
        case .writing: state = .writing(endsConnection: true)
        case .answering, .ended: break
        }
    }

    // MARK: Requests

    private func read() {
        let limit = reader.bodyCount == nil ? WebStream.smallPortion : WebStream.portion
        switch stream.read(into: &incoming, atMost: limit) {
        case .wouldBlock: break
        case .progress:
            // The server's part of the TLS handshake.
            write()
            advance()
        case .end: finish()
        case .failed:
            // An alert of TLS may be on its way.
            finish(drains: stream.isSecure)
        }
    }

    /// Takes up what has come in, as long as requests are answered at once.
    private func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        defer { isAdvancing = false }
        while case .reading = state {
            do throws(HTTPRequestError) {
                guard try takeStep() else { break }
            } catch {
                refuse(error)
            }
        }
        guard case .reading = state else { return watch() }
        enterReadingPhase()
        if incoming.isEmpty { releaseMemory() }
        watch()
    }

    /// - Returns: false if more bytes must come first.
    private func takeStep() throws(HTTPRequestError) -> Bool {
        switch try reader.step(&incoming) {
        case .incomplete: return false
        case .head(let head): try judge(head)
        case .body(let body):
            guard let head else { preconditionFailure("a body has its head") }
            self.head = nil
            let exchange = HTTPExchange(head: head, body: body, client: client, connection: self)
            pending = exchange
            state = .answering
            enter(.answer)
            handler()?.handle(exchange)
        }
        return true
    }

    private func judge(_ head: HTTPRequestHead) throws(HTTPRequestError) {
        guard let handler = handler() else { return finish() }
        if var refusal = handler.refusal(of: head, from: client) {
            if head.hasBody {
                // It is not read, and what follows it is not found then.
                refusal.endsConnection = true
            } else {
                try reader.expectBody(limit: 0)
                _ = try reader.step(&incoming)
            }
            state = .answering
            return answer(refusal, to: head)
        }
        try reader.expectBody(limit: handler.bodyLimit(for: head))
        self.head = head
        if head.hasBody, head.minorVersion == 1, !head.fields.values("Expect").isEmpty,
            incoming.isEmpty
        {
            outgoing.append(HTTPResponseHead(status: 100).encoded)
            write()
        }
    }

    private func refuse(_ error: HTTPRequestError) {
        guard let handler = handler() else { return finish() }
        var response = handler.response(to: error)
        response.endsConnection = true
        state = .answering
        answer(response, to: nil)
    }

    // MARK: Answers

    /// Sends the answer to the request that was read last.
    ///
    /// - Parameter head: nil for a request that could not be read.
    func answer(_ response: HTTPResponse, to head: HTTPRequestHead?) {
        guard case .answering = state else { return }
        let endsConnection =
            response.endsConnection || isLast || head == nil || head?.minorVersion == 0
            || head?.fields.hasToken("close", in: "Connection") ?? true
        outgoing.append(response.head(endsConnection: endsConnection).encoded)
        let hasBody = head?.method != "HEAD" && response.status != 204 && response.status != 304
        rest = hasBody ? response.body[...] : []
        state = .writing(endsConnection: endsConnection)
        enter(.writing)
        write()
        advance()
    }

    /// Answers with 101; the connection belongs to the WebSocket then.
    func openWebSocket(
        _ request: WebSocketRequest, subprotocol: String?, limits: WebSocketLimits
    ) -> WebSocketMessenger {
        let connection = WebSocketConnection(.server, random: tools.random, limits: limits)
        guard case .answering = state else {
            // The client is gone; so it will hear.
            let messenger = WebSocketMessenger(
                stream, connection, loop: loop, timing: tools.configuration.webSocketTiming)
            messenger.start()
            return messenger
        }
        connection.incoming = incoming.takeAll()
        connection.outgoing = outgoing.takeAll()
        connection.accept(request, subprotocol: subprotocol, compression: tools.compression)
        state = .ended
        stopWaiting()
        let messenger = WebSocketMessenger(
            stream, connection, loop: loop, timing: tools.configuration.webSocketTiming)
        opened(self, messenger)
        messenger.start()
        return messenger
    }

    private func write() {
        while true {
            let portion = rest.prefix(WebStream.portion)
            if outgoing.isEmpty, !portion.isEmpty {
                outgoing.append(Array(portion))
                rest = rest.dropFirst(portion.count)
                enter(.writing)
            }
            switch stream.write(from: &outgoing) {
            case .done: guard rest.isEmpty else { continue }
            case .wouldBlock:
                isWriteBlocked = true
                return watch()
            case .failed: return finish()
            }
            break
        }
        isWriteBlocked = false
        guard case .writing(let endsConnection) = state else { return watch() }
        if endsConnection { return finish(drains: true) }
        rest = []
        state = .reading
    }

    // MARK: Waiting

    private func watch() {
        var interest = Readiness.none
        switch state {
        case .reading: interest.insert(.readable)
        case .answering, .writing: break
        case .ended: return
        }
        if isWriteBlocked { interest.insert(.writable) }
        loop.update(stream.socket.descriptor, for: interest)
    }

    private func enterReadingPhase() {
        switch (phase, reader.bodyCount) {
        // Not even the first request has more time: nobody connects without having one.
        case (.head, nil): break
        case (.request, nil) where reader.isIdle: break
        case (.body(let portion), .some(let count)) where count - portion < Self.bodyPortion: break
        case (_, .some(let count)): enter(.body(portion: count))
        case (_, nil): enter(reader.isIdle ? .request : .head)
        }
    }

    private func enter(_ phase: Phase) {
        self.phase = phase
        if let timer { loop.cancel(timer) }
        timer = nil
        let limit: Interval
        switch phase {
        case .request: limit = tools.configuration.idleLimit
        case .head, .body: limit = tools.configuration.requestLimit
        case .writing: limit = tools.configuration.writingLimit
        case .answer: return
        }
        timer = loop.schedule(after: limit) { [weak self] in self?.limitReached() }
    }

    private func limitReached() {
        timer = nil
        switch state {
        case .reading:
            guard stream.isEstablished, !reader.isIdle else { return finish() }
            refuse(.tooSlow)
        case .writing: finish()
        case .answering, .ended: break
        }
    }

    private func releaseMemory() {
        incoming.releaseMemory()
        outgoing.releaseMemory()
        stream.releaseMemory()
    }

    private func stopWaiting() {
        if let timer { loop.cancel(timer) }
        timer = nil
        // Another file may have the number of one that is closed.
        if stream.socket.isOpen { loop.unregister(stream.socket.descriptor) }
    }

    // MARK: The end

    private func finish(drains: Bool = false) {
        if case .ended = state { return }
        state = .ended
        stopWaiting()
        rest = []
        if drains {
            StreamDrain(
                stream, sending: outgoing.takeAll(), loop: loop
            ) { self.ended(self) }
        } else {
            stream.socket.close()
            ended(self)
        }
        pending?.abandon()
    }
}

extension HTTPConnection: EventHandler {
    func ready(_ readiness: Readiness, now: Instant) {
        if readiness.contains(.writable) {
            write()
            advance()
        }
        switch state {
        case .reading: if readiness.contains(.readable) { read() }
        case .answering: if readiness.contains(.hangup) { finish() }
        case .writing, .ended: break
        }
    }
}
