import Forwarding
internal import Glibc
import SRMUDP

/// Asks a person at the terminal that is standard input. Enter alone means no.
final class TerminalQuestioner: Questioner {
    private let loop: EventLoop
    private let show: (String) -> Void
    private var question: DestinationQuestion?
    private var answer: ((DestinationAnswer) -> Void)?
    /// What is typed is ours only while there is a question.
    private var isReading = false

    /// - Throws: a usage error where standard input is no terminal.
    init(loop: EventLoop, show: @escaping (String) -> Void = Console.prompt) throws(CommandError) {
        guard isatty(STDIN_FILENO) == 1 else {
            throw .usage(
                "--ask", "standard input is no terminal, so there is nobody to ask",
                hint: "let a program decide: --ask-command PROGRAM")
        }
        self.loop = loop
        self.show = show
    }

    func put(_ question: DestinationQuestion, _ answer: @escaping (DestinationAnswer) -> Void) {
        // What was typed before the question was seen does not answer it.
        tcflush(STDIN_FILENO, TCIFLUSH)
        self.question = question
        self.answer = answer
        guard startReading() else { return settle(.no) }
        show(Self.text(of: question))
    }

    func withdraw() {
        if question != nil { show("\n") }
        question = nil
        answer = nil
        stopReading()
    }

    static func text(of question: DestinationQuestion) -> String {
        let proxy = question.isDynamic ? " through its proxy" : ""
        return "'\(question.peer)' wants \(question.targetText) (\(question.addressText))\(proxy). "
            + "Allow? [o]nce, [s]ession, [a]lways, [n]o: "
    }

    private func typed(_ line: String) {
        guard let question else { return }
        let word = line.split(separator: " ").first ?? "no"
        guard let decision = DestinationAnswer(word: word) else {
            return show(Self.text(of: question))
        }
        settle(decision)
    }

    private func settle(_ decision: DestinationAnswer) {
        let answer = answer
        question = nil
        self.answer = nil
        stopReading()
        answer?(decision)
    }

    /// - Returns: false where nothing can be read.
    private func startReading() -> Bool {
        if isReading { return true }
        isReading =
            (try? loop.register(STDIN_FILENO, for: .readable, handler: self)) != nil
        return isReading
    }

    private func stopReading() {
        guard isReading else { return }
        isReading = false
        loop.unregister(STDIN_FILENO)
    }
}

extension TerminalQuestioner: EventHandler {
    func ready(_ readiness: Readiness, now: Instant) {
        // A terminal gives one line at a time.
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(STDIN_FILENO, &bytes, bytes.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        guard count > 0 else {
            // The terminal is gone, and with it who could answer.
            return settle(.no)
        }
        let line = String(decoding: bytes[..<count].prefix { $0 >= 0x20 }, as: UTF8.self)
        typed(line)
    }
}
