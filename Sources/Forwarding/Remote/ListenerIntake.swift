import SRMUDP

/// What a remote listener does with those who come in.
protocol ListenerIntake: AnyObject {
    /// Where the listeners are; empty for a path.
    var addresses: [SocketAddress] { get }
    /// Uses `session` from now on.
    func attach(_ session: ForwardingSession?)
    /// Who may come in from now on, where clients say who they are; nil: everybody.
    func admit(_ users: ProxyUsers?)
    /// Stops listening and turns away who has no flow yet.
    func close()
    /// The listeners as another program goes on with them.
    /// - Throws: why none can.
    func snapshot(named name: [UInt8]) throws(HandoverObstacle) -> ListenerSnapshot?
}

extension ListenerIntake {
    func snapshot(named name: [UInt8]) throws(HandoverObstacle) -> ListenerSnapshot? {
        throw HandoverObstacle("a UDP port or a proxy that a peer asked for cannot go on")
    }

    func admit(_ users: ProxyUsers?) {}
}

/// Makes each connection a flow; connections wait while the session has no stream to spare.
final class ConnectionIntake: ListenerIntake {
    private let queue: StreamQueue
    private let listeners: ListenerGroup

    /// - Throws: `SystemError` of the address or path that could not be bound.
    init(
        _ place: ListeningPlace, loop: EventLoop, queue: StreamQueue, logger: Logger,
        inherited: InheritedListeners? = nil, named name: [UInt8] = [], door: ListenerDoor
    ) throws(SystemError) {
        self.queue = queue
        listeners = try ListenerGroup(
            place, loop: loop, logger: logger, inherited: inherited, named: name
        ) { socket in
            let source = socket.peerAddress
            guard let request = door.admit(from: source) else { return socket.abort() }
            queue.wait(for: request, socket: socket) { place in
                Flow.opening(door.request(from: source) ?? request, socket: socket, at: place)
            } dropped: {
                socket.abort()
            }
        }
    }

    var addresses: [SocketAddress] { listeners.addresses }

    func snapshot(named name: [UInt8]) throws(HandoverObstacle) -> ListenerSnapshot? {
        listeners.snapshot(waiting: try queue.snapshot(), named: name)
    }

    func attach(_ session: ForwardingSession?) { queue.attach(session) }

    func close() {
        listeners.close()
        queue.close()
    }
}

/// Speaks SOCKS and HTTP with each client, and makes it a flow to what it asks for.
final class ProxyIntake: ListenerIntake {
    private let entrance: ProxyEntrance
    private let associations: UDPAssociations
    private let listeners: ListenerGroup

    /// - Throws: `SystemError` of the address or path that could not be bound.
    init(
        _ place: ListeningPlace, loop: EventLoop, entrance: ProxyEntrance,
        associations: UDPAssociations, logger: Logger
    ) throws(SystemError) {
        self.entrance = entrance
        self.associations = associations
        listeners = try ListenerGroup(place, loop: loop, logger: logger) { socket in
            entrance.accept(socket)
        }
    }

    var addresses: [SocketAddress] { listeners.addresses }

    func attach(_ session: ForwardingSession?) {
        entrance.attach(session)
        associations.attach(session)
    }

    func admit(_ users: ProxyUsers?) { entrance.users = users }

    func close() {
        listeners.close()
        entrance.close()
        associations.close()
    }
}

extension DatagramForward: ListenerIntake {}
