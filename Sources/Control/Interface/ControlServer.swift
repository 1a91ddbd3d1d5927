import Forwarding
internal import Glibc
import SRMUDP

/// Listens at a UNIX socket for clients that drive this process (docs/CONTROL.md).
package final class ControlServer {
    package let path: String
    private let loop: EventLoop
    private let logger: Logger
    private let user: UInt32
    private weak var handler: (any ControlHandler)?
    private var lock: ControlLock?
    private var listener: LocalListener?
    private var clients: [ControlConnection] = []

    /// - Parameters:
    ///   - path: at most 107 bytes, in a folder that is ours alone. A socket there at which nobody
    ///     listens any more is replaced.
    ///   - isContested: whether other processes may want the same path; then `PATH.lock` says whose
    ///     it is.
    ///   - user: whom the server listens to.
    ///   - handler: carries out the calls; it outlives the server or closes it.
    /// - Throws: exit code 8 if another process listens there, 2 if the path cannot be a socket's.
    package init(
        path: String, loop: EventLoop, logger: Logger, isContested: Bool = true,
        user: UInt32 = geteuid(), handler: any ControlHandler
    ) throws(CommandError) {
        self.path = path
        self.loop = loop
        self.logger = logger
        self.user = user
        self.handler = handler
        try Self.check(path)
        if isContested { lock = try ControlLock(path: path + ".lock") }
        do throws(SystemError) {
            listener = try LocalListener(
                loop: loop, path: path, replacesStale: true, logger: logger
            ) { [unowned self] socket in
                accept(socket)
            }
        } catch {
            guard error.isAddressInUse else {
                throw CommandError(path, "\(error)", .localError)
            }
            throw ControlLock.alreadyRunning(holder: nil)
        }
    }

    deinit { close() }

    /// The clients at this moment.
    package var clientCount: Int { clients.count }

    /// Stops listening, removes the file and ends all connections, after what waits for them was
    /// written as far as they take it.
    package func close() {
        listener?.close()
        listener = nil
        for client in clients { client.close() }
        lock = nil
    }

    private static func check(_ path: String) throws(CommandError) {
        guard SocketPath(path) != nil else {
            throw CommandError(
                path, "the path of a socket has at most \(SocketPath.limit) bytes",
                hint: "use a shorter --home", .usage)
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw CommandError("control", .wrongType(path: path, wanted: "socket"))
        }
    }

    private func accept(_ socket: TCPSocket) {
        do throws(SystemError) {
            let other = try socket.peerUserID()
            guard other == user else {
                logger.warning("user \(other) was turned away from the control socket")
                return socket.abort()
            }
            guard clients.count < ControlLimits.clients else {
                return turnAway(socket)
            }
            clients.append(
                try ControlConnection(socket: socket, loop: loop, logger: logger) {
                    [weak self] call in
                    guard let handler = self?.handler else {
                        return call.fail(.internalError("the process is ending"))
                    }
                    handler.handle(call)
                } ended: { [weak self] ended in
                    self?.clients.removeAll { $0 === ended }
                })
        } catch {
            logger.warning("a client of the control socket was not taken: \(error)")
            socket.close()
        }
    }

    private func turnAway(_ socket: TCPSocket) {
        let line = ByteStorage(ControlMessage.failure(id: .null, .busy).line)
        // A new socket has room for it.
        _ = socket.write(from: line, 0..<line.count)
        socket.close()
    }
}
