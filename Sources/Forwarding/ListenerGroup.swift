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
    private let place: ListeningPlace
    private var listeners: Listeners

    /// - Parameter inherited: where listeners are taken from if they stand for the same place; those
    ///   that wait there are accepted first, in the next turn.
    /// - Throws: `SystemError` of the address or path that could not be bound.
    init(
        _ place: ListeningPlace, loop: EventLoop, logger: Logger,
        inherited: InheritedListeners? = nil, named name: [UInt8] = [],
        accept: @escaping (TCPSocket) -> Void
    ) throws(SystemError) {
        self.place = place
        if let inherited, let snapshot = inherited.take(place, named: name) {
            (listeners, addresses) = try Self.adopt(
                snapshot, from: inherited, loop: loop, logger: logger, accept: accept)
            let waiting = snapshot.waiting.compactMap { inherited.socket($0, loop: loop) }
            loop.schedule(at: loop.now) { for socket in waiting { accept(socket) } }
            return
        }
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

    private static func adopt(
        _ snapshot: ListenerSnapshot, from inherited: InheritedListeners, loop: EventLoop,
        logger: Logger, accept: @escaping (TCPSocket) -> Void
    ) throws(SystemError) -> (Listeners, [SocketAddress]) {
        var adopted: [TCPListener] = []
        for number in snapshot.descriptors {
            guard let descriptor = inherited.file(number) else { continue }
            if case .file(let file) = snapshot.place {
                let listener = try LocalListener(
                    adopting: descriptor, path: file.path.text, loop: loop, logger: logger,
                    accepted: accept)
                return (.file(listener), [])
            }
            adopted.append(
                try TCPListener(
                    adopting: descriptor, loop: loop, logger: logger, accepted: accept))
        }
        return (.addresses(adopted), adopted.map(\.address))
    }

    deinit { close() }

    /// The listeners as another program goes on with them; nil when they are closed.
    ///
    /// - Parameter waiting: connections that were accepted and have no stream yet.
    func snapshot(
        waiting: [SocketSnapshot], named name: [UInt8] = []
    ) -> ListenerSnapshot? {
        let descriptors: [Int32]
        switch listeners {
        case .addresses(let bound): descriptors = bound.compactMap(\.descriptor)
        case .file(let listener): descriptors = [listener.descriptor].compactMap(\.self)
        case .closed: return nil
        }
        return ListenerSnapshot(
            place: place, name: name, descriptors: descriptors, waiting: waiting)
    }

    func close() {
        switch listeners {
        case .addresses(let bound): for listener in bound { listener.close() }
        case .file(let listener): listener.close()
        case .closed: break
        }
        listeners = .closed
    }
}
