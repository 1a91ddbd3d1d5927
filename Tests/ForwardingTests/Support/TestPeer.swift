import Forwarding
import SRMUDP

/// A program at the other end of a TCP connection: sends, receives, echoes, pauses.
final class TestPeer: EventHandler {
    private(set) var received: [UInt8] = []
    private(set) var hasEnded = false
    private(set) var hasFailed = false
    /// Send everything back that comes in, and the FIN too.
    let isEcho: Bool

    private let loop: EventLoop
    private var socket: TCPSocket?
    private var outgoing = ByteStorage(count: 0)
    private var sentBytes = 0
    private var endsAfterSending = false
    private var isPaused = false
    private var block = ByteStorage(count: 64 * 1024)

    init(_ socket: TCPSocket, loop: EventLoop, isEcho: Bool = false) throws {
        self.socket = socket
        self.loop = loop
        self.isEcho = isEcho
        try loop.register(socket.descriptor, for: .readable, handler: self)
    }

    var isOver: Bool { hasEnded || hasFailed }
    var unsentBytes: Int { outgoing.count - sentBytes }

    /// Sends `bytes` behind what is still to be sent.
    func send(_ bytes: [UInt8], end: Bool = false) {
        outgoing = ByteStorage(outgoing.array(sentBytes..<outgoing.count) + bytes)
        sentBytes = 0
        endsAfterSending = endsAfterSending || end
        flush()
    }

    func pause() {
        isPaused = true
        updateInterest()
    }

    func resume() {
        isPaused = false
        updateInterest()
    }

    func abort() { close { $0.abort() } }
    func close() { close { $0.close() } }

    func ready(_ readiness: Readiness, now: Instant) {
        if readiness.contains(.writable) { flush() }
        if readiness.contains(.readable), !isPaused { receive() }
        updateInterest()
    }

    private func receive() {
        guard let socket, !isOver else { return }
        switch socket.read(into: &block, 0..<block.count) {
        case .bytes(let count):
            let bytes = block.array(0..<count)
            received += bytes
            if isEcho { send(bytes) }
        case .wouldBlock:
            break
        case .end:
            hasEnded = true
            if isEcho { send([], end: true) }
        case .failed:
            hasFailed = true
            close()
        }
    }

    private func flush() {
        guard let socket else { return }
        if unsentBytes > 0 {
            switch socket.write(from: outgoing, sentBytes..<outgoing.count) {
            case .bytes(let count): sentBytes += count
            case .wouldBlock: break
            case .failed:
                hasFailed = true
                return close()
            }
        }
        if unsentBytes == 0, endsAfterSending {
            endsAfterSending = false
            socket.shutdownWrite()
        }
        updateInterest()
    }

    private func updateInterest() {
        guard let socket else { return }
        var interest: Readiness = []
        if !isPaused, !isOver { interest.insert(.readable) }
        if unsentBytes > 0 { interest.insert(.writable) }
        loop.update(socket.descriptor, for: interest)
    }

    private func close(_ how: (TCPSocket) -> Void) {
        guard let socket else { return }
        self.socket = nil
        how(socket)
    }
}
