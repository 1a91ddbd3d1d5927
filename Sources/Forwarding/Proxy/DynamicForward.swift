import SRMUDP

/// The listeners of one `-D` forward, whose clients name their own destinations.
package final class DynamicForward: Forward {
    /// Where clients come in.
    package enum Place {
        case addresses([SocketAddress])
        /// A UNIX socket for its owner only.
        case path(String)
    }

    private enum Listeners {
        case addresses([TCPListener])
        case path(LocalListener)
        case closed
    }

    /// Where the listeners are, with the ports that the system chose where port 0 was asked for;
    /// empty for a path.
    package private(set) var addresses: [SocketAddress] = []
    let entrance: ProxyEntrance
    private var listeners = Listeners.closed

    /// Binds all addresses, or none (see `LocalForward`).
    ///
    /// - Parameters:
    ///   - hold: how long a client waits for a session or a stream.
    ///   - associate: takes clients that ask for UDP ASSOCIATE; nil: not offered.
    /// - Throws: `SystemError` of the address or path that could not be bound.
    package init(
        loop: EventLoop, listening place: Place, users: ProxyUsers?, hold: Interval,
        limits: ProxyLimits = ProxyLimits(), random: any RandomSource, logger: Logger,
        report: @escaping (ForwardingReport) -> Void,
        associate: ProxyEntrance.Associate? = nil
    ) throws(SystemError) {
        let entrance = ProxyEntrance(
            loop: loop, users: users, hold: hold, limits: limits, random: random, logger: logger,
            report: report, request: { target, _ in .connect(target, isDynamic: true) },
            associate: associate)
        self.entrance = entrance
        switch place {
        case .addresses(let addresses):
            let bound = try ListenerSet.bind(addresses, loop: loop, logger: logger) {
                [weak entrance] socket in
                entrance?.accept(socket)
            }
            self.addresses = bound.map(\.address)
            listeners = .addresses(bound)
        case .path(let path):
            listeners = .path(
                try LocalListener(loop: loop, path: path, replacesStale: true, logger: logger) {
                    [weak entrance] socket in
                    entrance?.accept(socket)
                })
        }
    }

    deinit { stopListening() }

    /// Whether others than this machine's own programs could reach a listener at one of these
    /// addresses, so that it must not be open to everybody.
    package static func isExposed(_ addresses: [SocketAddress]) -> Bool {
        addresses.contains { !$0.ip.isLoopback }
    }

    /// Clients that wait for a session or a stream.
    package var waitingCount: Int { entrance.waitingCount }

    package func attach(_ session: ForwardingSession?) { entrance.attach(session) }

    package func close() {
        stopListening()
        entrance.close()
    }

    private func stopListening() {
        switch listeners {
        case .addresses(let bound): for listener in bound { listener.close() }
        case .path(let listener): listener.close()
        case .closed: break
        }
        listeners = .closed
    }
}
