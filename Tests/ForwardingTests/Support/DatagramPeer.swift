import SRMUDP
import Testing

@testable import Forwarding

/// A program with a UDP socket: sends, keeps what arrives, perhaps echoes it.
final class DatagramPeer: EventHandler {
    private(set) var received: [[UInt8]] = []
    /// Where each of them came from.
    private(set) var sources: [SocketAddress] = []
    let address: SocketAddress
    private let loop: EventLoop
    private let socket: UDPSocket
    private let memory = DatagramMemory()
    private let isEcho: Bool

    init(loop: EventLoop, ip: IPAddress = .loopbackIPv4, isEcho: Bool = false) throws {
        self.loop = loop
        self.isEcho = isEcho
        socket = try UDPSocket(
            bindingTo: SocketAddress(ip, port: 0),
            configuration: DatagramMemory.socketConfiguration)
        address = socket.localAddress
        try loop.register(socket.fileDescriptor, for: .readable, handler: self)
    }

    func send(_ datagram: [UInt8], to destination: SocketAddress) {
        _ = memory.send(datagram[...], by: socket, to: destination)
    }

    func close() { loop.unregister(socket.fileDescriptor) }

    func ready(_ readiness: Readiness, now: Instant) {
        var arrived: [([UInt8], SocketAddress)] = []
        try? memory.receive(from: socket) { datagram, source, _ in
            arrived.append((datagram, source))
            return true
        }
        for (datagram, source) in arrived {
            received.append(datagram)
            sources.append(source)
            if isEcho { send(datagram, to: source) }
        }
    }
}

/// UDP clients, a forward, two sessions, and an echo that the forward leads to.
final class DatagramFixture {
    let world: ForwardingWorld
    let echo: DatagramPeer
    let memory = DatagramMemory()
    private(set) var forward: DatagramForward
    private(set) var peers: [DatagramPeer] = []

    /// - Parameters:
    ///   - account: of the client's side at the server's; nil: `policy` and nothing else.
    ///   - host: by which the target is asked for.
    ///   - port: at which it is asked for; nil: that of the echo.
    init(
        limits: DatagramLimits = DatagramLimits(), policy: AccessPolicy = .loopbackOnly,
        account: PeerAccount? = nil, host: String = "127.0.0.1", port: UInt16? = nil,
        listening addresses: [SocketAddress] = [SocketAddress(.loopbackIPv4, port: 0)]
    ) throws {
        let memory = memory
        world = try ForwardingWorld { loop in
            var grants = PeerGrants()
            grants.open = policy
            return PolicyConnector(
                account: account ?? PeerAccount(name: "", grants: grants),
                resolver: Resolver(loop: loop), dialer: Dialer(loop: loop),
                datagrams: DatagramDialer(loop: loop, memory: memory, limits: limits))
        } account: {
            account
        }
        echo = try DatagramPeer(loop: world.loop, isEcho: true)
        guard let target = HostPort(host: host, port: port ?? echo.address.port) else {
            throw SystemError("test", code: ErrorNumber.invalidArgument)
        }
        let log = world.clientReports
        forward = try DatagramForward(
            loop: world.loop, listening: addresses,
            request: { _ in .connect(.udp(target), isDynamic: false) }, memory: memory,
            limits: limits
        ) { log.reports.append($0) }
        forward.attach(world.client)
    }

    func client(_ ip: IPAddress = .loopbackIPv4) throws -> DatagramPeer {
        let peer = try DatagramPeer(loop: world.loop, ip: ip)
        peers.append(peer)
        return peer
    }

    /// Has a client send to the forward, and waits until it has so many answers.
    func exchange(_ client: DatagramPeer, _ datagrams: [[UInt8]], answers: Int) throws {
        for datagram in datagrams { client.send(datagram, to: forward.addresses[0]) }
        try world.run { client.received.count >= answers }
    }
}
