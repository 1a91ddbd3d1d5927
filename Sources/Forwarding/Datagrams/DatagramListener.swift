import SRMUDP

/// A UDP socket at one address, to which any number of clients send.
final class DatagramListener {
    /// Gets a datagram, its source, and which of our addresses it was sent to if there are several.
    typealias Receive = (DatagramListener, [UInt8], SocketAddress, IPAddress?) -> Void

    /// With the port that the system chose if it was asked to.
    let address: SocketAddress
    private let loop: EventLoop
    private let memory: DatagramMemory
    private let receive: Receive
    private var socket: UDPSocket?

    /// Listens until `close`; the loop holds the listener as long.
    init(
        at address: SocketAddress, loop: EventLoop, memory: DatagramMemory,
        receive: @escaping Receive
    ) throws(SystemError) {
        var configuration = DatagramMemory.socketConfiguration
        configuration.reportsDestination = address.ip.isUnspecified
        let socket = try UDPSocket(bindingTo: address, configuration: configuration)
        self.address = socket.localAddress
        self.loop = loop
        self.memory = memory
        self.receive = receive
        self.socket = socket
        try loop.register(socket.fileDescriptor, for: .readable, handler: self)
    }

    /// - Parameter source: which of our addresses it comes from; nil: the only one.
    /// - Returns: false if it had to be dropped.
    func send(
        _ datagram: ArraySlice<UInt8>, to client: SocketAddress, from source: IPAddress?
    ) -> Bool {
        guard let socket else { return false }
        return memory.send(datagram, by: socket, to: client, from: source) == .sent
    }
}

extension DatagramListener: Listener {
    func close() {
        if let socket { loop.unregister(socket.fileDescriptor) }
        socket = nil
    }
}

extension DatagramListener: EventHandler {
    func ready(_ readiness: Readiness, now: Instant) {
        guard let socket else { return }
        // An error is about one client that is gone; the socket works on.
        try? memory.receive(from: socket) { datagram, source, destination in
            let isGeneral = destination.map { $0.isMulticast || $0.isBroadcast } ?? true
            receive(self, datagram, source, isGeneral ? nil : destination)
            return self.socket != nil
        }
    }
}
