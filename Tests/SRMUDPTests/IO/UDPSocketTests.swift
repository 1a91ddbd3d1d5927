import Testing

@testable import SRMUDP

@Suite("UDPSocket")
struct UDPSocketTests {
    private static let loopbacks = [IPAddress.loopbackIPv4, IPAddress.loopbackIPv6]
    private static let offloads: [UDPSocket.Offloads] = [.all, [.batching], []]

    private static func socket(
        _ ip: IPAddress, _ offloads: UDPSocket.Offloads = .all
    ) throws -> UDPSocket {
        var configuration = UDPSocket.Configuration()
        configuration.offloads = offloads
        return try UDPSocket(
            bindingTo: SocketAddress(ip, port: 0), configuration: configuration)
    }

    /// Reads until `byteCount` bytes are there; on loopback they are there when sent.
    private static func receiveAll(
        _ socket: UDPSocket, byteCount: Int
    ) throws -> (datagrams: [[UInt8]], messages: [ReceivedDatagrams]) {
        var batch = ReceiveBatch(slotCount: 4)
        var datagrams: [[UInt8]] = []
        var messages: [ReceivedDatagrams] = []
        var received = 0
        for _ in 0..<1000 where received < byteCount {
            let count = try socket.receive(into: &batch)
            for index in 0..<count {
                let message = batch[index]
                messages.append(message)
                received += message.range.count
                var start = message.range.lowerBound
                while start < message.range.upperBound {
                    let end = min(start + message.segmentSize, message.range.upperBound)
                    datagrams.append(batch.storage.array(start..<end))
                    start = end
                }
            }
        }
        return (datagrams, messages)
    }

    private static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }

    @Test("a batch arrives as the datagrams it was made of", arguments: loopbacks, offloads)
    func batch(ip: IPAddress, offloads: UDPSocket.Offloads) throws {
        let sender = try Self.socket(ip, offloads)
        let receiver = try Self.socket(ip, offloads)
        let bytes = Self.pattern(40 * 1200 + 7)
        let storage = ByteStorage(bytes)

        let result = sender.send(
            storage, 0..<bytes.count, segmentSize: 1200, to: receiver.localAddress, ecn: 2)
        let (datagrams, messages) = try Self.receiveAll(receiver, byteCount: bytes.count)

        #expect(result == .sent)
        #expect(datagrams.map(\.count) == [Int](repeating: 1200, count: 40) + [7])
        #expect(Array(datagrams.joined()) == bytes)
        #expect(messages.allSatisfy { $0.source == sender.localAddress && $0.ecn == 2 })
        #expect(messages.count == 41 || offloads.contains(.coalescing))
    }

    @Test("a dual-stack socket talks to IPv4 and reports it as such")
    func dualStack() throws {
        let dual = try Self.socket(.anyIPv6)
        let single = try Self.socket(.loopbackIPv4)
        let storage = ByteStorage(Self.pattern(3000))

        let there = dual.send(
            storage, 0..<3000, segmentSize: 1000, to: single.localAddress,
            ecn: 3)
        let atSingle = try Self.receiveAll(single, byteCount: 3000)
        let source = try #require(atSingle.messages.first?.source)
        let back = single.send(
            storage, 0..<10, segmentSize: 10,
            to: SocketAddress(.loopbackIPv4, port: dual.localAddress.port), ecn: 1)
        let atDual = try Self.receiveAll(dual, byteCount: 10)

        #expect(there == .sent && back == .sent)
        #expect(source == SocketAddress(.loopbackIPv4, port: dual.localAddress.port))
        #expect(atSingle.datagrams.count == 3)
        #expect(atSingle.messages.first?.ecn == 3)
        #expect(atDual.messages.first?.source == single.localAddress)
        #expect(atDual.messages.first?.ecn == 1)
    }

    @Test("many small batches go to their destinations", arguments: offloads)
    func many(offloads: UDPSocket.Offloads) throws {
        let sender = try Self.socket(.loopbackIPv4, offloads)
        let receivers = try (0..<3).map { _ in try Self.socket(.loopbackIPv4, offloads) }
        let storage = ByteStorage(Self.pattern(90 * 100))
        let batches = (0..<90).map { index in
            OutgoingBatch(
                range: index * 100..<index * 100 + 100, segmentSize: 60,
                destination: receivers[index % 3].localAddress)
        }

        let (sentCount, result) = sender.sendMany(storage, batches)

        #expect(sentCount == 90 && result == .sent)
        for (number, receiver) in receivers.enumerated() {
            let (datagrams, _) = try Self.receiveAll(receiver, byteCount: 3000)
            let expected = stride(from: number, to: 90, by: 3).flatMap { index in
                storage.array(index * 100..<index * 100 + 100)
            }
            #expect(datagrams.count == 60)
            #expect(Array(datagrams.joined()) == expected)
        }
    }

    @Test("what cannot be sent is told apart", arguments: offloads)
    func failures(offloads: UDPSocket.Offloads) throws {
        let sender = try Self.socket(.loopbackIPv4, offloads)
        let storage = ByteStorage(count: 70_000)

        let tooBig = sender.send(
            storage, 0..<65_535, segmentSize: 65_535, to: SocketAddress(.loopbackIPv4, port: 9))
        let otherFamily = sender.send(
            storage, 0..<10, segmentSize: 10, to: SocketAddress(.loopbackIPv6, port: 9))
        let largest = sender.send(
            storage, 0..<65_507, segmentSize: 65_507, to: sender.localAddress)

        #expect(tooBig == .tooBig)
        #expect(otherFamily == .failed(ErrorNumber.addressFamilyNotSupported))
        #expect(largest == .sent)
        #expect(try Self.receiveAll(sender, byteCount: 65_507).datagrams.first?.count == 65_507)
    }

    @Test("a batch to many follows past one bad destination", arguments: offloads)
    func badDestination(offloads: UDPSocket.Offloads) throws {
        let sender = try Self.socket(.loopbackIPv4, offloads)
        let storage = ByteStorage(count: 30)
        let good = sender.localAddress
        let batches = [good, SocketAddress(.loopbackIPv6, port: 9), good].enumerated().map {
            OutgoingBatch(range: $0 * 10..<$0 * 10 + 10, segmentSize: 10, destination: $1)
        }

        let (sentCount, result) = sender.sendMany(storage, batches)
        let rest = sender.sendMany(storage, Array(batches.dropFirst(2)))

        #expect(sentCount == 1)
        #expect(result == .failed(ErrorNumber.addressFamilyNotSupported))
        #expect(rest.sentCount == 1 && rest.result == .sent)
    }

    @Test("the destination address is reported and can be answered from", arguments: loopbacks)
    func destinations(ip: IPAddress) throws {
        var configuration = UDPSocket.Configuration()
        configuration.reportsDestination = true
        let server = try UDPSocket(
            bindingTo: SocketAddress(.anyIPv6, port: 0), configuration: configuration)
        let client = try Self.socket(ip)
        let target = ip.isIPv4 ? try #require(IPAddress("127.0.0.77")) : ip
        let storage = ByteStorage(count: 10)

        let asked = client.send(
            storage, 0..<10, segmentSize: 10,
            to: SocketAddress(target, port: server.localAddress.port))
        let question = try #require(try Self.receiveAll(server, byteCount: 10).messages.first)
        let answered = server.send(
            storage, 0..<10, segmentSize: 10, to: question.source, ecn: 2,
            from: question.destination)
        let answer = try #require(try Self.receiveAll(client, byteCount: 10).messages.first)

        #expect(asked == .sent && answered == .sent)
        #expect(question.destination == target && question.interface > 0)
        #expect(answer.source.ip == target)
    }

    @Test("datagrams live for as many hops as asked", arguments: loopbacks, offloads)
    func hopLimit(ip: IPAddress, offloads: UDPSocket.Offloads) throws {
        let sender = try Self.socket(ip, offloads)
        let receiver = try HopLimitReceiver(bindingTo: ip)
        let storage = ByteStorage(count: 20)

        for hopLimit in [UInt8(3), 0] {
            let result = sender.send(
                storage, 0..<20, segmentSize: 10, to: receiver.socket.localAddress, ecn: 2,
                hopLimit: hopLimit)

            #expect(result == .sent)
            for _ in 0..<2 {
                let seen = try #require(receiver.next())
                #expect(hopLimit == 0 ? seen >= 64 : seen == 3)
            }
        }
    }

    @Test("a dual-stack socket limits the hops of IPv4 as well")
    func dualStackHopLimit() throws {
        let sender = try Self.socket(.anyIPv6)
        let receiver = try HopLimitReceiver(bindingTo: .loopbackIPv4)
        let batch = OutgoingBatch(
            range: 0..<10, segmentSize: 10, destination: receiver.socket.localAddress, ecn: 1,
            hopLimit: 5, source: .loopbackIPv4)

        let (sentCount, _) = sender.sendMany(ByteStorage(count: 10), [batch])

        #expect(sentCount == 1)
        #expect(receiver.next() == 5)
    }

    @Test("an address in use is an error with words")
    func addressInUse() throws {
        let socket = try Self.socket(.loopbackIPv4)

        let error = #expect(throws: SystemError.self) {
            try UDPSocket(bindingTo: socket.localAddress)
        }

        #expect(error?.description == "bind: Address already in use")
        #expect(error?.code == ErrorNumber.addressInUse)
    }

    @Test("nothing received is no error, and an empty datagram is a datagram")
    func nothing() throws {
        let socket = try Self.socket(.loopbackIPv6)
        var batch = ReceiveBatch(slotCount: 1)

        #expect(try socket.receive(into: &batch) == 0)
        #expect(batch.count == 0)
        #expect(socket.receiveBufferSize > 0)
    }
}
