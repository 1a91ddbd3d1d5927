internal import Glibc
import SRMUDP

/// A file that says which process has a home's control socket; held until its owner ends.
///
/// Two processes that start at the same moment could take the socket's file from each other, each
/// finding the other's stale. The file is never removed: whoever did could remove one that
/// somebody has locked just then.
struct ControlLock: ~Copyable {
    fileprivate static let alreadyRunning = "already running"

    private let file: FileDescriptor

    /// - Throws: exit code 8 if another process has it.
    init(path: String) throws(CommandError) { file = try Self.lock(path) }

    /// - Parameter holder: the process; nil if it is not known.
    static func alreadyRunning(holder: Int32?) -> CommandError {
        let process = holder.map { " (pid \($0))" } ?? ""
        return CommandError("control", "\(alreadyRunning)\(process)", .localError)
    }

    private static func lock(_ path: String) throws(CommandError) -> FileDescriptor {
        let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw failure(path, "open") }
        let file = FileDescriptor(owning: number)
        while flock(number, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: throw alreadyRunning(holder: holder(number))
            default: throw failure(path, "flock")
            }
        }
        let text = [UInt8]("\(getpid())\n".utf8)
        guard ftruncate(number, 0) == 0, pwrite(number, text, text.count, 0) == text.count else {
            throw failure(path, "write")
        }
        return file
    }

    private static func holder(_ number: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(number, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<(count - 1)], as: UTF8.self))
    }

    private static func failure(_ path: String, _ call: String) -> CommandError {
        CommandError("control", .system(path: path, call: call, errno: errno))
    }
}

extension CommandError {
    /// Whether another process is this home's node.
    var tellsOfRunningNode: Bool {
        what == "control" && why.hasPrefix(ControlLock.alreadyRunning)
    }
}
