internal import Glibc
import SRMUDP
import Synchronization

/// Where standard error goes: to the terminal at first, into a file with `-E` and in the
/// background.
///
/// In a file each line has its time and process in front; in the journal of systemd each has its
/// priority, and with `LogFormat.json` it is an object. What ends the program with an error is told
/// at the terminal as well, as long as there is one.
final class ErrorOutput: Sendable {
    private struct File {
        let path: String
        /// Beyond so many bytes the file is put aside as `PATH.1` and begun anew.
        let sizeLimit: Int?
        /// What standard error was before; nil where that was given up.
        var terminal: Int32?
    }

    private let file = Mutex<File?>(nil)
    private let format = Mutex(LogFormat.text)
    private let isJournal: Bool
    /// The line that stands at the end of what is told, until it goes away.
    private let progress = Mutex<String?>(nil)

    /// - Parameter journal: which file is the journal's, if any is.
    init(journal: JournalStream? = nil) {
        var status = stat()
        isJournal =
            fstat(STDERR_FILENO, &status) == 0
            && journal.map { $0.device == status.st_dev && $0.inode == status.st_ino } ?? false
    }

    func use(_ format: LogFormat) { self.format.withLock { $0 = format } }

    func logger(level: Logger.Level) -> Logger {
        Logger(label: "", level: level) { [self] in report(LogLine(level: $0, text: $1)) }
    }

    func report(_ line: LogLine) {
        let time = UnixTime(seconds: Int64(Glibc.time(nil)))
        switch format.withLock({ $0 }) {
        case .json: write(line.json(time: time, process: getpid()))
        case .text where isJournal && !isFile: write(line.journal)
        case .text: write(line.plain(stamp: isFile ? "\(time) [\(getpid())]" : nil))
        }
    }

    /// Tells what a command has to say; only where people read it, it is written as it is.
    func report(_ text: String) {
        let name = "p2pfwd: "
        let isForPeople = format.withLock { $0 == .text } && (isFile || !isJournal)
        guard isForPeople else {
            let text = text.hasPrefix(name) ? String(text.dropFirst(name.count)) : text
            return report(LogLine(level: .info, text: text))
        }
        let time = UnixTime(seconds: Int64(Glibc.time(nil)))
        write(isFile ? "\(time) [\(getpid())] \(text)" : text)
    }

    private func write(_ line: String) {
        file.withLock { if let file = $0 { Self.rotate(file) } }
        aside { Console.report(line) }
    }

    // MARK: What is waited for

    /// Shows what is waited for, in the place of what was shown before; nil: nothing any more. Without
    /// effect where people would not see it as one line.
    func show(progress text: String?) {
        guard isatty(STDERR_FILENO) == 1, format.withLock({ $0 == .text }), !isFile else { return }
        progress.withLock { shown in
            if shown != nil { Self.eraseLine() }
            if let text { Console.write(Self.fitted(text), to: STDERR_FILENO) }
            shown = text
        }
    }

    /// Writes something to the terminal with that line out of its way.
    func aside(_ body: () -> Void) {
        progress.withLock { shown in
            if shown != nil { Self.eraseLine() }
            body()
            if let shown { Console.write(Self.fitted(shown), to: STDERR_FILENO) }
        }
    }

    private static func eraseLine() { Console.write("\r\u{1b}[K", to: STDERR_FILENO) }

    /// A line that wraps could not be erased.
    private static func fitted(_ text: String) -> String {
        var size = winsize()
        let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1
        return String(text.withoutControls.prefix(isKnown ? Int(size.ws_col) - 1 : 78))
    }

    /// Tells the error that ends the program.
    func report(_ error: CommandError) {
        report(LogLine(level: .error, text: "\(error.what): \(error.why)", hint: error.hint))
        let terminal = file.withLock { $0?.terminal }
        if let terminal { Console.write("\(error)\n", to: terminal) }
    }

    /// Has standard error go to the end of the file at `path` from now on.
    func redirect(to path: String, sizeLimit: Int? = nil) throws(FileError) {
        try prepare(path, sizeLimit: sizeLimit)()
    }

    /// Opens the file at `path`, or finds it again if it was there before.
    ///
    /// - Parameter path: nil: what standard error was at first.
    /// - Returns: what has standard error go there.
    func prepare(_ path: String?, sizeLimit: Int? = nil) throws(FileError) -> () -> Void {
        guard let path else { return { [self] in restore() } }
        let opened = try OpenedFile(path)
        return { [self] in
            file.withLock {
                let terminal: Int32? =
                    if let former = $0 {
                        former.terminal
                    } else {
                        Self.copyOfStandardError()
                    }
                opened.use()
                $0 = File(path: path, sizeLimit: sizeLimit, terminal: terminal)
            }
        }
    }

    /// Has standard error be what it was at first, unless that was given up.
    private func restore() {
        file.withLock {
            guard let terminal = $0?.terminal else { return }
            dup2(terminal, STDERR_FILENO)
            close(terminal)
            $0 = nil
        }
    }

    /// Nil where there is no room for it.
    private static func copyOfStandardError() -> Int32? {
        let copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
        return copy < 0 ? nil : copy
    }

    var isFile: Bool { file.withLock { $0 != nil } }

    /// Lets go of the terminal: nothing is written to where the output of the program went before.
    func leaveTerminal() {
        file.withLock {
            if let terminal = $0?.terminal { close(terminal) }
            $0?.terminal = nil
        }
        Console.discardOutput()
    }

    /// Several processes may write to one file: whoever finds it full puts it aside, the others
    /// see that its name belongs to another one now.
    private static func rotate(_ file: File) {
        guard let limit = file.sizeLimit else { return }
        var current = stat()
        guard fstat(STDERR_FILENO, &current) == 0, current.st_size > limit else { return }
        var named = stat()
        if stat(file.path, &named) == 0, named.st_ino == current.st_ino {
            rename(file.path, file.path + ".1")
        }
        // If that fails the old file is written on.
        try? OpenedFile(file.path).use()
    }
}

/// A file for messages that is open, and closed again where it is not used.
private final class OpenedFile {
    private let descriptor: Int32

    init(_ path: String) throws(FileError) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(path: path, call: "open", errno: errno) }
    }

    deinit { close(descriptor) }

    /// Makes it standard error.
    func use() { dup2(descriptor, STDERR_FILENO) }
}
