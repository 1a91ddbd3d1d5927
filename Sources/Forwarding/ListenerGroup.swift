import SRMUDP

/// Where a forward listens.
package enum ListeningPlace: Hashable, Sendable {
    /// TCP, at all of these addresses or none (see `ListenerSet`).
    case addresses([SocketAddress])
    /// A UNIX socket.
    case file(SocketFile)
}

/// The listeners of one forward, open until `close`.
final class ListenerGroup {
    private enum Listeners {
        case addresses([TCPListener])
        case file(LocalListener)
        case closed
    }

    /// Where they listen, with the ports that the system chose where port 0 was asked for; empty
    /// for a path.
    let addresses: [SocketAddress]
    private var listeners: Listeners

    /// - Throws: `SystemError` of the address or path that could not be bound.
    init(
        _ place: ListeningPlace, loop: EventLoop, logger: Logger,
        accept: @escaping (TCPSocket) -> Void
    ) throws(SystemError) {
        switch place {
        case .addresses(let wanted):
            let bound = try ListenerSet.bind(wanted, loop: loop, logger: logger, accept: accept)
            addresses = bound.map(\.address)
            listeners = .addresses(bound)
        case .file(let file):
            addresses = []
            listeners = .file(
                try LocalListener(loop: loop, file: file, logger: logger, accepted: accept))
        }
    }

    deinit { close() }

    func close() {
        switch listeners {
        case .addresses(let bound): for listener in bound { listener.close() }
        case .file(let listener): listener.close()
        case .closed: break
        }
        listeners = .closed
    }
}
