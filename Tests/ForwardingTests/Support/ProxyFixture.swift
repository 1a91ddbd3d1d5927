import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

/// A proxy port, two sessions, and servers that clients of the port may name.
final class ProxyFixture {
    let world: ForwardingWorld
    let forward: DynamicForward
    let entrance: ProxyEntrance
    private var servers: [TCPListener] = []
    private let dialer: Dialer

    /// - Parameter connector: stands in for the one that dials what clients name.
    init(
        users: ProxyUsers? = nil, connector: (any TargetConnector)? = nil,
        limits: ProxyLimits = ProxyLimits(), hold: Interval = .seconds(3600),
        window: Int = 256 * 1024, isAttached: Bool = true,
        offersDatagrams: Bool = false
    ) throws {
        world = try ForwardingWorld(window: window) { loop in
            connector
                ?? PolicyConnector(
                    policy: .loopbackOnly, resolver: Resolver(loop: loop),
                    dialer: Dialer(loop: loop))
        }
        dialer = Dialer(loop: world.loop)
        let log = world.clientReports
        forward = try DynamicForward(
            loop: world.loop, listening: .addresses([SocketAddress(.loopbackIPv4, port: 0)]),
            users: users, hold: hold, limits: limits, random: SeededRandomSource(seed: 1),
            logger: .silent, report: { log.reports.append($0) },
            associations: offersDatagrams
                ? UDPAssociations(loop: world.loop, memory: DatagramMemory(), logger: .silent)
                : nil)
        entrance = forward.entrance
        if isAttached { forward.attach(world.client) }
    }

    deinit {
        forward.close()
        for server in servers { server.close() }
    }

    /// A server on loopback; `accepted` holds its ends of the connections.
    func serve(isEcho: Bool = true) throws -> (port: UInt16, accepted: AcceptedPeers) {
        let accepted = AcceptedPeers(loop: world.loop, isEcho: isEcho)
        let listener = try TCPListener(
            loop: world.loop, address: SocketAddress(.loopbackIPv4, port: 0)
        ) { accepted.add($0) }
        servers.append(listener)
        return (listener.address.port, accepted)
    }

    /// A client that is connected to the proxy port and has sent `bytes`.
    func client(sending bytes: [UInt8] = []) throws -> TestPeer {
        var result: Dialer.Result?
        let attempt = dialer.dial([forward.addresses[0]]) { result = $0 }
        defer { attempt.cancel() }
        try world.run { result != nil }
        switch try #require(result) {
        case .connected(let socket):
            let peer = try TestPeer(socket, loop: world.loop)
            if !bytes.isEmpty { peer.send(bytes) }
            return peer
        case .failed(let error): throw error
        }
    }

    func client(sending text: String) throws -> TestPeer {
        try client(sending: [UInt8](text.utf8))
    }

    /// What a SOCKS5 client says to get to `port` of 127.0.0.1.
    static func socks5(_ port: UInt16) -> [UInt8] {
        [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, UInt8(port >> 8), UInt8(port & 0xff)]
    }
}

extension TestPeer {
    var text: String { String(decoding: received, as: UTF8.self) }
}
