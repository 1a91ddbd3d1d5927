internal import Glibc
import SRMUDP

/// `p2pfwd shell`: commands for the running node that are typed, or read from a script or from `-c`.
///
/// Typed, a mistake costs nothing and the shell ends with 0. A script ends at its first failure,
/// with the exit code of that.
package final class ShellCommand {
    private let options: ShellOptions
    private let context: CommandContext
    private let surroundings: Surroundings
    private let loop: EventLoop
    private var exitCode = ExitCode.success

    package init(
        options: ShellOptions, context: CommandContext, surroundings: Surroundings
    ) throws(CommandError) {
        self.options = options
        self.context = context
        self.surroundings = surroundings
        do throws(SystemError) {
            loop = try EventLoop()
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
    }

    package func run() throws(CommandError) -> ExitCode {
        let isInteractive = options.commands.isEmpty && LineEditor.isPossible
        let screen = ShellScreen(
            style: ShellStyle(isTerminal: isInteractive, variables: surroundings.variable),
            output: context.output, report: context.report)
        let access = NodeAccess(context: context, loop: loop)
        let link = NodeLink { (starts) throws(CommandError) in
            guard starts else { return try access.connectIfRunning() }
            return try access.connect()
        }
        let session = ShellSession(
            loop: loop, link: link, screen: screen,
            builder: InvocationBuilder(surroundings: surroundings), isInteractive: isInteractive)
        defer { session.close() }
        try session.begin()
        return isInteractive ? try talk(session, screen) : try runScript(session)
    }

    // MARK: A script

    private func runScript(_ session: ShellSession) throws(CommandError) -> ExitCode {
        try onSignals([SIGINT, SIGTERM, SIGHUP]) { [unowned self, unowned session] _ in
            if session.isBusy { session.interrupt() } else { end(with: .failure) }
        }
        let reader = ScriptReader(loop: loop)
        var commands = options.commands[...]
        let next: (@escaping (ScriptReader.Line) -> Void) -> Void = { take in
            guard self.options.commands.isEmpty else {
                return take(commands.popFirst().map { .text($0) } ?? .end)
            }
            reader.next(take)
        }
        // Only a loop that runs can be stopped.
        loop.schedule(after: .zero) { [unowned self] in runLines(session, next) }
        try runLoop()
        return exitCode
    }

    private func runLines(
        _ session: ShellSession, _ next: @escaping (@escaping (ScriptReader.Line) -> Void) -> Void
    ) {
        next { [unowned self, unowned session] line in
            switch line {
            case .end: end(with: .success)
            case .tooLong:
                context.report(
                    "p2pfwd: a line has more than \(ScriptReader.lineLimit) bytes")
                end(with: .usage)
            case .text(let text):
                session.run(text) { [unowned self, unowned session] code in
                    guard code == .success, !session.isOver else { return end(with: code) }
                    // Not from within here: a long script would be as deep.
                    loop.schedule(after: .zero) { [unowned self, unowned session] in
                        runLines(session, next)
                    }
                }
            }
        }
    }

    private func end(with code: ExitCode) {
        exitCode = code
        loop.stop()
    }

    // MARK: A person

    private func talk(
        _ session: ShellSession, _ screen: ShellScreen
    ) throws(CommandError) -> ExitCode {
        var history = loadHistory(screen)
        var failure: CommandError?
        var enter: (LineEditor.Entry) -> Void = { _ in }
        let editor = LineEditor(
            loop: loop,
            complete: { [unowned session] line in
                ShellCompletion(line: line, knowledge: session.knowledge)
            }, entered: { entry in enter(entry) })
        screen.editor = editor
        let begin: () -> Void = { [unowned session, loop] in
            do throws(CommandError) {
                try editor.begin(prompt: session.prompt)
            } catch {
                failure = error
                loop.stop()
            }
        }
        enter = { [unowned session, loop] entry in
            guard case .line(let line) = entry else { return loop.stop() }
            if history?.add(line) ?? false { LineEditor.addHistory(line) }
            session.run(line) { [unowned session, loop] _ in
                session.isOver ? loop.stop() : begin()
            }
        }
        try onSignals([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP]) {
            [unowned session, loop] number in
            switch number {
            case SIGINT: session.isBusy ? session.interrupt() : editor.abandonLine()
            case SIGWINCH: editor.resized()
            case SIGTSTP: editor.suspend()
            case _: loop.stop()
            }
        }
        defer { editor.end() }
        begin()
        if failure == nil { try runLoop() }
        // Whatever is said now is said below the line.
        editor.end()
        save(history, screen)
        if let failure { throw failure }
        return .success
    }

    /// Nil where the file cannot be used: then nothing is kept.
    private func loadHistory(_ screen: ShellScreen) -> ShellHistory? {
        do throws(FileError) {
            let history = try ShellHistory(file: context.home.shellHistory)
            history.lines.forEach(LineEditor.addHistory)
            return history
        } catch {
            screen.report("p2pfwd: no history: \(error)")
            return nil
        }
    }

    private func save(_ history: ShellHistory?, _ screen: ShellScreen) {
        do throws(FileError) {
            try history?.save()
        } catch {
            screen.report("p2pfwd: the history is not kept: \(error)")
        }
    }

    // MARK: The loop

    private func onSignals(
        _ numbers: [Int32], _ handle: @escaping (Int32) -> Void
    ) throws(CommandError) {
        do throws(SystemError) {
            try loop.onSignal(numbers, handle)
        } catch {
            throw CommandError("signals", "\(error)", .localError)
        }
    }

    private func runLoop() throws(CommandError) {
        do throws(SystemError) {
            try loop.run()
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
    }
}
