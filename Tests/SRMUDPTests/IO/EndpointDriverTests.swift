import TestSupport
import Testing

@testable import SRMUDP

@Suite("EndpointDriver")
struct EndpointDriverTests {
    private static let webSocket = LinkAddress(.webSocket, number: 5)

    @Test(
        "two nodes meet over a link, and their bytes cross it",
        arguments: [
            LinkAddress(.webSocket, number: 5), LinkAddress(.relay, number: 1),
        ])
    func link(address: LinkAddress) throws {
        let loop = try EventLoop()
        let nodes = try (0..<2).map { try DriverNode(loop: loop, seed: $0) }
        for (node, other) in zip(nodes, nodes.reversed()) {
            node.driver.attach(DirectLink(to: other, at: address, loop: loop), at: address)
        }
        let message = SeededRandomSource(seed: 3).bytes(count: 3 << 20)

        nodes[0].dial(nodes[1], at: address.socketAddress)
        #expect(try loop.runTurns { nodes.allSatisfy(\.isEstablished) })
        nodes[0].send(message)
        #expect(try loop.runTurns { nodes[1].received.count == message.count })

        #expect(nodes[1].received == message)
        #expect(nodes[0].connection?.activePath?.remote == address.socketAddress)
        #expect(nodes[1].connection?.activePath?.remote == address.socketAddress)
        #expect(nodes.allSatisfy { $0.driver.datagramsWithoutLink == 0 })
    }

    @Test("datagrams to and from a link that is not attached are dropped and counted")
    func unknownLink() throws {
        let loop = try EventLoop()
        let nodes = try (0..<2).map { try DriverNode(loop: loop, seed: $0) }
        let link = RecordingLink()
        var storage = ByteStorage([DatagramKind.initiation, 1, 2])

        nodes[0].driver.attach(link, at: Self.webSocket)
        nodes[0].dial(nodes[1], at: Self.webSocket.socketAddress)
        #expect(try loop.runTurns { link.datagrams.count == 1 })
        nodes[0].driver.detach(Self.webSocket)
        #expect(try loop.runTurns { nodes[0].driver.datagramsWithoutLink == 1 })
        nodes[1].driver.receive(&storage, 0..<3, from: Self.webSocket, now: loop.now)

        #expect(link.datagrams.count == 1)
        #expect(nodes[1].driver.datagramsWithoutLink == 1)
        #expect(nodes[1].endpoint.statistics == EndpointStatistics())
    }

    @Test("what a link refuses as too big is told to the connection, which finds a smaller size")
    func tooBig() throws {
        let loop = try EventLoop()
        let nodes = try (0..<2).map { try DriverNode(loop: loop, seed: $0) }
        for (node, other) in zip(nodes, nodes.reversed()) {
            let link = DirectLink(to: other, at: Self.webSocket, loop: loop)
            link.largestDatagram = 1_343
            node.driver.attach(link, at: Self.webSocket)
        }

        nodes[0].dial(nodes[1], at: Self.webSocket.socketAddress)
        let found = try loop.runTurns { nodes[0].connection?.activePath?.mtu.current ?? 0 > 1_300 }

        #expect(found)
        #expect(nodes[0].connection?.activePath?.mtu.current ?? 0 <= 1_343)
    }

    @Test("a link that must wait for the socket gets the rest, and none once it is detached")
    func waiting() throws {
        let loop = try EventLoop()
        let nodes = try (0..<2).map { try DriverNode(loop: loop, seed: $0) }
        let link = RecordingLink()
        nodes[0].driver.attach(link, at: Self.webSocket)

        link.results = [.wouldBlock(sentByteCount: 0), .wouldBlock(sentByteCount: 0)]
        nodes[0].dial(nodes[1], at: Self.webSocket.socketAddress)
        #expect(try loop.runTurns { link.datagrams.count == 3 })
        link.results = [.wouldBlock(sentByteCount: 0)]
        nodes[0].endpoint.handleTimeout(now: loop.now + .seconds(1))
        #expect(try loop.runTurns { link.datagrams.count == 4 })
        nodes[0].driver.detach(Self.webSocket)
        #expect(try loop.runTurns { nodes[0].driver.datagramsWithoutLink == 1 })

        #expect(link.datagrams[0] == link.datagrams[1] && link.datagrams[1] == link.datagrams[2])
        #expect(link.datagrams.count == 4)
    }

    @Test("other kinds of datagrams go to their handlers in runs, the rest to the endpoint")
    func handlers() throws {
        let loop = try EventLoop()
        let sender = try UDPSocket(bindingTo: SocketAddress(.loopbackIPv4, port: 0))
        let node = try DriverNode(loop: loop, seed: 1)
        let handler = RecordingHandler()
        node.driver.setHandler(handler, for: DatagramKind.relayed)
        node.driver.setHandler(handler, for: DatagramKind.probe)
        let kinds: [UInt8] = [0xf7, 0xf7, 0xf4, 0x33, 0xf5, 0xf7]
        let bytes = kinds.flatMap { [$0] + [UInt8](repeating: 9, count: 19) }.dropLast(7)

        let result = sender.send(
            ByteStorage(Array(bytes)), 0..<bytes.count, segmentSize: 20,
            to: node.driver.localAddress, ecn: 1)
        #expect(try loop.runTurns { handler.datagrams.count == 4 })

        #expect(result == .sent)
        #expect(handler.datagrams.map { $0[0] } == [0xf7, 0xf7, 0xf4, 0xf7])
        #expect(handler.datagrams.map(\.count) == [20, 20, 20, 13])
        #expect(handler.runs.reduce(0) { $0 + $1.range.count } == 73)
        #expect(handler.runs.allSatisfy { $0.source == sender.localAddress && $0.ecn == 1 })
        #expect(handler.finishCount >= 1)
        // 33 is nobody's, and F5 has no handler.
        #expect(node.endpoint.statistics.datagramsIgnored == 2)
    }

    @Test("a handler hears from WebSockets, but not from within a relay's channel")
    func handlersOfLinks() throws {
        let node = try DriverNode(loop: try EventLoop(), seed: 1)
        let handler = RecordingHandler()
        let relay = LinkAddress(.relayInWebSocket, number: 2)
        let now = node.loop.now
        var storage = ByteStorage([DatagramKind.relayed, 1, 2, 3])
        node.driver.setHandler(handler, for: DatagramKind.relayed)
        node.driver.attach(RecordingLink(), at: Self.webSocket)
        node.driver.attach(RecordingLink(), at: relay)

        node.driver.receive(&storage, 0..<4, from: relay, now: now)
        #expect(handler.datagrams.isEmpty)
        node.driver.receive(&storage, 0..<4, from: Self.webSocket, now: now)

        #expect(handler.datagrams == [[DatagramKind.relayed, 1, 2, 3]])
        #expect(handler.runs.first?.source == Self.webSocket.socketAddress)
        #expect(handler.finishCount == 1)
        #expect(node.endpoint.statistics.datagramsIgnored == 1)
    }

    @Test("single datagrams and runs leave by UDP with their hop limit, or by a link")
    func sending() throws {
        let node = try DriverNode(loop: try EventLoop(), seed: 1)
        let receiver = try HopLimitReceiver(bindingTo: .loopbackIPv4)
        let link = RecordingLink()
        node.driver.attach(link, at: Self.webSocket)
        let now = node.loop.now
        let run = OutgoingBatch(
            range: 1..<8, segmentSize: 4, destination: Self.webSocket.socketAddress)

        let opener = node.driver.send(
            [0], to: receiver.socket.localAddress, hopLimit: 4, now: now)
        let overLink = node.driver.send(ByteStorage([0, 1, 2, 3, 4, 5, 6, 7]), run, now: now)
        let nowhere = node.driver.send(
            [0], to: LinkAddress(.relay, number: 9).socketAddress, now: now)

        #expect(opener == .sent && overLink == .sent)
        #expect(receiver.next() == 4)
        #expect(link.datagrams == [[1, 2, 3, 4], [5, 6, 7]])
        #expect(nowhere == .failed(ErrorNumber.hostUnreachable))
    }
}

/// Hands datagrams to another node under the same address, in the next turn.
private final class DirectLink: DatagramLink {
    var largestDatagram = Int.max
    private unowned let other: DriverNode
    private let address: LinkAddress
    private unowned let loop: EventLoop

    init(to other: DriverNode, at address: LinkAddress, loop: EventLoop) {
        self.other = other
        self.address = address
        self.loop = loop
    }

    func send(
        _ storage: borrowing ByteStorage, _ range: Range<Int>, segmentSize: Int, now: Instant
    ) -> SendResult {
        guard segmentSize <= largestDatagram else { return .tooBig }
        let bytes = storage.array(range)
        loop.schedule(at: now) { [unowned self] in deliver(bytes, segmentSize) }
        return .sent
    }

    private func deliver(_ bytes: [UInt8], _ segmentSize: Int) {
        var storage = ByteStorage(bytes)
        for start in stride(from: 0, to: bytes.count, by: segmentSize) {
            other.driver.receive(
                &storage, start..<min(start + segmentSize, bytes.count), from: address,
                now: loop.now)
        }
    }
}
