import SRMUDP

/// A client that speaks plain HTTP to the proxy port: request after request, each for whichever
/// server it names.
///
/// One exchange runs at a time; what the client sends ahead stays in its socket. The stream to a
/// server is kept for the next request to the same one. Four queues of limited length lie between
/// socket and stream, because an exchange has to look at all bytes to find where messages end.
///
/// The loop holds this object until the client's socket is closed or handed on.
final class HTTPProxyConnection: EventHandler {
    /// What a connection needs around it.
    struct Surroundings {
        let loop: EventLoop
        let users: ProxyUsers?
        let streams: StreamQueue
        let door: any ProxyDoor
        /// Takes over the socket, which is not registered, of a client that is turned away.
        let turnAway: (TCPSocket, ProxyRefusal) -> Void
        /// Called once, at the end.
        let ended: (HTTPProxyConnection) -> Void
    }

    /// What one queue holds at most, but for a head.
    private static let queueLimit = 64 * 1024
    /// What is read ahead where it is of no use yet, so that the client's end is noticed.
    private static let aheadLimit = 4096
    private static let pieceLength = 16 * 1024

    private let socket: TCPSocket
    private let surroundings: Surroundings
    private let loop: EventLoop
    private var admission: HTTPAdmission
    /// Nil between two requests.
    private var exchange: HTTPProxyExchange?
    private var upstream: HTTPUpstream?
    /// Stands until there is a stream.
    private var wish: StreamWish?
    /// The server has answered another request before on the same stream.
    private var isServerReused = false
    private var hasClientEnded = false
    private var hasToldServerEnd = false
    private var hasToldClientEnd = false
    /// Ends behind the exchange that is under way.
    private var isClosing = false
    /// The socket is closed or somebody else's.
    private var isOver = false

    /// Grows with every byte and every request that gets on.
    private var progress = 0
    private var isPumping = false
    /// The turn's share was used up.
    private var hasMore = false

    private var fromClient = ByteQueue()
    private var toServer = ByteQueue()
    private var fromServer = ByteQueue()
    private var toClient = ByteQueue()

    /// Takes over a client's socket, which is not registered.
    init(_ socket: TCPSocket, in surroundings: Surroundings) {
        self.socket = socket
        self.surroundings = surroundings
        loop = surroundings.loop
        admission = HTTPAdmission(users: surroundings.users)
    }

    /// - Parameter rest: what the client sent behind its first request.
    func start(_ request: HTTPProxyRequest, rest: [UInt8]) {
        do {
            try loop.register(socket.descriptor, for: .readable, handler: self)
        } catch {
            return abort()
        }
        fromClient.append(rest)
        begin(request)
        pump()
    }

    /// Takes no further request on.
    func close() {
        isClosing = true
        if exchange == nil { end { $0.close() } }
    }

    func ready(_ readiness: Readiness, now: Instant) {
        if readiness.contains(.hangup), socket.hasFailed { return abort() }
        if readiness.contains(.readable), isReading { read() }
        pump()
    }

    // MARK: Moving on

    /// Moves everything as far as it goes, and in one turn not more than a flow would.
    private func pump() {
        guard !isPumping, !isOver else { return }
        isPumping = true
        defer { isPumping = false }
        let start = progress
        var before: Int
        repeat {
            before = progress
            if exchange == nil { awaitRequest() } else { advanceExchange() }
            guard !isOver else { return }
            hasMore = progress - start > Flow.bytesPerTurn
        } while progress != before && !hasMore
        updateInterest()
    }

    private func updateInterest() {
        var interest = Readiness.none
        if isReading { interest.insert(.readable) }
        if !toClient.isEmpty || hasMore { interest.insert(.writable) }
        loop.update(socket.descriptor, for: interest)
    }

    private func awaitRequest() {
        dropEndedServer()
        do throws(ProxyRefusal) {
            switch try admission.step(&fromClient) {
            case .incomplete: if hasClientEnded { end { $0.close() } }
            case .request(.exchange(let request)):
                admission.reset()
                begin(request)
            case .request(.connect), .request(.associate), .answer:
                throw .http(
                    .unsupportedCommand, status: 400, "CONNECT wants a connection of its own")
            }
        } catch {
            end { surroundings.turnAway($0, error) }
        }
    }

    private func begin(_ request: HTTPProxyRequest) {
        exchange = HTTPProxyExchange(request)
        progress += 1
        isServerReused = upstream?.target == request.target
        if !isServerReused { letServerGo() }
        toServer.append(request.head)
        guard !isServerReused else { return }
        let source = socket.peerAddress
        let target = Target.tcp(request.target)
        guard let open = surroundings.door.admit(from: source, to: target) else {
            return refuse(OpenReply(.badRequest))
        }
        // The wish is cancelled before this object goes.
        let wish = surroundings.streams.wait(for: open) { [unowned self] place in
            self.wish = nil
            let current = surroundings.door.request(from: source, to: target) ?? open
            let upstream = HTTPUpstream(current, target: request.target, at: place) {
                [weak self] in
                self?.pump()
            }
            self.upstream = upstream
            pump()
            return upstream
        } dropped: { [weak self] in
            self?.refuse(OpenReply(.generalFailure, detail: "there is no way to the peer now"))
        }
        if upstream == nil, !isOver { self.wish = wish }
    }

    private func advanceExchange() {
        do throws(HTTPProxyExchangeError) {
            let room = Self.queueLimit - toServer.count
            try exchange?.passRequest(&fromClient, to: &toServer, limit: room)
            if let upstream {
                let waiting = toServer.count
                upstream.send(from: &toServer)
                progress += waiting - toServer.count
                upstream.receive(into: &fromServer, limit: Self.queueLimit)
            }
            try exchange?.passResponse(&fromServer, to: &toClient, limit: Self.queueLimit)
            write()
            guard !isOver else { return }
            try checkServer()
        } catch {
            return fail(error)
        }
        if !isOver { conclude() }
    }

    /// Looks whether the server's direction has come to an end of one kind or another.
    private func checkServer() throws(HTTPProxyExchangeError) {
        guard let upstream, fromServer.isEmpty else { return }
        switch upstream.state {
        case .awaitingReply, .open: break
        case .finished: try exchange?.serverEnded()
        case .failed(let reply):
            guard exchange?.isResponseComplete == false else { break }
            if exchange?.hasResponse == true || isServerReused { throw .truncated }
            refuse(reply)
        }
    }

    /// Goes on to the next request, or ends, once the response has gone out.
    private func conclude() {
        guard let exchange, toClient.isEmpty else { return }
        if exchange.isTunnel { return concludeTunnel() }
        if !exchange.isResponseComplete {
            let isLost = hasClientEnded && fromClient.isEmpty && !exchange.isRequestComplete
            return isLost ? abort() : ()
        }
        // A server that answered before it had all of the request does not want the rest.
        if !exchange.keepsServer || !toServer.isEmpty { letServerGo() }
        self.exchange = nil
        progress += 1
        releaseMemory()
        if exchange.endsClient || !exchange.isRequestComplete || isClosing { leave() }
    }

    private func concludeTunnel() {
        if hasClientEnded, fromClient.isEmpty, toServer.isEmpty, !hasToldServerEnd {
            hasToldServerEnd = true
            upstream?.finish()
        }
        if upstream?.state == .finished, fromServer.isEmpty, !hasToldClientEnd {
            hasToldClientEnd = true
            socket.shutdownWrite()
        }
        if hasToldServerEnd, hasToldClientEnd { end(keepingServer: true) { $0.close() } }
    }

    // MARK: The client's socket

    private var isReading: Bool {
        guard !hasClientEnded else { return false }
        guard let exchange else { return true }
        let isWanted = exchange.isTunnel || !exchange.isRequestComplete
        return fromClient.count < (isWanted ? Self.queueLimit : Self.aheadLimit)
    }

    private func read() {
        fromClient.reserve(Self.pieceLength)
        let start = fromClient.free.lowerBound
        switch socket.read(into: &fromClient.storage, start..<start + Self.pieceLength) {
        case .bytes(let count): fromClient.commit(count)
        case .wouldBlock: break
        case .end: hasClientEnded = true
        case .failed: abort()
        }
    }

    private func write() {
        while !toClient.isEmpty {
            switch socket.write(from: toClient.storage, toClient.waiting) {
            case .bytes(let count):
                toClient.skip(count)
                progress += count
            case .wouldBlock: return
            case .failed: return abort()
            }
        }
    }

    // MARK: The server

    /// A server may end an idle connection at any time, and has nothing to say on it.
    private func dropEndedServer() {
        guard let upstream else { return }
        upstream.receive(into: &fromServer, limit: Self.queueLimit)
        if upstream.state != .open || !fromServer.isEmpty { letServerGo() }
    }

    private func letServerGo() {
        upstream?.giveUp()
        upstream = nil
        toServer.skip(toServer.count)
        fromServer.skip(fromServer.count)
    }

    /// The idle connections of a browser should cost next to nothing.
    private func releaseMemory() {
        fromClient.releaseMemory()
        toServer.releaseMemory()
        fromServer.releaseMemory()
        toClient.releaseMemory()
    }

    // MARK: The end

    private func fail(_ error: HTTPProxyExchangeError) {
        if exchange?.hasResponse == true { return abort() }
        switch error {
        // The server may have closed before it saw this request. An end without an answer has
        // clients ask again where that does no harm (RFC 9112 section 9.3.1).
        case .truncated where isServerReused: end { $0.close() }
        case .malformedRequest: leave(saying: .http(.malformed, status: 400, "\(error)"))
        case .truncated, .malformedHead, .malformedBody:
            refuse(OpenReply(.generalFailure, detail: "\(error)"))
        }
    }

    private func refuse(_ reply: OpenReply) {
        leave(saying: ProxyRefusal(.badTarget, answer: HTTPResponseHead.refusal(for: reply)))
    }

    /// Ends in good order behind what the client is still to be told.
    private func leave(saying last: ProxyRefusal? = nil) {
        let words = toClient.take(toClient.count) + (last?.answer ?? [])
        end { SocketFarewell($0, saying: words, loop: loop) }
    }

    private func abort() { end { $0.abort() } }

    private func end(keepingServer: Bool = false, _ dispose: (TCPSocket) -> Void) {
        guard !isOver else { return }
        isOver = true
        wish?.cancel()
        wish = nil
        if !keepingServer { letServerGo() }
        loop.unregister(socket.descriptor)
        dispose(socket)
        surroundings.ended(self)
    }
}
