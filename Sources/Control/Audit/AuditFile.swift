internal import Glibc
import SRMUDP

/// The file of `--audit`: lines are appended, whole or not at all as far as the system goes.
///
/// Where one cannot be written (a full disk) it is missing there, and a warning says so once until
/// writing works again: flows go on. `reopen` lets others rotate the file.
final class AuditFile {
    private let path: String
    private let logger: Logger
    private var descriptor: Int32
    private var isFailing = false

    /// - Throws: why the file cannot be opened or made.
    init(path: String, logger: Logger) throws(FileError) {
        self.path = path
        self.logger = logger
        descriptor = try Self.open(path)
    }

    deinit { close(descriptor) }

    func append(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        let result = write(bytes)
        let code = errno
        if result == bytes.count { return succeeded() }
        // The next line must not stand behind half of this one.
        if result > 0 { _ = write([UInt8(ascii: "\n")]) }
        complain(result < 0 ? SystemError("write", code: code).reason : "the disk is full")
    }

    /// Opens the file anew under its name; the old one is kept if that fails.
    func reopen() {
        do throws(FileError) {
            let new = try Self.open(path)
            close(descriptor)
            descriptor = new
        } catch {
            logger.warning("--audit: \(error); writing goes on where it was")
        }
    }

    private func write(_ bytes: [UInt8]) -> Int {
        while true {
            let result = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if result >= 0 || errno != EINTR { return result }
        }
    }

    private func succeeded() {
        if isFailing { logger.info("the audit is written again") }
        isFailing = false
    }

    private func complain(_ reason: String) {
        guard !isFailing else { return }
        isFailing = true
        logger.warning("--audit: lines are missing in '\(path)': \(reason)")
    }

    private static func open(_ path: String) throws(FileError) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else {
            throw .system(path: path, call: "open", errno: errno)
        }
        return descriptor
    }
}
