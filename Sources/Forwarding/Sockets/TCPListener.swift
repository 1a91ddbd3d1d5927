import SRMUDP

/// Accepts TCP connections at one address.
package final class TCPListener {
    /// The address listened at, with the port that the system chose if it was asked to.
    package let address: SocketAddress
    private let acceptor: StreamAcceptor

    /// Listens at `address` until `close` and hands each connection to `accepted`.
    ///
    /// When no file is left for a connection, accepting pauses for 100 ms at a time, which `logger`
    /// is told at most every 10 s.
    package convenience init(
        loop: EventLoop, address: SocketAddress, logger: Logger = .silent,
        accepted: @escaping (TCPSocket) -> Void
    ) throws(SystemError) {
        let descriptor = try FileDescriptor.tcpSocket(for: address.ip)
        try descriptor.listen(at: address)
        try self.init(adopting: descriptor, loop: loop, logger: logger, accepted: accepted)
    }

    /// Takes over a socket that listens already.
    init(
        adopting descriptor: consuming FileDescriptor, loop: EventLoop, logger: Logger,
        accepted: @escaping (TCPSocket) -> Void
    ) throws(SystemError) {
        address = try descriptor.localAddress()
        acceptor = try StreamAcceptor(
            descriptor, name: address.description, loop: loop, logger: logger,
            accepted: accepted)
    }

    var descriptor: Int32? { acceptor.number }

    /// Stops listening and frees the port; connections that wait in the system's queue are refused.
    package func close() { acceptor.close() }
}
