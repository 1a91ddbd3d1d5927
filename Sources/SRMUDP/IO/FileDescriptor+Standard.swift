internal import Glibc

/// Taking over what the process was started with as standard input or output.
extension FileDescriptor {
    /// Which of the two.
    package enum StandardStream: Int32, Sendable {
        case input = 0
        case output = 1
    }

    /// Takes a standard stream over so that its calls do not block; the null device stands in its
    /// place afterwards, so that closing the result is seen by who is at the other end.
    ///
    /// Whether calls block is a property of the open file, which the shell and others may share.
    /// So pipes and terminals are opened anew. A socket cannot be: it is changed, and
    /// `restoreFlags` is what to give back at the end. A regular file never blocks, and opening it
    /// anew would lose its position.
    package static func takingOver(
        _ stream: StandardStream, restoreFlags: inout Int32?
    ) throws(SystemError) -> FileDescriptor {
        let number = stream.rawValue
        var information = stat()
        guard fstat(number, &information) == 0 else { throw SystemError("fstat", code: errno) }
        let kind = information.st_mode & S_IFMT
        let access = stream == .input ? O_RDONLY : O_WRONLY
        var taken: Int32 = -1
        if kind != S_IFREG, kind != S_IFSOCK {
            taken = open("/proc/self/fd/\(number)", access | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        }
        if taken < 0 {
            taken = fcntl(number, F_DUPFD_CLOEXEC, 3)
            guard taken >= 0 else { throw SystemError("dup", code: errno) }
            if kind != S_IFREG { restoreFlags = Self.stopBlocking(taken) }
        }
        let owner = FileDescriptor(owning: taken)
        let nowhere = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard nowhere >= 0 else { throw SystemError("open", code: errno) }
        defer { close(nowhere) }
        guard dup2(nowhere, number) >= 0 else { throw SystemError("dup2", code: errno) }
        return owner
    }

    /// Gives the flags back that `takingOver` changed.
    package func restore(_ flags: Int32) { _ = fcntl(number, F_SETFL, flags) }

    /// - Returns: the flags to restore; nil if nothing was changed.
    private static func stopBlocking(_ number: Int32) -> Int32? {
        let flags = fcntl(number, F_GETFL)
        guard flags >= 0, flags & O_NONBLOCK == 0 else { return nil }
        return fcntl(number, F_SETFL, flags | O_NONBLOCK) == 0 ? flags : nil
    }
}
