// Nothing changes the environment while a process is started.
@preconcurrency internal import Glibc

/// `-f`: the command in a process of its own, which lets go of the terminal once everything is up.
///
/// A process with threads must not fork, so the program starts itself anew with the same words and
/// one end of a pipe as descriptor 3, which `--ready-pipe` names. One byte through the pipe says
/// that everything is up; its end without a byte that the command failed, and then its exit code is
/// the new process's. Until it is up, the new process tells what happens itself, as it has the
/// terminal, and belongs to it: an interrupt ends both.
struct BackgroundProcess {
    private static let descriptor: Int32 = 3

    private let errors: ErrorOutput
    /// The file that messages go to from then on, if the user named none.
    private let log: String

    /// In the new process.
    init(errors: ErrorOutput, log: String) {
        self.errors = errors
        self.log = log
        // Nothing that this process starts shall keep the first one waiting.
        _ = fcntl(Self.descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// Everything is up: leaves the terminal, and has the first process end.
    func ready() throws(CommandError) {
        do throws(FileError) {
            if !errors.isFile { try errors.redirect(to: log, sizeLimit: 1 << 20) }
        } catch {
            throw CommandError("log", error)
        }
        setsid()
        errors.leaveTerminal()
        var byte: UInt8 = 1
        let count = write(Self.descriptor, &byte, 1)
        close(Self.descriptor)
        guard count == 1 else {
            throw CommandError("-f", "whoever started this ended meanwhile", .failure)
        }
    }

    /// Goes on as before: another program of this process was up already.
    func goOn() throws(CommandError) {
        do throws(FileError) {
            if !errors.isFile { try errors.redirect(to: log, sizeLimit: 1 << 20) }
        } catch {
            throw CommandError("log", error)
        }
    }

    /// Starts the program anew, and waits until everything is up there or has failed.
    ///
    /// - Parameter arguments: as the system gave them, the program's name first.
    /// - Returns: the exit code.
    static func start(_ arguments: [String]) throws(CommandError) -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw failure("pipe", errno) }
        defer { close(ends[0]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let words = arguments.prefix(1) + ["--ready-pipe=\(descriptor)"] + arguments.dropFirst()
        let result = spawn(Array(words), readyPipe: ends[1])
        close(ends[1])
        switch result {
        case .failure(let error): throw failure("posix_spawn", error.code)
        case .success(let process): return try outcome(of: process, ends[0])
        }
    }

    private struct SpawnError: Error {
        let code: Int32
    }

    private static func spawn(_ words: [String], readyPipe: Int32) -> Result<pid_t, SpawnError> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, readyPipe, descriptor)
        var arguments = words.map { strdup($0) }
        defer { for argument in arguments { free(argument) } }
        arguments.append(nil)
        var process: pid_t = 0
        let code = posix_spawn(&process, "/proc/self/exe", &actions, nil, arguments, environ)
        return code == 0 ? .success(process) : .failure(SpawnError(code: code))
    }

    private static func outcome(of process: pid_t, _ pipe: Int32) throws(CommandError) -> Int32 {
        var byte: UInt8 = 0
        var count = read(pipe, &byte, 1)
        while count < 0, errno == EINTR { count = read(pipe, &byte, 1) }
        guard count != 1 else { return ExitCode.success.rawValue }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw failure("waitpid", errno) }
        }
        // As WIFEXITED and WEXITSTATUS have it.
        guard status & 0x7f == 0 else {
            throw CommandError(
                "-f", "the process in the background was ended by signal \(status & 0x7f)",
                .internalError)
        }
        return status >> 8 & 0xff
    }

    private static func failure(_ call: String, _ code: Int32) -> CommandError {
        CommandError("-f", "\(call): \(String(cString: strerror(code)))", .localError)
    }
}
