internal import CSystem
internal import Glibc

/// Bytes in a file without a name: what a process leaves to the program that it becomes.
///
/// The file lives in memory as long as a descriptor of it is open, belongs to this process alone, and
/// is as safe from others as its memory is.
package struct MemoryFile: ~Copyable {
    /// What is left by one process at the most; more is refused on reading.
    package static let sizeLimit = 4 << 30
    private static let mostAtOnce = 1 << 30

    private let descriptor: FileDescriptor

    package init() throws(SystemError) {
        descriptor = try FileDescriptor("memfd_create", csystem_memory_file())
    }

    /// Takes over a file that this process inherited.
    package init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    package var number: Int32 { descriptor.number }

    /// Appends bytes.
    package func write(_ bytes: [UInt8]) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { memory in
                Glibc.write(
                    number, memory.baseAddress! + written,  // Not empty, as the loop runs.
                    min(bytes.count - written, Self.mostAtOnce))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("write", code: count < 0 ? errno : EIO) }
            written += count
        }
    }

    /// All bytes from the beginning; afterwards the file is empty.
    package func take() throws(SystemError) -> [UInt8] {
        var information = stat()
        guard fstat(number, &information) == 0 else { throw SystemError("fstat", code: errno) }
        guard information.st_mode & S_IFMT == S_IFREG, information.st_size <= Self.sizeLimit else {
            throw SystemError("read", code: EFBIG)
        }
        var bytes = [UInt8](repeating: 0, count: Int(information.st_size))
        var taken = 0
        while taken < bytes.count {
            let rest = min(bytes.count - taken, Self.mostAtOnce)
            let count = bytes.withUnsafeMutableBytes { memory in
                pread(number, memory.baseAddress! + taken, rest, taken)  // Not empty either.
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("read", code: count < 0 ? errno : EIO) }
            taken += count
        }
        // The pages are given back now, not when the process ends.
        guard ftruncate(number, 0) == 0 else { throw SystemError("ftruncate", code: errno) }
        return bytes
    }
}
