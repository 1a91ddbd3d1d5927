internal import Glibc

/// A file that the user names, to be read once: a regular one, or a pipe such as `<(command)`.
enum PlainFile {
    /// The content up to its end.
    ///
    /// - Returns: nil if there is no such file.
    /// - Throws: `FileError.tooLarge` beyond `DurableFile.sizeLimit`, or what the system says.
    static func read(_ path: String) throws(FileError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw .system(path: path, call: "open", errno: errno)
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= DurableFile.sizeLimit {
            let count = Glibc.read(file, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(path: path, call: "read", errno: errno) }
            guard count > 0 else { return bytes }
            bytes += block[..<count]
        }
        throw .tooLarge(path: path, limit: DurableFile.sizeLimit)
    }
}
