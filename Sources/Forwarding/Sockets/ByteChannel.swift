import SRMUDP

/// The near end of a flow: a socket, or the standard streams of a command.
///
/// It belongs to one flow. Reads and writes never block; a failure of either means that the channel
/// is gone in both directions.
package protocol ByteChannel: AnyObject {
    /// The other end; port 0 for what has no address.
    var peerAddress: SocketAddress { get }

    /// Has the event loop call `handler` from now on, at first for what can be read.
    func watch(_ handler: any EventHandler) throws(SystemError)
    /// Changes what the handler is called for.
    func wait(for interest: Readiness)

    /// Reads at most as many bytes as the run of `blocks` has, to its beginning.
    func read(into blocks: borrowing BlockList) -> StreamReadResult
    /// Writes as much of the run of `blocks` as is taken now.
    func write(from blocks: borrowing BlockList) -> StreamWriteResult
    /// Whether the channel is gone, which neither a read nor a write has told yet.
    var hasFailed: Bool { get }

    /// Says that nothing more will be written; reading goes on.
    func shutdownWrite()
    /// Closes in good order.
    func close()
    /// Closes at once; a peer that can be told sees a failure.
    func abort()
}

extension TCPSocket: ByteChannel {
    package func watch(_ handler: any EventHandler) throws(SystemError) {
        try loop.register(descriptor, for: .readable, handler: handler)
    }

    package func wait(for interest: Readiness) { loop.update(descriptor, for: interest) }
}
