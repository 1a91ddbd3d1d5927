import SRMUDP

/// Says last words to a client and ends its connection in good order.
///
/// Closing at once would turn into a reset whenever the client had sent something that nobody read,
/// and take our words from it. So what it sends is read and dropped until it ends its direction, too;
/// time and bytes are limited.
final class SocketFarewell: EventHandler {
    private static let timeLimit = Interval.seconds(2)
    private static let byteLimit = 1 << 20

    private let socket: TCPSocket
    private let loop: EventLoop
    private let words: ByteStorage
    private var writtenCount = 0
    private var readCount = 0
    private var timer: TimerID?

    /// Takes over the socket, which is not registered; the loop holds this object until the end.
    @discardableResult
    init(_ socket: TCPSocket, saying words: [UInt8], loop: EventLoop) {
        self.socket = socket
        self.loop = loop
        self.words = ByteStorage(words)
        do {
            try loop.register(socket.descriptor, for: .readable, handler: self)
            timer = loop.schedule(after: Self.timeLimit) { [self] in close() }
            write()
        } catch {
            // No memory to wait with; then the end is a hard one.
            close()
        }
    }

    func ready(_ readiness: Readiness, now: Instant) {
        if readiness.contains(.writable) { write() }
        if readiness.contains(.readable), socket.isOpen { read() }
    }

    private func write() {
        switch socket.write(from: words, writtenCount..<words.count) {
        case .bytes(let count): writtenCount += count
        case .wouldBlock: break
        case .failed: return close()
        }
        let isDone = writtenCount == words.count
        if isDone { socket.shutdownWrite() }
        loop.update(socket.descriptor, for: isDone ? .readable : [.readable, .writable])
    }

    private func read() {
        var dropped = ByteStorage(uncleared: 16_384)
        switch socket.read(into: &dropped, 0..<dropped.count) {
        case .bytes(let count):
            readCount += count
            if readCount > Self.byteLimit { close() }
        case .wouldBlock: break
        case .end, .failed: close()
        }
    }

    private func close() {
        if let timer { loop.cancel(timer) }
        timer = nil
        socket.close()
    }
}
