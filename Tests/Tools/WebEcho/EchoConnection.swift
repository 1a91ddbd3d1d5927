import Forwarding
import SRMUDP

/// An open WebSocket that says what happens on it, and does not read on while its own words are not
/// taken.
final class EchoConnection: EventHandler {
    typealias Handler = (EchoConnection, WebSocketMessage) -> Void

    let connection: WebSocketConnection
    private let stream: WebStream
    private let loop: EventLoop
    private let handle: Handler
    private var ended: (() -> Void)?

    /// - Parameters:
    ///   - handle: called with each message, whose bytes are in the connection.
    ///   - ended: called when the socket is closed.
    init(
        _ stream: WebStream, _ connection: WebSocketConnection, loop: EventLoop,
        handle: @escaping Handler = EchoConnection.echo, ended: @escaping () -> Void
    ) {
        self.stream = stream
        self.connection = connection
        self.loop = loop
        self.handle = handle
        self.ended = ended
    }

    func start() throws {
        try loop.register(stream.socket.descriptor, for: .readable, handler: self)
        handleEvents()
        write()
    }

    static func echo(_ echo: EchoConnection, _ message: WebSocketMessage) {
        let connection = echo.connection
        let range = connection.messageRange
        connection.send(connection.incoming.storage, range, as: message)
    }

    func ready(_ readiness: Readiness, now: Instant) {
        if readiness.contains(.readable) {
            switch stream.read(into: &connection.incoming) {
            case .progress: handleEvents()
            case .wouldBlock: break
            case .end, .failed: finish()
            }
        }
        write()
    }

    private func handleEvents() {
        while ended != nil, let event = connection.nextEvent() {
            switch event {
            case .message(let message): handle(self, message)
            case .ping, .pong: break
            case .closed, .failed: finish()
            }
        }
    }

    func write() {
        guard ended != nil else { return }
        let result = stream.write(from: &connection.outgoing)
        connection.flushPong()
        switch result {
        case .done: loop.update(stream.socket.descriptor, for: .readable)
        case .wouldBlock: loop.update(stream.socket.descriptor, for: .writable)
        case .failed: finish()
        }
    }

    private func finish() {
        guard let ended else { return }
        self.ended = nil
        loop.unregister(stream.socket.descriptor)
        StreamDrain(
            stream, sending: connection.takeOutgoing(), loop: loop, ended: ended)
    }
}
