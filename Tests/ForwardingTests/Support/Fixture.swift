import SRMUDP
import Testing

@testable import Forwarding

/// A client, a forward, two sessions, and a server that the forward leads to.
final class Fixture {
    let world: ForwardingWorld
    let target: OpenRequest
    private(set) var forward: LocalForward
    private let dialer: Dialer
    private let listener: TCPListener
    private let accepted: AcceptedPeers

    /// The server's ends of the connections, in the order in which they were accepted.
    var peers: [TestPeer] { accepted.peers }

    /// - Parameter connector: stands in for the one that dials the server.
    init(
        isEcho: Bool = false, connector: (any TargetConnector)? = nil, window: Int = 256 * 1024,
        limits: ForwardingLimits = ForwardingLimits(), hold: Interval = .seconds(3600)
    ) throws {
        world = try ForwardingWorld(window: window, limits: limits) { loop in
            connector
                ?? PolicyConnector(
                    policy: .loopbackOnly, resolver: Resolver(loop: loop),
                    dialer: Dialer(loop: loop))
        }
        let accepted = AcceptedPeers(loop: world.loop, isEcho: isEcho)
        self.accepted = accepted
        dialer = Dialer(loop: world.loop)
        listener = try TCPListener(
            loop: world.loop, address: SocketAddress(.loopbackIPv4, port: 0)
        ) { accepted.add($0) }
        target = try #require(
            OpenRequest(host: "127.0.0.1", port: listener.address.port))
        let log = world.clientReports
        forward = try LocalForward(
            loop: world.loop, listening: [SocketAddress(.loopbackIPv4, port: 0)], request: target,
            hold: hold, limits: limits, logger: .silent
        ) { log.reports.append($0) }
        forward.attach(world.client)
    }

    /// A client that is connected to the forward.
    func connect() throws -> TestPeer { try connect(to: forward.addresses[0]) }

    /// A client that is connected to this address.
    func connect(to address: SocketAddress) throws -> TestPeer {
        try TestPeer(try socket(connectedTo: address), loop: world.loop)
    }

    /// Connects to the server itself and passes the socket on.
    func dial(_ use: (TCPSocket) -> Void) throws {
        use(try socket(connectedTo: listener.address))
    }

    private func socket(connectedTo address: SocketAddress) throws -> TCPSocket {
        var result: Dialer.Result?
        let attempt = dialer.dial([address]) { result = $0 }
        defer { attempt.cancel() }
        try world.run { result != nil }
        switch try #require(result) {
        case .connected(let socket): return socket
        case .failed(let error): throw error
        }
    }
}

extension AccessPolicy {
    /// Permits every port at 127.0.0.1 and ::1.
    static let loopbackOnly = AccessPolicy(rules: [Rule(host: .localhost, ports: 1...65535)])
}

/// The server's ends of connections, in the order in which they were accepted.
final class AcceptedPeers {
    let loop: EventLoop
    let isEcho: Bool
    var peers: [TestPeer] = []

    init(loop: EventLoop, isEcho: Bool) {
        self.loop = loop
        self.isEcho = isEcho
    }

    func add(_ socket: TCPSocket) {
        do {
            peers.append(try TestPeer(socket, loop: loop, isEcho: isEcho))
        } catch {
            Issue.record(error)
        }
    }
}
