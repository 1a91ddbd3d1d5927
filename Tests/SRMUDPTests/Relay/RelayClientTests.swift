import TestSupport
import Testing

@testable import SRMUDP

@Suite("RelayClient")
struct RelayClientTests {
    private static let now = Instant(nanoseconds: 0)
    private static let server = SocketAddress.simulated(host: 9)
    private static let webSocket = LinkAddress(.webSocket, number: 1).socketAddress
    private static let channel = RelayChannelID(0x0102_0304_0506_0708)

    private final class Strays {
        var channels: [RelayChannelID] = []
    }

    private let carrier = RecordingCarrier()
    private let strays = Strays()
    private let client: RelayClient

    init() {
        let strays = strays
        client = RelayClient(carrier: carrier) { strays.channels.append($0) }
    }

    private func take(
        _ datagrams: [[UInt8]], from source: SocketAddress = server, ecn: UInt8 = 0
    ) {
        client.take(datagrams, from: source, ecn: ecn, carrier: carrier, now: Self.now)
    }

    private static func relayed(
        _ content: [UInt8], _ channel: RelayChannelID = channel
    ) -> [UInt8] {
        [0xf7] + channel.bytes + content
    }

    @Test("what comes through a channel reaches the endpoint as from the channel's link")
    func receive() throws {
        let address = try #require(client.open(Self.channel, server: Self.server))

        take([Self.relayed([1, 2]), Self.relayed([3])], ecn: 3)

        #expect(address.kind == .relay && client.address(of: Self.channel) == address)
        #expect(carrier.received.map(\.datagram) == [[1, 2], [3]])
        #expect(carrier.received.allSatisfy { $0.address == address && $0.ecn == 3 })
        #expect(client.statistics.received == 2)
    }

    @Test("an unknown channel, another source and too few bytes are dropped and counted")
    func drops() {
        _ = client.open(Self.channel, server: Self.server)

        take([Self.relayed([1], RelayChannelID(5))])
        take([Self.relayed([1])], from: .simulated(host: 8))
        take([Self.relayed([1])], from: .simulated(host: 9, port: 7_001))
        take([[0xf7, 1, 2, 3, 4, 5, 6, 7]])

        #expect(carrier.received.isEmpty && strays.channels.isEmpty)
        #expect(client.statistics.unknownChannel == 1)
        #expect(client.statistics.wrongSource == 2)
        #expect(client.statistics.malformed == 1)
    }

    @Test("a server that knows us elsewhere is heard, if it is the server")
    func stray() {
        _ = client.open(Self.channel, server: Self.server)

        take([Self.relayed([])], from: .simulated(host: 8))
        #expect(strays.channels.isEmpty)
        take([Self.relayed([])])

        #expect(strays.channels == [Self.channel])
        #expect(client.statistics.strays == 1 && carrier.received.isEmpty)
    }

    @Test("a channel follows its server, and is another link where a WebSocket carries it")
    func move() throws {
        let first = try #require(client.open(Self.channel, server: Self.server))
        let elsewhere = SocketAddress.simulated(host: 10)

        #expect(client.move(Self.channel, to: elsewhere) == first)
        take([Self.relayed([1])], from: elsewhere)
        let second = try #require(client.move(Self.channel, to: Self.webSocket))
        take([Self.relayed([2])], from: Self.webSocket)
        take([Self.relayed([3])], from: elsewhere)

        #expect(second.kind == .relayInWebSocket && second != first)
        #expect(Set(carrier.links.keys) == [second])
        #expect(carrier.received.map(\.address) == [first, second])
        #expect(client.move(RelayChannelID(1), to: elsewhere) == nil)
    }

    @Test("an open channel keeps its link, a closed one has none")
    func close() {
        let address = client.open(Self.channel, server: Self.server)

        #expect(client.open(Self.channel, server: Self.server) == address)
        #expect(client.count == 1)
        client.close(Self.channel)
        client.close(Self.channel)
        take([Self.relayed([1])])

        #expect(client.count == 0 && carrier.links.isEmpty && carrier.received.isEmpty)
        #expect(client.statistics.unknownChannel == 1)
    }

    @Test("channels are bounded")
    func bound() {
        for number in 0..<UInt64(RelayClient.limit) {
            #expect(client.open(RelayChannelID(number), server: Self.server) != nil)
        }

        #expect(client.open(RelayChannelID(1 << 40), server: Self.server) == nil)
        client.close(RelayChannelID(0))
        #expect(client.open(RelayChannelID(1 << 40), server: Self.server) != nil)
        #expect(client.count == RelayClient.limit)
    }
}
