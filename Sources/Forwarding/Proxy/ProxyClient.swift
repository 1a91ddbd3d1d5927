import SRMUDP

/// A client of a proxy port until it has said what it wants.
///
/// What it sends is read in small pieces, and no more of it than the negotiation may need: the rest
/// stays in the socket, for whoever takes it over.
final class ProxyClient: EventHandler {
    enum Outcome {
        /// What it wants, and what it sent behind that.
        case request(ProxyRequest, rest: [UInt8])
        case refused(ProxyRefusal)
        /// It ended or failed, and is closed.
        case gone
    }

    private static let pieceLength = 4096

    let socket: TCPSocket
    private let loop: EventLoop
    private let ended: (ProxyClient, Outcome) -> Void
    private var admission: ProxyAdmission
    private var queue = ByteQueue()
    private var deadlineTimer: TimerID?
    private var hasEnded = false

    /// Takes over an accepted socket; the loop holds this object until it has called `ended`, once.
    /// The socket is not registered any more then.
    init(
        _ socket: TCPSocket, _ admission: ProxyAdmission, loop: EventLoop,
        ended: @escaping (ProxyClient, Outcome) -> Void
    ) {
        self.socket = socket
        self.admission = admission
        self.loop = loop
        self.ended = ended
    }

    func start(deadline: Instant) {
        do {
            try loop.register(socket.descriptor, for: .readable, handler: self)
            deadlineTimer = loop.schedule(at: deadline) { [weak self] in self?.giveUp() }
        } catch {
            giveUp()
        }
    }

    /// Closes the connection.
    func giveUp() { end(.gone) }

    func ready(_ readiness: Readiness, now: Instant) {
        queue.reserve(Self.pieceLength)
        let start = queue.free.lowerBound
        switch socket.read(into: &queue.storage, start..<start + Self.pieceLength) {
        case .bytes(let count):
            queue.commit(count)
            negotiate()
        case .wouldBlock: break
        case .end, .failed: giveUp()
        }
    }

    private func negotiate() {
        var answer: [UInt8] = []
        do throws(ProxyRefusal) {
            while true {
                switch try admission.step(&queue) {
                case .incomplete: return say(answer)
                case .answer(let bytes): answer += bytes
                case .request(let request):
                    say(answer)
                    return end(.request(request, rest: queue.take(queue.count)))
                }
            }
        } catch {
            end(.refused(ProxyRefusal(error.reason, answer: answer + error.answer)))
        }
    }

    private func say(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, !hasEnded else { return }
        // So few bytes find room in every socket but that of a client which never reads.
        guard socket.write(from: ByteStorage(bytes), 0..<bytes.count) == .bytes(bytes.count)
        else { return giveUp() }
    }

    private func end(_ outcome: Outcome) {
        guard !hasEnded else { return }
        hasEnded = true
        if let deadlineTimer { loop.cancel(deadlineTimer) }
        deadlineTimer = nil
        loop.unregister(socket.descriptor)
        if case .gone = outcome { socket.abort() }
        ended(self, outcome)
    }
}
