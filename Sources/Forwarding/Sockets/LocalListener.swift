import SRMUDP

/// Accepts connections at a UNIX socket, a file that only its owner may use.
package final class LocalListener {
    package let path: String
    private let acceptor: StreamAcceptor

    /// Listens at `path`, at most 107 bytes long, until `close`, like `TCPListener`.
    ///
    /// With `replacesStale`, a socket file at which nobody listens any more is replaced. Two
    /// processes that do so at the same moment could take the file from each other; whoever has to
    /// exclude that holds a lock meanwhile.
    package init(
        loop: EventLoop, path: String, replacesStale: Bool = false, logger: Logger = .silent,
        accepted: @escaping (TCPSocket) -> Void
    ) throws(SystemError) {
        self.path = path
        let descriptor = try FileDescriptor.localSocket()
        try descriptor.listen(atPath: path, replacesStale: replacesStale)
        acceptor = try StreamAcceptor(
            descriptor, name: path, loop: loop, logger: logger, accepted: accepted)
    }

    /// Stops listening and removes the file.
    package func close() {
        guard acceptor.isOpen else { return }
        FileDescriptor.removeLocalSocket(atPath: path)
        acceptor.close()
    }
}
