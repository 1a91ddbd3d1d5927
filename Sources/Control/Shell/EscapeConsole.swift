import Forwarding
internal import Glibc
import SRMUDP

/// What the escapes of a forward in the foreground do.
protocol EscapeActions: AnyObject {
    /// `~.`
    func end()
    /// `~#`
    ///
    /// - Parameter completion: is given the lines to show.
    func list(_ completion: @escaping ([String]) -> Void)
    /// `-L`, `-R` or `-D` in a line of `~C`.
    func add(
        _ kind: ForwardSpecification.Kind, _ text: String,
        _ completion: @escaping ([String]) -> Void)
    /// `-KL` and the like in a line of `~C`.
    func cancel(
        _ kind: ForwardSpecification.Kind, _ entry: String,
        _ completion: @escaping ([String]) -> Void)
}

extension EscapeActions {
    /// A line of `~C`.
    func carryOut(_ line: ForwardLine, _ completion: @escaping ([String]) -> Void) {
        switch line {
        case .add(let kind, let text): add(kind, text, completion)
        case .cancel(_, let entry) where entry.isEmpty: completion([ForwardLineAnswer.badCancel])
        case .cancel(let kind, let entry): cancel(kind, entry, completion)
        case .nothing, .help, .invalid: completion([ForwardLineAnswer.invalid])
        }
    }
}

/// Reads what is typed at a forward in the foreground, and obeys ssh's `~` escapes in it.
///
/// Nothing else that is typed has a meaning. What the command itself has to say meanwhile goes
/// through `write`, so that it does not land in the line of `~C`. In the background the terminal is
/// left alone.
final class EscapeConsole {
    /// How long until it is looked again whether we are in the foreground.
    private static let absence: Interval = .seconds(1)

    private let loop: EventLoop
    private let mode: TerminalMode
    private let printLine: (String) -> Void
    private weak var actions: (any EscapeActions)?
    private var reader = EscapeReader()
    private var editor: LineEditor?
    private var isReading = false
    private var hasEnded = false

    /// Nil where standard input is no terminal, or nobody would see what is said.
    ///
    /// - Parameter printLine: prints a line on standard error.
    init?(loop: EventLoop, actions: any EscapeActions, printLine: @escaping (String) -> Void) {
        guard LineEditor.isPossible, let mode = TerminalMode() else { return nil }
        self.loop = loop
        self.mode = mode
        self.actions = actions
        self.printLine = printLine
    }

    /// Begins to read, or goes on after `leave`. `end` must follow, or the terminal stays as it is.
    func begin() { resume() }

    /// Gives the terminal back for good.
    func end() {
        guard !hasEnded else { return }
        leave()
        hasEnded = true
    }

    /// Gives the terminal back; a line that is being typed is given up.
    func leave() {
        guard !hasEnded else { return }
        if let editor, editor.isActive { editor.end() }
        editor = nil
        pause()
        mode.restore()
    }

    /// Runs `body`, which writes to the terminal, with the line of `~C` out of its way.
    func write(_ body: () -> Void) {
        guard let editor else { return body() }
        editor.write(body)
    }

    private func resume() {
        guard !isReading, !hasEnded else { return }
        guard (try? loop.register(STDIN_FILENO, for: .readable, handler: self)) != nil else {
            return
        }
        isReading = true
        mode.takeCharacters()
    }

    private func pause() {
        guard isReading else { return }
        isReading = false
        loop.unregister(STDIN_FILENO)
    }

    /// Somebody else has the terminal now.
    private func waitForForeground() {
        pause()
        loop.schedule(after: Self.absence) { [weak self] in
            guard let self, !hasEnded else { return }
            TerminalMode.isInForeground ? resume() : waitForForeground()
        }
    }

    private func obey(_ escape: EscapeReader.Escape) {
        switch escape {
        case .end: actions?.end()
        case .list:
            actions?.list { [weak self] lines in self?.show(lines) }
        case .commandLine: askForLine()
        case .help: show(EscapeReader.helpText)
        }
    }

    private func show(_ lines: [String]) {
        write { lines.forEach(printLine) }
    }

    private func askForLine() {
        pause()
        mode.restore()
        let editor = LineEditor(
            loop: loop, complete: { _ in ShellCompletion(line: "", knowledge: ShellKnowledge()) },
            entered: { [weak self] entry in self?.entered(entry) })
        self.editor = editor
        do throws(CommandError) {
            try editor.begin(prompt: "p2pfwd> ")
        } catch {
            show(["\(error)"])
            resume()
        }
    }

    private func entered(_ entry: LineEditor.Entry) {
        editor = nil
        resume()
        guard case .line(let text) = entry else { return }
        let line = ForwardLine(text)
        switch line {
        case .nothing: return
        case .help: show(ForwardLine.helpText)
        case .invalid: show([ForwardLineAnswer.invalid])
        case .add, .cancel:
            actions?.carryOut(line) { [weak self] lines in self?.show(lines) }
        }
    }
}

extension EscapeConsole: EventHandler {
    func ready(_ readiness: Readiness, now: Instant) {
        guard TerminalMode.isInForeground else { return waitForForeground() }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(STDIN_FILENO, &bytes, bytes.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        // The terminal is gone: the forward goes on without it.
        guard count > 0 else { return pause() }
        // A shell that brings a process back to the foreground does not bring its mode back.
        mode.takeCharacters()
        for output in reader.take(bytes[..<count]) {
            switch output {
            // Whoever types lines to see where the next message begins shall see them.
            case .bytes(let bytes):
                for byte in bytes where byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                    show([""])
                }
            case .escape(let escape):
                guard !hasEnded else { return }
                obey(escape)
            }
        }
    }
}
