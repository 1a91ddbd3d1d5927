import SRMUDP

/// The listeners of one `-D` forward, whose clients name their own destinations.
package final class DynamicForward: Forward {
    package let origin: ForwardOrigin
    let entrance: ProxyEntrance
    private let associations: UDPAssociations?
    private let listeners: ListenerGroup

    /// Binds all addresses, or none (see `LocalForward`).
    ///
    /// - Parameters:
    ///   - hold: how long a client waits for a session or a stream.
    ///   - inherited: listeners of another program of this process; with them nothing is bound.
    ///   - origin: another one than a new one where the forward goes on in this program; that of
    ///     `associations` comes before it.
    ///   - associations: takes clients that ask for UDP ASSOCIATE, and belongs to this forward from
    ///     now on; nil: not offered.
    /// - Throws: `SystemError` of the address or path that could not be bound.
    package init(
        loop: EventLoop, listening place: ListeningPlace, users: ProxyUsers?, hold: Interval,
        limits: ProxyLimits = ProxyLimits(), random: any RandomSource, logger: Logger,
        inherited: InheritedListeners? = nil, origin: ForwardOrigin = ForwardOrigin(),
        report: @escaping (ForwardingReport) -> Void, associations: UDPAssociations? = nil
    ) throws(SystemError) {
        self.origin = associations?.origin ?? origin
        let entrance = ProxyEntrance(
            loop: loop, users: users, hold: hold, limits: limits, random: random, logger: logger,
            origin: self.origin, report: report,
            associate: associations.map { associations in
                { associations.accept($0, expecting: $1) }
            })
        self.entrance = entrance
        self.associations = associations
        listeners = try ListenerGroup(
            place, loop: loop, logger: logger, inherited: inherited
        ) { [weak entrance] socket in
            entrance?.accept(socket)
        }
    }

    /// - Throws: if there are clients that are not flows, of which only the listeners could go on.
    package func snapshot() throws(HandoverObstacle) -> ListenerSnapshot? {
        guard entrance.isIdle, associations.map({ $0.count == 0 }) ?? true else {
            throw HandoverObstacle("a client of a proxy has not been connected yet")
        }
        return listeners.snapshot(waiting: [])
    }

    /// Where the listeners are, with the ports that the system chose where port 0 was asked for;
    /// empty for a path.
    package var addresses: [SocketAddress] { listeners.addresses }

    /// Whether others than this machine's own programs could reach a listener there, so that it must
    /// not be open to everybody.
    package static func isExposed(_ place: ListeningPlace) -> Bool {
        switch place {
        case .addresses(let addresses): addresses.contains { !$0.ip.isLoopback }
        case .file: false
        }
    }

    /// Clients that wait for a session or a stream.
    package var waitingCount: Int { entrance.waitingCount }

    package func attach(_ session: ForwardingSession?) {
        entrance.attach(session)
        associations?.attach(session)
    }

    package func close() {
        listeners.close()
        entrance.close()
        associations?.close()
    }
}
