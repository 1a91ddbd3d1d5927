import SRMUDP

/// Where a UNIX socket is made, and how.
package struct SocketFile: Hashable, Sendable {
    /// What nobody but the owner may do with it.
    package static let ownerOnly: UInt32 = 0o177

    package let path: SocketPath
    /// Mode bits that the file does not get (`StreamLocalBindMask`).
    package var mask = ownerOnly
    /// What becomes of a socket that is in the way (`StreamLocalBindUnlink`).
    package var replacement = SocketReplacement.ifStale

    package init(
        path: SocketPath, mask: UInt32 = ownerOnly, replacement: SocketReplacement = .ifStale
    ) {
        self.path = path
        self.mask = mask
        self.replacement = replacement
    }
}

/// Accepts connections at a UNIX socket, a file that only its owner may use unless a mask says
/// otherwise.
package final class LocalListener {
    package let path: String
    private let acceptor: StreamAcceptor
    /// The file that we made; whoever replaced it keeps theirs.
    private let identity: FileIdentity?

    /// Listens at `path`, at most 107 bytes long, until `close`, like `TCPListener`.
    ///
    /// With `replacesStale`, a socket file at which nobody listens any more is replaced. Two
    /// processes that do so at the same moment could take the file from each other; whoever has to
    /// exclude that holds a lock meanwhile.
    package convenience init(
        loop: EventLoop, path: String, replacesStale: Bool = false, logger: Logger = .silent,
        accepted: @escaping (TCPSocket) -> Void
    ) throws(SystemError) {
        try self.init(
            loop: loop, path: path, mask: SocketFile.ownerOnly,
            replacement: replacesStale ? .ifStale : .never, logger: logger, accepted: accepted)
    }

    package convenience init(
        loop: EventLoop, file: SocketFile, logger: Logger, accepted: @escaping (TCPSocket) -> Void
    ) throws(SystemError) {
        try self.init(
            loop: loop, path: file.path.text, mask: file.mask, replacement: file.replacement,
            logger: logger, accepted: accepted)
    }

    private convenience init(
        loop: EventLoop, path: String, mask: UInt32, replacement: SocketReplacement,
        logger: Logger, accepted: @escaping (TCPSocket) -> Void
    ) throws(SystemError) {
        let descriptor = try FileDescriptor.localSocket()
        try descriptor.listen(atPath: path, mode: 0o777 & ~mask, replacing: replacement)
        try self.init(
            adopting: descriptor, path: path, loop: loop, logger: logger, accepted: accepted)
    }

    /// Takes over a socket that listens at `path` already.
    init(
        adopting descriptor: consuming FileDescriptor, path: String, loop: EventLoop,
        logger: Logger, accepted: @escaping (TCPSocket) -> Void
    ) throws(SystemError) {
        self.path = path
        identity = FileIdentity(ofSocketAtPath: path)
        acceptor = try StreamAcceptor(
            descriptor, name: path, loop: loop, logger: logger, accepted: accepted)
    }

    var descriptor: Int32? { acceptor.number }

    /// Stops listening and removes the file, if it still is the one that was made.
    package func close() {
        guard acceptor.isOpen else { return }
        if let identity { FileDescriptor.removeLocalSocket(atPath: path, identity) }
        acceptor.close()
    }
}
