internal import CSystem
internal import Glibc

/// Calls for stream sockets whose name is a path (UNIX sockets).
extension FileDescriptor {
    package static func localSocket() throws(SystemError) -> FileDescriptor {
        try FileDescriptor("socket", csystem_local_socket())
    }

    /// Makes the file `path` (at most 107 bytes) with these mode bits and listens there.
    ///
    /// - Parameter replacement: what becomes of a socket that is in the way. What is not a socket
    ///   always stays.
    package func listen(
        atPath path: String, mode: UInt32 = 0o600, replacing replacement: SocketReplacement = .never
    ) throws(SystemError) {
        if replacement == .always { Self.removeLocalSocket(atPath: path) }
        var result = csystem_local_bind(number, path, mode)
        if result == -ErrorNumber.addressInUse, replacement == .ifStale, try Self.isStale(path) {
            Self.removeLocalSocket(atPath: path)
            result = csystem_local_bind(number, path, mode)
        }
        try SystemError.check("bind", result)
        try SystemError.check("listen", csystem_listen(number, 4096))
    }

    /// Connects to the socket at `path`. That takes no time: it is done or fails at once, with
    /// `ErrorNumber.again` where the other end is too busy to accept.
    package func connect(toPath path: String) throws(SystemError) {
        try SystemError.check("connect", csystem_local_connect(number, path))
    }

    /// The user ID of the process at the other end.
    package func peerUserID() throws(SystemError) -> UInt32 {
        let result = csystem_local_peer_user(number)
        if result < 0 { throw SystemError("getsockopt", code: Int32(-result)) }
        return UInt32(result)
    }

    /// Removes the file of a socket; nothing happens if it is gone or is not a socket.
    ///
    /// - Parameter identity: the file that is meant; another one of the same name stays.
    package static func removeLocalSocket(atPath path: String, _ identity: FileIdentity? = nil) {
        guard let found = FileIdentity(ofSocketAtPath: path), identity == nil || found == identity
        else { return }
        _ = unlink(path)
    }

    private static func isStale(_ path: String) throws(SystemError) -> Bool {
        let probe = try localSocket()
        return csystem_local_connect(probe.number, path) == -ErrorNumber.connectionRefused
    }
}

/// What becomes of a socket file that stands where another one shall be made.
package enum SocketReplacement: Sendable {
    case never
    /// It is removed if nobody listens there any more.
    case ifStale
    /// It is removed, also from under the feet of who listens there.
    case always
}

/// Tells a file from another one that took its name.
package struct FileIdentity: Equatable, Sendable {
    private let device: UInt64
    private let number: UInt64

    /// - Returns: nil if there is no socket of that name.
    package init?(ofSocketAtPath path: String) {
        var information = stat()
        guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFSOCK else {
            return nil
        }
        device = UInt64(information.st_dev)
        number = UInt64(information.st_ino)
    }
}
