internal import Glibc
import SRMUDP

/// A small file whose content is always either the old or the new one, also after a power cut.
///
/// Writing goes to a new file beside it, which is synced and then renamed over the old one (or, for
/// a file that must not exist yet, linked to its name). The mode is 0600; a file that others may
/// read or write, or that belongs to somebody else, is refused.
package struct DurableFile: Sendable {
    /// Larger files are refused unread.
    package static let sizeLimit = 1 << 20

    package let path: String

    package init(path: String) { self.path = path }

    /// What tells one content from another without reading it.
    package struct Stamp: Equatable {
        fileprivate let inode: UInt64
        fileprivate let size: Int64
        fileprivate let seconds: Int
        fileprivate let nanoseconds: Int
    }

    /// Nil if there is no such file.
    package func stamp() throws(FileError) -> Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw failure("stat")
        }
        return Stamp(
            inode: UInt64(status.st_ino), size: Int64(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }

    /// The content, or nil if there is no such file.
    ///
    /// - Parameter checksOwner: whether a file is refused that others may read or write, or own.
    package func read(checksOwner: Bool = true) throws(FileError) -> [UInt8]? {
        try read(for: checksOwner ? .owner : .anybody)
    }

    /// Who else may have a hand in a file that is read.
    package enum Audience {
        /// Nobody: it holds secrets.
        case owner
        /// Others may read it; only the user and root may own and write it.
        case readers
        case anybody
    }

    /// As `read(checksOwner:)`.
    package func read(for audience: Audience) throws(FileError) -> [UInt8]? {
        // Opening a FIFO would wait for its other end without O_NONBLOCK.
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open")
        }
        defer { close(file) }

        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure("fstat") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .wrongType(path: path, wanted: "regular file")
        }
        switch audience {
        case .owner:
            guard status.st_uid == geteuid() else { throw .foreignOwner(path: path) }
            guard status.st_mode & 0o077 == 0 else {
                throw .tooOpen(path: path, mode: octal(status.st_mode), wanted: "0600")
            }
        case .readers:
            guard status.st_uid == geteuid() || status.st_uid == 0 else {
                throw .foreignOwner(path: path)
            }
            guard status.st_mode & 0o022 == 0 else {
                throw .writable(path: path, mode: octal(status.st_mode))
            }
        case .anybody: break
        }
        guard status.st_size <= Self.sizeLimit else {
            throw .tooLarge(path: path, limit: Self.sizeLimit)
        }
        return try content(of: file)
    }

    /// Replaces the content, or makes the file.
    package func replace(with bytes: [UInt8]) throws(FileError) {
        let temporary = try writeTemporary(bytes)
        guard rename(temporary, path) == 0 else {
            let error = failure("rename")
            unlink(temporary)
            throw error
        }
        try syncDirectory()
    }

    /// Makes the file with this content.
    ///
    /// - Throws: `FileError.exists` if there is one already, which is left as it is. Of two
    ///   processes that try at the same time one succeeds.
    package func create(with bytes: [UInt8]) throws(FileError) {
        let temporary = try writeTemporary(bytes)
        defer { unlink(temporary) }
        guard link(temporary, path) == 0 else {
            if errno == EEXIST { throw .exists(path: path) }
            throw failure("link")
        }
        try syncDirectory()
    }

    /// Runs `body` while no other process is inside the same call for this file.
    ///
    /// - Parameter wrap: makes the body's error out of one of the lock itself.
    package func whileLocked<Result, Failure: Error>(
        _ wrap: (FileError) -> Failure, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw wrap(failure("open")) }
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0 {
            guard errno == EINTR else { throw wrap(failure("flock")) }
        }
        return try body()
    }

    private func content(of file: Int32) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read") }
            guard count > 0 else { return bytes }
            bytes += block[..<count]
            guard bytes.count <= Self.sizeLimit else {
                throw .tooLarge(path: path, limit: Self.sizeLimit)
            }
        }
    }

    private func writeTemporary(_ bytes: [UInt8]) throws(FileError) -> String {
        guard bytes.count <= Self.sizeLimit else {
            throw .tooLarge(path: path, limit: Self.sizeLimit)
        }
        let suffix = SystemRandomSource().next()
        let temporary = "\(path).\(String(suffix, radix: 36)).new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("open") }
        defer { close(file) }
        do throws(FileError) {
            try write(bytes, to: file)
            guard fsync(file) == 0 else { throw failure("fsync") }
            return temporary
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private func write(_ bytes: [UInt8], to file: Int32) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write") }
            rest = rest.dropFirst(count)
        }
    }

    /// A renamed or linked name survives a power cut only once its directory was written too.
    private func syncDirectory() throws(FileError) {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let directory = open(parent.isEmpty ? "/" : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("open") }
        defer { close(directory) }
        // Some file systems cannot sync directories and say so; nothing better can be done there.
        guard fsync(directory) == 0 || errno == EINVAL else { throw failure("fsync") }
    }

    private func failure(_ call: String) -> FileError {
        .system(path: path, call: call, errno: errno)
    }
}

/// A file mode as people write it: `0644`.
func octal(_ mode: mode_t) -> String {
    let digits = String(mode & 0o7777, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}
