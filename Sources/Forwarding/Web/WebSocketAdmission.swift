import SRMUDP

/// One client of a `WebSocketDatagramServer` from its TCP connection to its open WebSocket, or to the
/// refusal.
package final class WebSocketAdmission: EventHandler {
    /// Why a request that may open a WebSocket does not open one here.
    private enum Refusal {
        case path
        case origin

        var response: [UInt8] {
            switch self {
            case .path: HTTPResponseHead.refusal(status: 404, because: "there is nothing here")
            case .origin:
                HTTPResponseHead.refusal(
                    status: 403, because: "scripts of web pages are not served here")
            }
        }
    }

    private let stream: WebStream
    private let connection: WebSocketConnection
    private let loop: EventLoop
    private let path: String
    private var reader = HTTPHeadReader()
    private var timer: TimerID?
    private var completion: ((Result<WebSocketConnection, WebSocketLinkError>) -> Void)?
    private let released: () -> Void

    /// - Parameters:
    ///   - stream: with its TLS session, if there is one; its socket is not registered.
    ///   - connection: what the frames will go through.
    ///   - completion: called once, perhaps from within `start`; after a success the socket is
    ///     the caller's again, not registered.
    ///   - released: called once after a failure, when the socket is closed.
    package init(
        _ stream: WebStream, _ connection: WebSocketConnection, path: String, loop: EventLoop,
        completion: @escaping (Result<WebSocketConnection, WebSocketLinkError>) -> Void,
        released: @escaping () -> Void
    ) {
        self.stream = stream
        self.connection = connection
        self.path = path
        self.loop = loop
        self.completion = completion
        self.released = released
    }

    /// Waits for the request; the loop holds the admission meanwhile.
    package func start(timeLimit: Interval) {
        do {
            try loop.register(stream.socket.descriptor, for: .readable, handler: self)
            timer = loop.schedule(after: timeLimit) { [weak self] in self?.timeLimitReached() }
        } catch {
            fail(.stream(.lost(error)), drains: false)
        }
    }

    package func ready(_ readiness: Readiness, now: Instant) {
        if readiness.contains(.writable) { write() }
        guard readiness.contains(.readable), completion != nil else { return }
        switch stream.read(into: &connection.incoming, atMost: WebStream.smallPortion) {
        case .wouldBlock: break
        case .progress: advance()
        case .end: fail(.ended, drains: false)
        case .failed(let error):
            // The client hears why, if it is still there.
            fail(.stream(error))
        }
    }

    /// Ends it at once.
    package func cancel() { fail(.closedHere, drains: false) }

    private func advance() {
        // The server's part of the TLS handshake.
        write()
        guard completion != nil, !connection.incoming.isEmpty else { return }
        do throws(HTTPHeadError) {
            try reader.receive(from: &connection.incoming)
            if reader.isComplete { judge(try reader.request()) }
        } catch {
            refuse(
                with: HTTPResponseHead.refusal(status: error.status, because: error.description),
                because: error.description)
        }
    }

    private func judge(_ head: HTTPRequestHead) {
        guard head.path == path else {
            return refuse(with: Refusal.path.response, because: "a wrong path")
        }
        do throws(WebSocketRefusal) {
            let request = try WebSocketRequest(head)
            guard request.origin == nil else {
                return refuse(with: Refusal.origin.response, because: "a web page's script")
            }
            connection.accept(request)
            write()
            succeed()
        } catch {
            refuse(with: error.response, because: error.description)
        }
    }

    private func write() {
        switch stream.write(from: &connection.outgoing) {
        case .done: loop.update(stream.socket.descriptor, for: .readable)
        case .wouldBlock: loop.update(stream.socket.descriptor, for: [.readable, .writable])
        case .failed(let error): fail(.stream(error), drains: false)
        }
    }

    private func timeLimitReached() {
        let reason = "the request took too long"
        guard stream.isEstablished else {
            return fail(.tooSlow("the TLS handshake"), drains: false)
        }
        refuse(
            with: HTTPResponseHead.refusal(status: 408, because: reason), because: reason)
    }

    private func succeed() {
        guard let completion else { return }
        end()
        completion(.success(connection))
    }

    private func refuse(with response: [UInt8], because reason: String) {
        connection.outgoing.append(response)
        fail(.broken(reason))
    }

    private func fail(_ error: WebSocketLinkError, drains: Bool = true) {
        guard let completion else { return }
        end()
        if drains {
            StreamDrain(
                stream, sending: connection.takeOutgoing(), loop: loop, ended: released)
        } else {
            stream.socket.close()
        }
        completion(.failure(error))
        if !drains { released() }
    }

    private func end() {
        completion = nil
        if let timer { loop.cancel(timer) }
        loop.unregister(stream.socket.descriptor)
    }
}
