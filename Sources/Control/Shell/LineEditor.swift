internal import CReadline
internal import Glibc
import SRMUDP

/// One line after the other typed at the terminal, by readline, while the event loop goes on.
///
/// The line that is typed has the terminal between `begin` and its end. Whatever else is written
/// meanwhile goes through `write`, which puts it above the line. Readline exists once in a process;
/// so may an active editor.
final class LineEditor {
    enum Entry: Equatable {
        case line(String)
        /// Ctrl-D, or the terminal is gone.
        case end
    }

    private let loop: EventLoop
    private let complete: (String) -> ShellCompletion
    private let entered: (Entry) -> Void
    private var candidates: [String] = []
    private(set) var isActive = false

    /// - Parameters:
    ///   - complete: gives what the word before the cursor may become, of the line up to there.
    ///   - entered: the editor is not active any more when it is called.
    init(
        loop: EventLoop, complete: @escaping (String) -> ShellCompletion,
        entered: @escaping (Entry) -> Void
    ) {
        self.loop = loop
        self.complete = complete
        self.entered = entered
    }

    /// Whether somebody sits at the terminal that is standard input, and sees what it shows.
    static var isPossible: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    func begin(prompt: String) throws(CommandError) {
        precondition(!isActive, "a line is being typed already")
        do throws(SystemError) {
            try loop.register(STDIN_FILENO, for: .readable, handler: self)
        } catch {
            throw CommandError("terminal", "\(error)", .localError)
        }
        isActive = true
        creadline_editor_begin(
            prompt, Unmanaged.passUnretained(self).toOpaque(), Self.prepare, Self.candidate)
    }

    /// Gives the terminal back.
    func end() {
        guard isActive else { return }
        release()
        creadline_editor_end()
        Console.report("")
    }

    /// Runs `body`, which writes to the terminal, with the line out of its way.
    func write(_ body: () -> Void) {
        guard isActive else { return body() }
        creadline_editor_hide()
        body()
        creadline_editor_show()
    }

    /// Ctrl-C: an empty line takes the place of what was typed.
    func abandonLine() {
        if isActive { creadline_editor_abandon() }
    }

    /// The terminal has another size.
    func resized() {
        if isActive { creadline_editor_resize() }
    }

    /// Ctrl-Z: stops the process, and comes back when it goes on.
    func suspend() {
        if isActive { creadline_editor_suspend() }
        kill(getpid(), SIGSTOP)
        if isActive { creadline_editor_resume() }
    }

    /// Has the arrow keys bring the line back.
    static func addHistory(_ line: String) { creadline_history_add(line) }

    private func release() {
        isActive = false
        loop.unregister(STDIN_FILENO)
    }

    private static let prepare:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) ->
            CInt = { owner, line in
                guard let owner, let line else { return 0 }
                let editor = Unmanaged<LineEditor>.fromOpaque(owner).takeUnretainedValue()
                let completion = editor.complete(String(cString: line))
                editor.candidates = completion.candidates
                return completion.endsWord ? 1 : 0
            }

    /// For readline, which frees what it gets.
    private static let candidate:
        @convention(c) (UnsafeMutableRawPointer?, CInt) ->
            UnsafeMutablePointer<CChar>? = { owner, index in
                guard let owner else { return nil }
                let editor = Unmanaged<LineEditor>.fromOpaque(owner).takeUnretainedValue()
                guard editor.candidates.indices.contains(Int(index)) else { return nil }
                return strdup(editor.candidates[Int(index)])
            }
}

extension LineEditor: EventHandler {
    func ready(_ readiness: Readiness, now: Instant) {
        var line: UnsafeMutablePointer<CChar>?
        guard creadline_editor_read(&line) == 1 else { return }
        release()
        guard let line else {
            Console.report("")
            return entered(.end)
        }
        defer { free(line) }
        entered(.line(String(cString: line)))
    }
}
