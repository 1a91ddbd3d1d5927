import Forwarding
internal import Glibc
import SRMUDP

/// `p2pfwd status`: asks every running process of this home what it does.
package struct StatusCommand {
    private static let patience: Interval = .seconds(5)
    private static let longestAnswer = 16 << 20

    private let json: Bool
    private let context: CommandContext

    package init(json: Bool, context: CommandContext) {
        self.json = json
        self.context = context
    }

    package func run() throws(CommandError) -> ExitCode {
        var answers: [String] = []
        do throws(SystemError) {
            let loop = try EventLoop()
            for path in sockets() {
                if let answer = try ask(at: path, loop) { answers.append(answer) }
            }
        } catch {
            throw CommandError("status", "\(error)", .localError)
        }
        if json {
            context.output("[" + answers.joined(separator: ",") + "]")
        } else if answers.isEmpty {
            context.report("nothing of this home is running; p2pfwd serve would")
        } else {
            context.output(answers.joined(separator: "\n"))
        }
        return answers.isEmpty ? .failure : .success
    }

    /// The sockets in the home, in the order of their names.
    private func sockets() -> [String] {
        guard let folder = opendir(context.home.state) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix(StatusServer.prefix) { names.append(name) }
        }
        return names.sorted().map { "\(context.home.state)/\($0)" }
    }

    /// - Returns: nil if nobody listens there any more; then the file is removed.
    private func ask(at path: String, _ loop: EventLoop) throws(SystemError) -> String? {
        let socket: TCPSocket
        do throws(SystemError) {
            socket = try TCPSocket(connectingTo: path, loop: loop)
        } catch {
            FileDescriptor.removeLocalSocket(atPath: path)
            return nil
        }
        let question = ByteStorage([UInt8]((json ? "status --json\n" : "status\n").utf8))
        _ = socket.write(from: question, 0..<question.count)
        let reader = AnswerReader(socket: socket, limit: Self.longestAnswer)
        try loop.register(socket.descriptor, for: .readable, handler: reader)
        let deadline = loop.now + Self.patience
        while !reader.isDone, loop.now < deadline {
            try loop.runTurn(waitingAtMost: .milliseconds(100))
        }
        socket.close()
        let text = String(decoding: reader.bytes, as: UTF8.self)
        return text.isEmpty ? nil : String(text.dropLast())
    }
}

private final class AnswerReader: EventHandler {
    private(set) var bytes: [UInt8] = []
    private(set) var isDone = false
    private let socket: TCPSocket
    private let limit: Int
    private var part = ByteStorage(count: 65_536)

    init(socket: TCPSocket, limit: Int) {
        self.socket = socket
        self.limit = limit
    }

    func ready(_ readiness: Readiness, now: Instant) {
        while !isDone {
            switch socket.read(into: &part, 0..<part.count) {
            case .bytes(let count):
                bytes += part.array(0..<count)
                isDone = bytes.count > limit
            case .wouldBlock: return
            case .end, .failed: isDone = true
            }
        }
    }
}
