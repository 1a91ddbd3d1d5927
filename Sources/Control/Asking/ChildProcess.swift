internal import Glibc
import SRMUDP

/// A program that we run and whose output we read: a process group of its own, with nothing on
/// standard input and our standard error.
///
/// It is reaped by its ID, so that children of others are left alone. Whoever drops it kills it.
final class ChildProcess {
    /// - exit: nil where a signal ended it.
    typealias Completion = (_ exit: Int32?, _ output: [UInt8]) -> Void

    /// More output is read and thrown away.
    private static let outputLimit = 4_096
    /// How often a process that has closed its output is looked at.
    private static let pollInterval: Interval = .milliseconds(20)

    private let loop: EventLoop
    private let output: FileDescriptor
    private var processID: pid_t
    private var bytes: [UInt8] = []
    private var completion: Completion?

    /// Calls `completion` once, unless it is killed, and never from within here.
    init(
        program: String, arguments: [String] = [], environment: [String], loop: EventLoop,
        _ completion: @escaping Completion
    ) throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError("pipe", code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        output = FileDescriptor(owning: ends[0])
        let input = FileDescriptor(owning: ends[1])
        self.loop = loop
        self.completion = completion
        processID = try Self.spawn([program] + arguments, environment, output: input)
        try loop.register(output.number, for: .readable, handler: self)
    }

    deinit { kill() }

    func kill() {
        completion = nil
        guard processID > 0 else { return }
        loop.unregister(output.number)
        // The group, so that what it started in its turn goes with it.
        _ = Glibc.kill(-processID, SIGKILL)
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0, errno == EINTR {}
        processID = 0
    }

    private func reap() {
        guard processID > 0 else { return }
        var status: Int32 = 0
        let result = waitpid(processID, &status, WNOHANG)
        guard result != 0 else {
            loop.schedule(after: Self.pollInterval) { [weak self] in self?.reap() }
            return
        }
        processID = 0
        let hasExited = result > 0 && status & 0x7f == 0
        let completion = completion
        self.completion = nil
        completion?(hasExited ? (status >> 8) & 0xff : nil, bytes)
    }

    private static func spawn(
        _ words: [String], _ environment: [String], output: borrowing FileDescriptor
    ) throws(SystemError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.number, STDOUT_FILENO)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The signals that our event loop reads are blocked here, and SIGPIPE is ignored.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var usual = sigset_t()
        sigemptyset(&usual)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&usual, signal) }
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var processID: pid_t = 0
        let code = posix_spawn(
            &processID, words[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw SystemError("posix_spawn", code: code) }
        return processID
    }
}

extension ChildProcess: EventHandler {
    func ready(_ readiness: Readiness, now: Instant) {
        var block = [UInt8](repeating: 0, count: 4_096)
        let count = read(output.number, &block, block.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        guard count > 0 else {
            loop.unregister(output.number)
            return reap()
        }
        bytes += block[..<min(count, Self.outputLimit - min(bytes.count, Self.outputLimit))]
    }
}
