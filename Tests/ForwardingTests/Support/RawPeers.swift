import SRMUDP
import Testing

@testable import Forwarding

/// A socket that sends what a test tells it to and gathers what it gets.
final class RawSocket: EventHandler {
    private let socket: TCPSocket
    private let loop: EventLoop
    private var buffer = ByteStorage(count: 4096)
    private(set) var received: [UInt8] = []
    private(set) var isOver = false
    var onBytes: () -> Void = {}

    init(_ socket: TCPSocket, loop: EventLoop) throws {
        self.socket = socket
        self.loop = loop
        try loop.register(socket.descriptor, for: .readable, handler: self)
    }

    /// Sends as much as the system takes; returns how much.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Int {
        guard !bytes.isEmpty,
            case .bytes(let count) = socket.write(from: ByteStorage(bytes), 0..<bytes.count)
        else { return 0 }
        return count
    }

    func close() {
        isOver = true
        socket.close()
    }

    func ready(_ readiness: Readiness, now: Instant) {
        switch socket.read(into: &buffer, 0..<buffer.count) {
        case .bytes(let count):
            received += buffer.array(0..<count)
            onBytes()
        case .wouldBlock: break
        case .end, .failed: close()
        }
    }
}

/// A client whose bytes a test writes by hand.
final class RawClient {
    static let request =
        "GET /v0/relay HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        + "X-Other: 1\r\n\r\n"

    /// Nil if the server closed the connection before it was noticed here.
    private let raw: RawSocket?
    private var skippedCount = 0

    init(_ address: SocketAddress, loop: EventLoop) throws {
        var result: Dialer.Result?
        Dialer(loop: loop).dial([address]) { result = $0 }
        try WebSocketWorld.run(loop) { result != nil }
        guard case .connected(let socket) = result else {
            raw = nil
            return
        }
        raw = try RawSocket(socket, loop: loop)
    }

    var received: [UInt8] { [UInt8]((raw?.received ?? []).dropFirst(skippedCount)) }
    var isOver: Bool { raw?.isOver ?? true }

    func send(_ bytes: [UInt8]) { raw?.send(bytes) }

    /// Opens a WebSocket; what was received until then is forgotten.
    func upgrade(in world: WebSocketWorld) throws {
        let count = world.channels.count
        send([UInt8](Self.request.utf8))
        try world.run { world.channels.count > count && received.suffix(4) == [13, 10, 13, 10] }
        skippedCount += received.count
    }
}

/// A server that answers the first bytes of each connection with the same bytes.
final class RawServer {
    private(set) var sentByteCount = 0
    private var listener: TCPListener?
    private var sockets: [RawSocket] = []
    private let loop: EventLoop

    /// - Parameters:
    ///   - padding: follows the answer as often as the socket takes it.
    ///   - isDripping: after the answer, a byte of a field each 5 ms.
    init(loop: EventLoop, answer: [UInt8], padding: [UInt8], isDripping: Bool) throws {
        self.loop = loop
        listener = try TCPListener(
            loop: loop, address: SocketAddress(.loopbackIPv4, port: 0)
        ) { [unowned self] socket in
            guard let raw = try? RawSocket(socket, loop: loop) else { return }
            sockets.append(raw)
            raw.onBytes = { [unowned self, unowned raw] in
                sentByteCount += raw.send(answer)
                for _ in 0..<64 where !padding.isEmpty { sentByteCount += raw.send(padding) }
                if isDripping { drip(raw) }
            }
        }
    }

    deinit {
        listener?.close()
        for socket in sockets { socket.close() }
    }

    var address: SocketAddress { listener?.address ?? SocketAddress(.anyIPv4, port: 0) }

    private func drip(_ raw: RawSocket) {
        guard !raw.isOver else { return }
        raw.send([0x41])
        loop.schedule(after: .milliseconds(5)) { [weak self] in self?.drip(raw) }
    }
}

/// A SOCKS5 proxy that permits everything and leads to one place.
final class RelayingProxy {
    private(set) var request: [UInt8] = []
    private var listener: TCPListener?
    private var near: RawSocket?
    private var far: RawSocket?
    private var passedCount = (up: 0, down: 0)

    init(to target: SocketAddress, loop: EventLoop) throws {
        listener = try TCPListener(
            loop: loop, address: SocketAddress(.loopbackIPv4, port: 0)
        ) { [unowned self] socket in
            near = try? RawSocket(socket, loop: loop)
            near?.onBytes = { [unowned self] in negotiate(target, loop) }
        }
    }

    deinit {
        listener?.close()
        near?.close()
        far?.close()
    }

    var address: SocketAddress { listener?.address ?? SocketAddress(.anyIPv4, port: 0) }

    private func negotiate(_ target: SocketAddress, _ loop: EventLoop) {
        guard let near, far == nil else { return relay() }
        request = near.received
        if request.count == 3 { near.send([5, 0]) }
        guard request.count >= 13 else { return }
        Dialer(loop: loop).dial([target]) { [unowned self] result in
            guard case .connected(let socket) = result else { return }
            far = try? RawSocket(socket, loop: loop)
            far?.onBytes = { [unowned self] in relay() }
            passedCount.up = 13
            near.send([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
        }
    }

    private func relay() {
        guard let near, let far else { return }
        passedCount.up += far.send([UInt8](near.received.dropFirst(passedCount.up)))
        passedCount.down += near.send([UInt8](far.received.dropFirst(passedCount.down)))
    }
}
