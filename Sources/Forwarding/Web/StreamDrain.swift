import SRMUDP

/// Ends a stream in good order: writes what is left, says that no more will come, and reads until the
/// peer says so, too.
///
/// Closing at once would turn into a reset whenever the peer was still sending, and take our last
/// words from it. Time and bytes are limited.
package final class StreamDrain: EventHandler {
    private static let timeLimit = Interval.seconds(2)
    private static let byteLimit = 1 << 20

    private let stream: WebStream
    private var incoming = ByteQueue()
    private var outgoing: ByteQueue
    private let loop: EventLoop
    private let ended: () -> Void
    private var readByteCount = 0
    private var hasEnded = false
    private var timer: TimerID?

    /// Takes over the socket, which is not registered, and holds itself until the end.
    ///
    /// - Parameters:
    ///   - rest: what is left to be written.
    ///   - ended: called once, when the socket is closed.
    @discardableResult
    package init(
        _ stream: WebStream, sending rest: consuming ByteQueue, loop: EventLoop,
        ended: @escaping () -> Void
    ) {
        self.stream = stream
        outgoing = rest
        self.loop = loop
        self.ended = ended
        do {
            try loop.register(stream.socket.descriptor, for: .readable, handler: self)
            timer = loop.schedule(after: Self.timeLimit) { [self] in close() }
            write()
        } catch {
            // No memory to wait with; then the end is a hard one.
            close()
        }
    }

    package func ready(_ readiness: Readiness, now: Instant) {
        if readiness.contains(.readable) { read() }
        if readiness.contains(.writable), stream.socket.isOpen { write() }
    }

    private func write() {
        guard !hasEnded else { return }
        switch stream.write(from: &outgoing) {
        case .done:
            hasEnded = true
            stream.end()
            loop.update(stream.socket.descriptor, for: .readable)
        case .wouldBlock: loop.update(stream.socket.descriptor, for: [.readable, .writable])
        case .failed: close()
        }
    }

    private func read() {
        switch stream.read(into: &incoming, atMost: WebStream.smallPortion) {
        case .progress:
            readByteCount += incoming.count
            incoming.skip(incoming.count)
            if readByteCount > Self.byteLimit { close() }
        case .wouldBlock: break
        case .end, .failed: close()
        }
    }

    private func close() {
        guard stream.socket.isOpen else { return }
        if let timer { loop.cancel(timer) }
        stream.socket.close()
        ended()
    }
}
