import Forwarding
internal import Glibc
import SRMUDP

/// Tells other processes of the same user what this one does, through a UNIX socket in the home.
///
/// A client sends one line, `status` or `status --json`, and reads the answer to its end. Each
/// process has a socket of its own, `status.PID`; the files of dead processes are removed by
/// whoever finds them (`StatusClient`).
final class StatusServer {
    static let prefix = "status."
    private static let maximumClients = 16
    private static let patience: Interval = .seconds(10)

    private let loop: EventLoop
    private let report: () -> StatusReport
    private var listener: LocalListener?
    private var clients: [StatusConnection] = []

    /// - Parameters:
    ///   - folder: the home's state folder, which is ours alone.
    ///   - report: makes the answer.
    init(
        folder: String, loop: EventLoop, logger: Logger, report: @escaping () -> StatusReport
    ) {
        self.loop = loop
        self.report = report
        do throws(SystemError) {
            listener = try LocalListener(
                loop: loop, path: "\(folder)/\(Self.prefix)\(getpid())", replacesStale: true,
                logger: logger
            ) { [unowned self] socket in
                accept(socket)
            }
        } catch {
            // Everything but `p2pfwd status` works without it.
            logger.warning("p2pfwd status cannot be answered: \(error)")
        }
    }

    deinit { listener?.close() }

    /// Tells about a node.
    convenience init(node: Node, command: String) {
        self.init(folder: node.context.home.state, loop: node.loop, logger: node.logger) {
            [unowned node] in
            node.statusReport(command: command)
        }
    }

    private func accept(_ socket: TCPSocket) {
        guard let user = try? socket.peerUserID(), user == geteuid(),
            clients.count < Self.maximumClients
        else { return socket.abort() }
        let client = StatusConnection(socket: socket, loop: loop, report: report) {
            [weak self] ended in
            self?.clients.removeAll { $0 === ended }
        }
        clients.append(client)
        loop.schedule(after: Self.patience) { [weak client] in client?.close() }
    }
}

/// One question and its answer.
private final class StatusConnection: EventHandler {
    private static let longestQuestion = 64

    private let socket: TCPSocket
    private let loop: EventLoop
    private let report: () -> StatusReport
    private let ended: (StatusConnection) -> Void
    private var question = ByteStorage(count: longestQuestion)
    private var questionLength = 0
    private var answer = ByteStorage(count: 0)
    private var answered = 0

    init(
        socket: TCPSocket, loop: EventLoop, report: @escaping () -> StatusReport,
        ended: @escaping (StatusConnection) -> Void
    ) {
        self.socket = socket
        self.loop = loop
        self.report = report
        self.ended = ended
        // Without room for one more registration the client sees the socket close.
        if (try? loop.register(socket.descriptor, for: .readable, handler: self)) == nil {
            socket.close()
        }
    }

    func ready(_ readiness: Readiness, now: Instant) {
        if answer.count == 0 { read() }
        if answer.count > 0 { write() }
    }

    func close() {
        guard socket.isOpen else { return }
        socket.close()
        ended(self)
    }

    private func read() {
        guard questionLength < Self.longestQuestion else { return close() }
        switch socket.read(into: &question, questionLength..<Self.longestQuestion) {
        case .bytes(let count): questionLength += count
        case .wouldBlock: return
        case .end, .failed: return close()
        }
        let text = String(decoding: question.array(0..<questionLength), as: UTF8.self)
        guard text.hasSuffix("\n") else { return }
        switch text.dropLast() {
        case "status": prepare(report().lines.joined(separator: "\n") + "\n")
        case "status --json": prepare(report().json + "\n")
        default: close()
        }
    }

    private func prepare(_ text: String) {
        answer = ByteStorage([UInt8](text.utf8))
        loop.update(socket.descriptor, for: .writable)
    }

    private func write() {
        switch socket.write(from: answer, answered..<answer.count) {
        case .bytes(let count):
            answered += count
            if answered == answer.count { close() }
        case .wouldBlock: return
        case .failed: close()
        }
    }
}
