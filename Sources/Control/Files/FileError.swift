internal import Glibc

/// Why a file of the home directory could not be read or written.
package enum FileError: Error, Equatable {
    /// Others may read or write it; `wanted` is the mode that it must have, such as "0600".
    case tooOpen(path: String, mode: String, wanted: String)
    /// Others may write it.
    case writable(path: String, mode: String)
    /// It belongs to another user.
    case foreignOwner(path: String)
    /// Not a regular file, or not a directory where one is needed.
    case wrongType(path: String, wanted: String)
    case tooLarge(path: String, limit: Int)
    /// The bytes do not mean anything; `line` counts from 1, 0 if it is about the whole file.
    case damaged(path: String, line: Int, reason: String)
    /// A file that must not exist yet does.
    case exists(path: String)
    /// The system refused; `call` is the system call.
    case system(path: String, call: String, errno: Int32)
}

extension FileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooOpen(let path, let mode, let wanted):
            "\(path): its mode is \(mode), but nobody else may have access (\(wanted))"
        case .writable(let path, let mode):
            "\(path): its mode is \(mode), but nobody else may write it"
        case .foreignOwner(let path): "\(path): it belongs to another user"
        case .wrongType(let path, let wanted): "\(path): not a \(wanted)"
        case .tooLarge(let path, let limit): "\(path): larger than \(limit) bytes"
        case .damaged(let path, 0, let reason): "\(path): \(reason)"
        case .damaged(let path, let line, let reason): "\(path):\(line): \(reason)"
        case .exists(let path): "\(path): it exists already"
        case .system(let path, let call, let errno):
            "\(path): \(call): \(String(cString: strerror(errno)))"
        }
    }

    /// What to try, where there is something.
    package var hint: String? {
        switch self {
        case .tooOpen(let path, _, let wanted): "chmod \(wanted) \(path)"
        case .writable(let path, _): "chmod go-w \(path)"
        case .foreignOwner, .wrongType, .tooLarge, .damaged, .exists, .system: nil
        }
    }

    package var exitCode: ExitCode {
        switch self {
        case .tooOpen, .writable, .foreignOwner: .refused
        case .wrongType, .tooLarge, .damaged: .usage
        case .exists, .system: .localError
        }
    }
}
