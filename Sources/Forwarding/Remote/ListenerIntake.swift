import SRMUDP

/// What a remote listener does with those who come in.
protocol ListenerIntake: AnyObject {
    /// Where the listeners are; empty for a path.
    var addresses: [SocketAddress] { get }
    /// Uses `session` from now on.
    func attach(_ session: ForwardingSession?)
    /// Stops listening and turns away who has no flow yet.
    func close()
}

/// Makes each connection a flow; connections wait while the session has no stream to spare.
final class ConnectionIntake: ListenerIntake {
    private let queue: StreamQueue
    private let listeners: ListenerGroup

    /// - Throws: `SystemError` of the address or path that could not be bound.
    init(
        _ place: ListeningPlace, loop: EventLoop, queue: StreamQueue, logger: Logger,
        door: ListenerDoor
    ) throws(SystemError) {
        self.queue = queue
        listeners = try ListenerGroup(place, loop: loop, logger: logger) { socket in
            let source = socket.peerAddress
            guard let request = door.admit(from: source) else { return socket.abort() }
            queue.wait(for: request) { place in
                Flow.opening(door.request(from: source) ?? request, socket: socket, at: place)
            } dropped: {
                socket.abort()
            }
        }
    }

    var addresses: [SocketAddress] { listeners.addresses }

    func attach(_ session: ForwardingSession?) { queue.attach(session) }

    func close() {
        listeners.close()
        queue.close()
    }
}

/// Speaks SOCKS and HTTP with each client, and makes it a flow to what it asks for.
final class ProxyIntake: ListenerIntake {
    private let entrance: ProxyEntrance
    private let listeners: ListenerGroup

    /// - Throws: `SystemError` of the address or path that could not be bound.
    init(
        _ place: ListeningPlace, loop: EventLoop, entrance: ProxyEntrance, logger: Logger
    ) throws(SystemError) {
        self.entrance = entrance
        listeners = try ListenerGroup(place, loop: loop, logger: logger) { socket in
            entrance.accept(socket)
        }
    }

    var addresses: [SocketAddress] { listeners.addresses }

    func attach(_ session: ForwardingSession?) { entrance.attach(session) }

    func close() {
        listeners.close()
        entrance.close()
    }
}

extension DatagramForward: ListenerIntake {}
