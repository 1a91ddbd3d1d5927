// Nothing changes the environment while a process is started.
@preconcurrency internal import Glibc
import SRMUDP

/// systemctl, as far as it is there. Its output goes where ours does.
struct SystemControl {
    private static let name = "systemctl"

    /// Nil where there is none.
    private let program: String?

    /// - Parameter searchPath: as PATH has it.
    init(searchPath: String) {
        program = searchPath.split(separator: ":").lazy
            .filter { $0.hasPrefix("/") }
            .map { "\($0)/\(Self.name)" }
            .first { access($0, X_OK) == 0 }
    }

    var isThere: Bool { program != nil }

    /// The command as people type it.
    func text(_ scope: ServiceUnit.Scope, _ words: [String]) -> String {
        self.words(scope, words).joined(separator: " ")
    }

    /// Runs it to its end.
    ///
    /// - Returns: its exit code, or 128 and the number of the signal that ended it.
    func run(_ scope: ServiceUnit.Scope, _ words: [String]) throws(CommandError) -> Int32 {
        guard let program else { throw Self.failure("systemctl", ENOENT) }
        var arguments = self.words(scope, words).map { strdup($0) }
        defer { for argument in arguments { free(argument) } }
        arguments.append(nil)
        var process: pid_t = 0
        let code = posix_spawn(&process, program, nil, nil, arguments, environ)
        guard code == 0 else { throw Self.failure("posix_spawn", code) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw Self.failure("waitpid", errno) }
        }
        // As WIFSIGNALED and WEXITSTATUS have it.
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
    }

    private func words(_ scope: ServiceUnit.Scope, _ words: [String]) -> [String] {
        [Self.name] + (scope == .user ? ["--user"] : []) + words
    }

    private static func failure(_ call: StaticString, _ code: Int32) -> CommandError {
        CommandError(name, "\(SystemError(call, code: code))", .localError)
    }
}
