import SRMUDP

/// A connected stream socket: TCP, or a UNIX socket, whose addresses then are unspecified.
///
/// It belongs to one flow, which registers `descriptor` with the event loop. Reads and writes never
/// block; a failure of either means that the connection is gone in both directions.
package final class TCPSocket {
    package typealias ReadResult = StreamReadResult
    package typealias WriteResult = StreamWriteResult

    /// For registration with the event loop.
    package let descriptor: Int32
    package let localAddress: SocketAddress
    package let peerAddress: SocketAddress
    let loop: EventLoop
    private var owner: FileDescriptor?
    private var failure: SystemError?

    /// Takes over a connected socket.
    package init(_ owner: consuming FileDescriptor, peer: SocketAddress, loop: EventLoop) {
        owner.tuneStream()
        descriptor = owner.number
        // A socket that was reset since has no name any more; the next read tells.
        localAddress = (try? owner.localAddress()) ?? SocketAddress(.anyIPv4, port: 0)
        peerAddress = peer
        self.loop = loop
        self.owner = consume owner
    }

    /// Connects to the UNIX socket at `path`.
    package convenience init(connectingTo path: String, loop: EventLoop) throws(SystemError) {
        let socket = try FileDescriptor.localSocket()
        try socket.connect(toPath: path)
        self.init(socket, peer: SocketAddress(.anyIPv6, port: 0), loop: loop)
    }

    deinit { close() }

    /// The user ID of the process at the other end of a UNIX socket.
    package func peerUserID() throws(SystemError) -> UInt32 {
        guard owner != nil else { throw Self.closedError("getsockopt") }
        // Checked right above.
        return try owner!.peerUserID()
    }

    package var isOpen: Bool { owner != nil }

    /// Whether the connection is gone. Unlike a read, this notices a reset behind unread bytes; a
    /// connection that both sides have ended in good order has not failed.
    package var hasFailed: Bool {
        guard failure == nil else { return true }
        do {
            try owner?.takeError("read")
            return false
        } catch {
            // Asking takes the error away; reads and writes must go on reporting it.
            failure = error
            return true
        }
    }

    /// Reads at most `range.count` bytes to that place of `storage`.
    package func read(into storage: inout ByteStorage, _ range: Range<Int>) -> ReadResult {
        if let failure { return .failed(failure) }
        return note(owner?.read(into: &storage, range) ?? .failed(Self.closedError("read")))
    }

    /// Reads at most as many bytes as the run of `blocks` has, to its beginning.
    package func read(into blocks: borrowing BlockList) -> ReadResult {
        if let failure { return .failed(failure) }
        return note(owner?.read(into: blocks) ?? .failed(Self.closedError("read")))
    }

    /// Writes as much of `range` as the system takes now.
    package func write(from storage: borrowing ByteStorage, _ range: Range<Int>) -> WriteResult {
        if let failure { return .failed(failure) }
        return note(owner?.write(from: storage, range) ?? .failed(Self.closedError("write")))
    }

    /// Writes as much of the run of `blocks` as the system takes now.
    package func write(from blocks: borrowing BlockList) -> WriteResult {
        if let failure { return .failed(failure) }
        return note(owner?.write(from: blocks) ?? .failed(Self.closedError("write")))
    }

    /// Has the system take no more bytes while about so many wait that are not on their way yet: what
    /// would come too late anyway is better kept where it can still be dropped.
    package func limitUnsent(_ bytes: Int32) { owner?.limitUnsent(bytes) }

    /// Sends the end of the stream after what was written; reading goes on.
    package func shutdownWrite() { owner?.shutdownWrite() }

    /// Closes in the orderly way; the system delivers what was written. Bytes that have arrived
    /// but were not read turn this into a reset.
    package func close() {
        if owner != nil { loop.unregister(descriptor) }
        owner = nil
    }

    /// Closes at once and throws away what is under way: the peer sees a reset.
    package func abort() {
        owner?.resetOnClose()
        close()
    }

    private func note(_ result: ReadResult) -> ReadResult {
        if case .failed(let error) = result { failure = error }
        return result
    }

    private func note(_ result: WriteResult) -> WriteResult {
        if case .failed(let error) = result { failure = error }
        return result
    }

    private static func closedError(_ call: StaticString) -> SystemError {
        SystemError(call, code: ErrorNumber.badDescriptor)
    }
}
