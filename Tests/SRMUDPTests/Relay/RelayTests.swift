import TestSupport
import Testing

@testable import SRMUDP

/// Two nodes and a relay: real drivers and sockets on loopback.
@Suite("Relay")
struct RelayTests {
    private final class World {
        let loop: EventLoop
        let server: DriverNode
        let nodes: [DriverNode]
        let forwarder: RelayForwarder
        let clients: [RelayClient]
        var channels: [RelayChannelID] = []
        var addresses: [LinkAddress] = []

        init(ip: IPAddress = .loopbackIPv4, rate: Int64? = nil) throws {
            let loop = try EventLoop()
            self.loop = loop
            server = try DriverNode(loop: loop, seed: 9, ip: ip)
            nodes = try (0..<2).map { try DriverNode(loop: loop, seed: $0, ip: ip) }
            var limits = RelayTable.Limits()
            limits.rate = rate
            forwarder = RelayForwarder(
                table: RelayTable(limits: limits, random: SeededRandomSource(seed: 4)))
            clients = nodes.map { RelayClient(carrier: $0.driver) }
            server.driver.setHandler(forwarder, for: DatagramKind.relayed)
            for (node, client) in zip(nodes, clients) {
                node.driver.setHandler(client, for: DatagramKind.relayed)
                let address = node.driver.localAddress
                channels.append(
                    try forwarder.table.attach(at: address, source: address.ip, now: loop.now))
            }
            try forwarder.table.join(channels[0], channels[1], now: loop.now)
            for (client, channel) in zip(clients, channels) {
                let address = client.open(channel, server: server.driver.localAddress)
                addresses.append(try #require(address))
            }
        }
    }

    @Test(
        "a connection lives in a channel",
        arguments: [
            IPAddress.loopbackIPv4, IPAddress.loopbackIPv6,
        ])
    func connection(ip: IPAddress) throws {
        let world = try World(ip: ip)
        let message = SeededRandomSource(seed: 3).bytes(count: 4 << 20)

        world.nodes[0].dial(world.nodes[1], at: world.addresses[0].socketAddress)
        #expect(try world.loop.runTurns { world.nodes.allSatisfy(\.isEstablished) })
        world.nodes[0].send(message)
        #expect(try world.loop.runTurns { world.nodes[1].received.count == message.count })

        #expect(world.nodes[1].received == message)
        for (node, address) in zip(world.nodes, world.addresses) {
            #expect(node.connection?.activePath?.remote == address.socketAddress)
        }
        let statistics = world.forwarder.table.statistics
        #expect(statistics.forwarded.bytes > message.count)
        #expect(world.server.endpoint.statistics == EndpointStatistics())
        // The header has its place in the largest datagram.
        let size = try #require(world.nodes[0].connection?.activePath?.mtu.current)
        #expect(size + RelayFormat.headerLength <= UDPSocket.maximumBatchSize)
    }

    @Test("a relay with a rate still brings all bytes")
    func rate() throws {
        let world = try World(rate: 4_000_000)
        let message = SeededRandomSource(seed: 3).bytes(count: 1 << 20)

        world.nodes[0].dial(world.nodes[1], at: world.addresses[0].socketAddress)
        #expect(try world.loop.runTurns { world.nodes.allSatisfy(\.isEstablished) })
        world.nodes[0].send(message)
        #expect(try world.loop.runTurns { world.nodes[1].received.count == message.count })

        #expect(world.nodes[1].received == message)
    }
}
