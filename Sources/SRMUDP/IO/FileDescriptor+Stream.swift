internal import CSystem

/// What a read from a stream brought.
package enum StreamReadResult: Equatable, Sendable {
    /// Bytes, at least one.
    case bytes(Int)
    /// The peer has ended its direction.
    case end
    case wouldBlock
    /// The connection is gone, in both directions.
    case failed(SystemError)
}

/// What became of bytes written to a stream.
package enum StreamWriteResult: Equatable, Sendable {
    /// How many were taken, perhaps not all.
    case bytes(Int)
    case wouldBlock
    /// The connection is gone, in both directions.
    case failed(SystemError)
}

/// Calls for sockets that carry a stream of bytes, none of which block.
extension FileDescriptor {
    /// A TCP socket for addresses of the family of `ip`.
    package static func tcpSocket(for ip: IPAddress) throws(SystemError) -> FileDescriptor {
        try FileDescriptor("socket", csystem_socket(ip.isIPv4, true))
    }

    /// Binds to `address`, also when connections of a former listener linger there, and listens.
    /// `[::]` takes IPv4 as well.
    package func listen(at address: SocketAddress) throws(SystemError) {
        try SystemError.check("setsockopt", csystem_reuse_address(number))
        if !address.ip.isIPv4 {
            let result = csystem_ipv6_only(number, !address.ip.isUnspecified)
            try SystemError.check("setsockopt", result)
        }
        var name = address.system
        try SystemError.check("bind", csystem_bind(number, address.ip.isIPv4, &name))
        // The system lowers the number to its own limit.
        try SystemError.check("listen", csystem_listen(number, 4096))
    }

    /// The next connection of a listening socket and its peer's address, or `nil` if none waits.
    package func accept(peer: inout SocketAddress) throws(SystemError) -> FileDescriptor? {
        var name = SocketAddress.none
        let result = csystem_accept(number, &name)
        if result == -ErrorNumber.again { return nil }
        let accepted = try FileDescriptor("accept", result)
        peer = SocketAddress(name)
        return accepted
    }

    /// Begins to connect.
    ///
    /// - Returns: Whether the connection stands already; else the socket becomes writable when it
    ///   does or has failed, which `takeError` tells.
    package func connect(to address: SocketAddress) throws(SystemError) -> Bool {
        var name = address.system
        let result = csystem_connect(number, address.ip.isIPv4, &name)
        if result == -ErrorNumber.inProgress { return false }
        try SystemError.check("connect", result)
        return true
    }

    /// Throws the error that the socket has met, if any.
    package func takeError(_ call: StaticString) throws(SystemError) {
        let code = csystem_take_error(number)
        if code != 0 { throw SystemError(call, code: abs(code)) }
    }

    /// The address of this end of a connection, or the one that is listened at.
    package func localAddress() throws(SystemError) -> SocketAddress {
        var name = SocketAddress.none
        try SystemError.check("getsockname", csystem_local_address(number, &name))
        return SocketAddress(name)
    }

    /// Sends small pieces at once and notices peers that vanish. Does nothing to sockets that are
    /// not TCP.
    package func tuneStream() { _ = csystem_tune_stream(number) }

    /// Has the system take no more bytes while so many wait that are not on their way yet. Without
    /// effect where it cannot.
    package func limitUnsent(_ bytes: Int32) { _ = csystem_limit_unsent(number, bytes) }

    /// Reads at most `range.count` bytes (above 0) to that place.
    package func read(into storage: inout ByteStorage, _ range: Range<Int>) -> StreamReadResult {
        Self.readResult(
            storage.withUnsafeMutableBytes(range) { memory in
                csystem_read(number, memory.baseAddress, memory.count)
            })
    }

    /// Reads at most as many bytes (above 0) as the run of `blocks` has, to its beginning.
    package func read(into blocks: borrowing BlockList) -> StreamReadResult {
        Self.readResult(
            blocks.withParts { parts, count in csystem_read_parts(number, parts, count) })
    }

    /// Writes as many bytes of `range` (at least one) as the system takes.
    package func write(
        from storage: borrowing ByteStorage, _ range: Range<Int>
    ) -> StreamWriteResult {
        Self.writeResult(
            storage.withUnsafeBytes(range) { memory in
                csystem_write(number, memory.baseAddress, memory.count)
            })
    }

    /// Writes as many bytes of the run of `blocks` (at least one) as the system takes.
    package func write(from blocks: borrowing BlockList) -> StreamWriteResult {
        Self.writeResult(
            blocks.withParts { parts, count in csystem_write_parts(number, parts, count) })
    }

    /// As `read(into:)`, of what may be no socket.
    package func readFile(into blocks: borrowing BlockList) -> StreamReadResult {
        Self.readResult(
            blocks.withParts { parts, count in csystem_file_read_parts(number, parts, count) })
    }

    /// As `write(from:)`, to what may be no socket.
    package func writeFile(from blocks: borrowing BlockList) -> StreamWriteResult {
        Self.writeResult(
            blocks.withParts { parts, count in csystem_file_write_parts(number, parts, count) })
    }

    private static func readResult(_ result: Int64) -> StreamReadResult {
        if result == -Int64(ErrorNumber.again) { return .wouldBlock }
        if result < 0 { return .failed(SystemError("read", code: Int32(-result))) }
        return result == 0 ? .end : .bytes(Int(result))
    }

    private static func writeResult(_ result: Int64) -> StreamWriteResult {
        if result == -Int64(ErrorNumber.again) { return .wouldBlock }
        if result < 0 { return .failed(SystemError("write", code: Int32(-result))) }
        return .bytes(Int(result))
    }

    /// Tells the peer that no more bytes will come.
    package func shutdownWrite() {
        // It fails only on connections that are gone already, which the next read reports.
        _ = csystem_shutdown_write(number)
    }

    /// Makes the close that follows a reset: the peer sees an error, not the end of the stream.
    package func resetOnClose() { _ = csystem_reset_on_close(number) }
}
