import SRMUDP

/// Opens a WebSocket for a client: looks the name up, connects, through a proxy if there is one,
/// makes it secure, and asks for the WebSocket.
///
/// All of it has one deadline, and what a server may send until then is bounded.
package final class WebSocketDial: EventHandler {
    package typealias Completion = (Result<Opened, WebSocketLinkError>) -> Void

    /// An open WebSocket, whose socket is not registered.
    package struct Opened {
        package let stream: WebStream
        package let connection: WebSocketConnection
    }

    private enum Stage {
        case resolving(Resolver.Query)
        case connecting(Dialer.Attempt)
        case proxy(ProxyNegotiation)
        case securing
        case upgrading(WebSocketOpening, HTTPHeadReader)
        case over
    }

    /// What a server may send before the WebSocket is open; all of a proxy and TLS included.
    private static let byteLimit = 65_536

    private let target: WebSocketTarget
    private let tools: WebSocketLink.Tools
    private let connection: WebSocketConnection
    private let compression: CompressionWorkspace?
    private var stream: WebStream?
    private var stage = Stage.over
    private var completion: Completion?
    private var timer: TimerID?
    private var receivedByteCount = 0

    /// - Parameter compression: what is offered to the server, or nil for none.
    package init(
        _ target: WebSocketTarget, tools: WebSocketLink.Tools, limits: WebSocketLimits,
        compression: CompressionWorkspace? = nil
    ) {
        self.target = target
        self.tools = tools
        self.compression = compression
        connection = WebSocketConnection(.client, random: tools.random, limits: limits)
    }

    /// Begins; `completion` is called once, unless it is cancelled, and never from within here.
    package func start(timeLimit: Interval, _ completion: @escaping Completion) {
        self.completion = completion
        timer = tools.loop.schedule(after: timeLimit) { [weak self] in self?.timeLimitReached() }
        // A proxy looks the server's name up, so that nobody else has looked at it before.
        guard target.hasPossibleHost else {
            let error = WebSocketLinkError.name(target.host, reason: "not a host name")
            tools.loop.schedule(at: tools.loop.now) { [self] in finish(.failure(error)) }
            return
        }
        stage = .resolving(
            tools.resolver.resolve(target.firstHost) { [self] result in resolved(result) })
    }

    /// Ends it; the completion is not called any more.
    package func cancel() {
        completion = nil
        end()
    }

    // MARK: Connecting

    private func resolved(_ result: Resolver.Result) {
        switch result {
        case .failure(let reason): finish(.failure(.name(target.firstHost, reason: reason)))
        case .addresses(let addresses):
            let places = addresses.map { SocketAddress($0, port: target.firstPort) }
            stage = .connecting(tools.dialer.dial(places) { [self] in connected($0) })
        }
    }

    private func connected(_ result: Dialer.Result) {
        switch result {
        case .failed(let error):
            finish(.failure(.connect(target.firstPlace, reason: error.reason)))
        case .connected(let socket):
            let stream = WebStream(socket, transfer: tools.transfer)
            self.stream = stream
            do throws(SystemError) {
                try tools.loop.register(socket.descriptor, for: .readable, handler: self)
            } catch {
                return finish(.failure(.stream(.lost(error))))
            }
            if let proxy = target.proxy {
                let negotiation = ProxyNegotiation(
                    through: proxy, host: target.host, port: target.port)
                stage = .proxy(negotiation)
                connection.outgoing.append(negotiation.start())
                write()
            } else {
                secure()
            }
        }
    }

    // MARK: Bytes

    package func ready(_ readiness: Readiness, now: Instant) {
        if readiness.contains(.writable) { write() }
        guard readiness.contains(.readable), let stream else { return }
        let countBefore = connection.incoming.count
        let result = stream.read(into: &connection.incoming)
        receivedByteCount += connection.incoming.count - countBefore
        take(result)
    }

    private func take(_ result: WebStream.ReadResult) {
        switch result {
        case .wouldBlock: break
        case .progress: advance()
        case .end: failAtTheEnd()
        case .failed(let error):
            // The server hears why, if it is still there.
            _ = stream?.write(from: &connection.outgoing)
            finish(.failure(.stream(error)))
        }
    }

    private func write() {
        guard completion != nil, let stream else { return }
        switch stream.write(from: &connection.outgoing) {
        case .done: tools.loop.update(stream.socket.descriptor, for: .readable)
        case .wouldBlock:
            tools.loop.update(stream.socket.descriptor, for: [.readable, .writable])
        case .failed(let error): finish(.failure(.stream(error)))
        }
    }

    // MARK: Stages

    /// Goes on with what has arrived.
    private func advance() {
        switch stage {
        case .proxy(let negotiation): negotiate(negotiation)
        case .securing:
            write()
            if stream?.isEstablished ?? false { upgrade() }
        case .upgrading(let opening, let reader): readAnswer(opening, reader)
        case .resolving, .connecting, .over: break
        }
        if receivedByteCount > Self.byteLimit { finish(.failure(.tooMuch)) }
    }

    private func negotiate(_ negotiation: ProxyNegotiation) {
        var negotiation = negotiation
        do throws(ProxyError) {
            connection.outgoing.append(try negotiation.receive(&connection.incoming))
        } catch {
            return finish(.failure(.proxy(target.firstPlace, error)))
        }
        stage = .proxy(negotiation)
        write()
        if negotiation.isDone { secure() }
    }

    private func secure() {
        guard let context = target.security, let stream else { return upgrade() }
        stage = .securing
        let session = TLSSession(clientOf: context, serverName: target.host)
        stream.secure(with: session, arrived: &connection.incoming)
        take(stream.advance(into: &connection.incoming))
    }

    private func upgrade() {
        let opening = WebSocketOpening(
            host: target.hostField, target: target.path, compression: compression?.settings,
            random: tools.random)
        stage = .upgrading(opening, HTTPHeadReader())
        connection.outgoing.append(opening.request.encoded)
        write()
    }

    private func readAnswer(_ opening: WebSocketOpening, _ reader: HTTPHeadReader) {
        var reader = reader
        do {
            try reader.receive(from: &connection.incoming)
            stage = .upgrading(opening, reader)
            guard reader.isComplete else { return }
            let choice = try opening.check(try reader.response())
            connection.agree(on: choice.compression, workspace: compression)
            finish(.success(()))
        } catch let error as WebSocketOpeningError {
            finish(.failure(.opening(error)))
        } catch let error as HTTPHeadError {
            finish(.failure(.head(error)))
        } catch {
            preconditionFailure("these two are all")
        }
    }

    // MARK: The end

    private func timeLimitReached() {
        switch stage {
        case .resolving: finish(.failure(.tooSlow("looking up \(target.firstHost)")))
        case .connecting: finish(.failure(.tooSlow("connecting to \(target.firstPlace)")))
        case .proxy: finish(.failure(.tooSlow("the proxy's answer")))
        case .securing: finish(.failure(.tooSlow("the TLS handshake")))
        case .upgrading: finish(.failure(.tooSlow("the server's answer")))
        case .over: break
        }
    }

    private func failAtTheEnd() {
        switch stage {
        case .proxy: finish(.failure(.proxy(target.firstPlace, .ended)))
        case .securing: finish(.failure(.stream(.tls(.ended))))
        case .resolving, .connecting, .upgrading, .over: finish(.failure(.ended))
        }
    }

    private func finish(_ result: Result<Void, WebSocketLinkError>) {
        guard let completion else { return }
        self.completion = nil
        switch result {
        case .failure(let error):
            end()
            completion(.failure(error))
        case .success:
            guard let stream else { preconditionFailure("an open WebSocket has its stream") }
            tools.loop.unregister(stream.socket.descriptor)
            self.stream = nil
            end()
            completion(.success(Opened(stream: stream, connection: connection)))
        }
    }

    private func end() {
        if let timer { tools.loop.cancel(timer) }
        switch stage {
        case .resolving(let query): tools.resolver.cancel(query)
        case .connecting(let attempt): attempt.cancel()
        case .proxy, .securing, .upgrading, .over: break
        }
        stage = .over
        stream?.socket.close()
        stream = nil
    }
}
