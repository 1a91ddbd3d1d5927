internal import CSystem
internal import Glibc

/// Calls for stream sockets whose name is a path (UNIX sockets).
extension FileDescriptor {
    package static func localSocket() throws(SystemError) -> FileDescriptor {
        try FileDescriptor("socket", csystem_local_socket())
    }

    /// Makes the file `path` (at most 107 bytes), for its owner only, and listens there.
    ///
    /// With `replacesStale`, a socket that nobody listens at any more is removed first.
    package func listen(atPath path: String, replacesStale: Bool) throws(SystemError) {
        var result = csystem_local_bind(number, path)
        if result == -ErrorNumber.addressInUse, replacesStale, try Self.isStale(path) {
            Self.removeLocalSocket(atPath: path)
            result = csystem_local_bind(number, path)
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
    package static func removeLocalSocket(atPath path: String) {
        var information = stat()
        guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFSOCK else {
            return
        }
        _ = unlink(path)
    }

    private static func isStale(_ path: String) throws(SystemError) -> Bool {
        let probe = try localSocket()
        return csystem_local_connect(probe.number, path) == -ErrorNumber.connectionRefused
    }
}
