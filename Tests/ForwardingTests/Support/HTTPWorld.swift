import ForwardingTestSupport
import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

/// An HTTP server on loopback whose handler the test writes, and clients of it, in one loop.
final class HTTPWorld: HTTPHandler {
    let loop: EventLoop
    private(set) var server: HTTPServer!
    /// Those that `handler` left unanswered.
    var exchanges: [HTTPExchange] = []
    private(set) var messengers: [WebSocketMessenger] = []
    private let handler: (HTTPExchange, HTTPWorld) -> Void

    /// - Parameter handler: answers `/echo` with the body and `/socket` with a WebSocket, and keeps
    ///   all else, unless the test says otherwise.
    init(
        configuration: HTTPServer.Configuration = HTTPServer.Configuration(),
        security: TLSContext? = nil,
        handler: @escaping (HTTPExchange, HTTPWorld) -> Void = HTTPWorld.answerUsual
    ) throws {
        loop = try EventLoop()
        self.handler = handler
        server = try HTTPServer(
            loop: loop, address: SocketAddress(.loopbackIPv4, port: 0), security: security,
            random: SeededRandomSource(seed: 1), configuration: configuration, handler: self)
    }

    static func answerUsual(_ exchange: HTTPExchange, _ world: HTTPWorld) {
        switch exchange.head.path {
        case "/echo": exchange.answer(HTTPResponse(status: 200, body: exchange.body))
        case "/socket":
            do throws(WebSocketRefusal) {
                let request = try WebSocketRequest(exchange.head)
                world.messengers.append(exchange.acceptWebSocket(request))
            } catch {
                exchange.answer(.text(status: error.status, error.description))
            }
        default: world.exchanges.append(exchange)
        }
    }

    func handle(_ exchange: HTTPExchange) { handler(exchange, self) }

    func bodyLimit(for head: HTTPRequestHead) -> Int {
        head.path == "/large" ? 1 << 20 : HTTPServer.usualBodyLimit
    }

    func refusal(of head: HTTPRequestHead, from client: HTTPClient) -> HTTPResponse? {
        head.path == "/refused" ? .text(status: 403, "no") : nil
    }

    func connect() throws -> HTTPTestClient {
        var result: Dialer.Result?
        Dialer(loop: loop).dial([server.address]) { result = $0 }
        try WebSocketWorld.run(loop) { result != nil }
        guard case .connected(let socket) = result else { throw HTTPTestClient.NotConnected() }
        return HTTPTestClient(socket, world: self)
    }

    /// A client with an open WebSocket, and our end of it.
    func openWebSocket() throws -> (client: HTTPTestClient, messenger: WebSocketMessenger) {
        let client = try connect()
        let count = messengers.count
        client.send(HTTPTestClient.upgrade)
        let head = try client.head()
        #expect(head.hasPrefix("HTTP/1.1 101 "))
        return (client, try #require(messengers.dropFirst(count).first))
    }

    func run(
        until condition: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try WebSocketWorld.run(loop, until: condition, sourceLocation: sourceLocation)
    }
}

/// A client that sends any bytes, and reads only when it is told to.
final class HTTPTestClient {
    struct NotConnected: Error {}

    static let upgrade =
        "GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

    let socket: TCPSocket
    private(set) var received: [UInt8] = []
    private(set) var isOver = false
    private unowned let world: HTTPWorld

    init(_ socket: TCPSocket, world: HTTPWorld) {
        self.socket = socket
        self.world = world
    }

    deinit { socket.close() }

    /// - Returns: how many bytes the system took.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Int { socket.sendAtOnce(bytes) }

    @discardableResult
    func send(_ text: String) -> Int { send([UInt8](text.utf8)) }

    /// Sends a masked frame.
    func send(frame first: UInt8, _ payload: [UInt8]) {
        let count = payload.count
        let length: [UInt8] =
            count < 126
            ? [UInt8(count)]
            : count < 65_536
                ? [126, UInt8(count >> 8), UInt8(count & 0xff)]
                : [127] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
        // A mask of zeros is one like any other.
        send([first, length[0] | 0x80] + length[1...] + [0, 0, 0, 0] + payload)
    }

    func read() {
        var part = ByteStorage(count: 65_536)
        while !isOver {
            switch socket.read(into: &part, 0..<part.count) {
            case .bytes(let count): received += part.array(0..<count)
            case .wouldBlock: return
            case .end, .failed: isOver = true
            }
        }
    }

    /// Everything up to the server's end.
    func all(sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        try world.run(
            until: {
                read()
                return isOver
            }, sourceLocation: sourceLocation)
        return take(received.count)
    }

    func head(sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        try world.run(
            until: {
                read()
                return end != nil || isOver
            }, sourceLocation: sourceLocation)
        return take(end ?? received.count)
    }

    func bytes(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) throws -> [UInt8] {
        try world.run(
            until: {
                read()
                return received.count >= count || isOver
            }, sourceLocation: sourceLocation)
        let bytes = [UInt8](received.prefix(count))
        received.removeFirst(bytes.count)
        return bytes
    }

    /// The next answer: its status line, and its body.
    func answer(sourceLocation: SourceLocation = #_sourceLocation) throws -> (String, [UInt8]) {
        let lines = try head(sourceLocation: sourceLocation).split(separator: "\r\n")
        let length = lines.first { $0.hasPrefix("Content-Length: ") }
            .flatMap { Int($0.dropFirst("Content-Length: ".count)) }
        let body = try bytes(length ?? 0, sourceLocation: sourceLocation)
        return (String(lines.first ?? ""), body)
    }

    /// Behind the next empty line.
    private var end: Int? {
        guard received.count >= 4 else { return nil }
        for start in 0...received.count - 4
        where received[start..<start + 4].elementsEqual([13, 10, 13, 10]) {
            return start + 4
        }
        return nil
    }

    private func take(_ count: Int) -> String {
        let text = String(decoding: received.prefix(count), as: UTF8.self)
        received.removeFirst(count)
        return text
    }
}
