internal import Glibc

/// The open files that a process left to the program that it became, each to be taken once.
///
/// Only numbers that the former program named are taken, and only sockets. `closeRest` closes what
/// nobody took.
package final class InheritedFiles {
    private var numbers: Set<Int32>

    package init(_ numbers: some Sequence<Int32>) {
        self.numbers = Set(numbers.filter { $0 > STDERR_FILENO && Self.isSocket($0) })
        for number in self.numbers { _ = FileDescriptor.setInherited(number, false) }
    }

    deinit { closeRest() }

    package func contains(_ number: Int32) -> Bool { numbers.contains(number) }

    /// - Returns: nil if there is no such file, or it was taken already.
    package func take(_ number: Int32) -> FileDescriptor? {
        numbers.remove(number).map { FileDescriptor(owning: $0) }
    }

    package func closeRest() {
        for number in numbers { _ = FileDescriptor(owning: number) }
        numbers = []
    }

    private static func isSocket(_ number: Int32) -> Bool {
        var information = stat()
        return fstat(number, &information) == 0 && information.st_mode & S_IFMT == S_IFSOCK
    }
}

extension FileDescriptor {
    /// Decides whether an open file stays open in the program that this process becomes.
    /// - Returns: false if there is no such file.
    package static func setInherited(_ number: Int32, _ isInherited: Bool) -> Bool {
        let flags = fcntl(number, F_GETFD)
        guard flags >= 0 else { return false }
        let wanted = isInherited ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC
        return fcntl(number, F_SETFD, wanted) == 0
    }
}
