import SRMUDP
import TestSupport
import Testing

/// Strangers, replays and forgeries: rows 58 to 68 of the bad-input catalogue.
@Suite("Hostile datagrams")
struct HostileDatagramTests {
    private static let stranger = SocketAddress.simulated(host: 666)

    @Test("junk of every kind and length gets no answer")
    func junk() {
        let pair = Pair(seed: 1)
        #expect(pair.connect())
        let random = SeededRandomSource(seed: 11)

        for kind in UInt8.min...UInt8.max where kind & 0xfe != 0x80 && kind != 0xf1 {
            for length in [1, 2, 28, 29, 30, 68, 400, 1199, 1200, 1201, 9000] {
                var bytes = random.bytes(count: length)
                bytes[0] = kind
                inject(bytes, into: pair)
            }
        }
        inject([], into: pair)
        inject([UInt8](repeating: 0xff, count: 65_507), into: pair)
        pair.drive(for: .seconds(5))

        let traffic = pair.network.traffic.between(pair.host(.right), Self.stranger)
        #expect(traffic.datagramsReceived > 2_000)
        #expect(traffic.bytesSent == 0)
        #expect(pair.right.closed.isEmpty)
    }

    @Test("junk that looks like data gets few resets, each shorter than what asked for it")
    func junkData() {
        let pair = Pair(seed: 2)
        #expect(pair.connect())
        let random = SeededRandomSource(seed: 12)

        for _ in 0..<2_000 {
            var bytes = random.bytes(count: 20 + Int(random.next(below: 1_300)))
            bytes[0] = 0x80
            inject(bytes, into: pair)
        }
        pair.drive(for: .seconds(1))

        let traffic = pair.network.traffic.between(pair.host(.right), Self.stranger)
        #expect(traffic.datagramsSent <= 20)
        #expect(traffic.bytesSent < traffic.bytesReceived / 100)
    }

    @Test("an established session hardly notices a flood")
    func floodBesideTransfer() {
        let pair = Pair(seed: 3)
        #expect(pair.connect())
        let random = SeededRandomSource(seed: 13)
        pair.open(from: .left, bytes: 500_000)

        for _ in 0..<50 {
            for _ in 0..<40 {
                var bytes = random.bytes(count: 200)
                bytes[0] = [0x80, 0x81, 0xf1, 0xf2, 0xf3][Int(random.next(below: 5))]
                inject(bytes, into: pair)
            }
            pair.drive(for: .milliseconds(20))
        }
        let settled = pair.driveUntilRead(from: .left, within: .seconds(10))

        #expect(settled, "\(pair.summaries)")
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("an INITIATION replayed a thousand times costs one key agreement and changes nothing")
    func replayedInitiation() throws {
        let pair = Pair(seed: 4)
        pair.network.isCapturing = true
        #expect(pair.connect())
        let initiation = try #require(pair.network.captured.first { $0.bytes.first == 0xf1 })
        let agreements = pair.right.endpoint.statistics.keyAgreements
        let handshakes = pair.right.connection?.statistics.handshakes

        for index in 0..<1_000 {
            var replay = initiation
            if index % 2 == 0 { replay.source = Self.stranger }
            pair.network.inject(replay, after: .milliseconds(Int64(index) * 10))
        }
        pair.drive(for: .seconds(20))

        #expect(pair.right.endpoint.statistics.keyAgreements <= agreements + 1)
        #expect(pair.right.connection?.statistics.handshakes == handshakes)
        let traffic = pair.network.traffic.between(pair.host(.right), Self.stranger)
        #expect(traffic.bytesSent <= traffic.bytesReceived)
        #expect(pair.left.connection?.isEstablished == true)
        pair.open(from: .left, bytes: 10_000)
        #expect(pair.driveUntilRead(from: .left, within: .seconds(5)))
    }

    @Test("an old INITIATION, replayed after its answer was forgotten, changes nothing")
    func staleInitiation() throws {
        let pair = Pair(seed: 5)
        pair.network.isCapturing = true
        #expect(pair.connect())
        let initiation = try #require(pair.network.captured.first { $0.bytes.first == 0xf1 })
        pair.restart(.right)
        pair.drive(for: .seconds(60)) { !pair.left.closed.isEmpty }
        #expect(pair.connect())

        for index in 0..<20 {
            pair.network.inject(initiation, after: .milliseconds(Int64(index) * 500))
        }
        pair.drive(for: .seconds(30))
        pair.open(from: .left, bytes: 10_000)
        let settled = pair.driveUntilRead(from: .left, within: .seconds(5))

        #expect(settled, "\(pair.summaries)")
        #expect(pair.right.endpoint.connections.count == 1)
    }

    @Test("a RESPONSE that comes twice, or from elsewhere, is dropped")
    func replayedResponse() throws {
        let pair = Pair(seed: 6)
        pair.network.isCapturing = true
        #expect(pair.connect())
        let response = try #require(pair.network.captured.first { $0.bytes.first == 0xf2 })

        for index in 0..<100 {
            var replay = response
            if index % 2 == 0 { replay.source = Self.stranger }
            pair.network.inject(replay, after: .milliseconds(Int64(index)))
        }
        pair.drive(for: .seconds(5))

        #expect(pair.left.connection?.statistics.handshakes == 1)
        #expect(pair.left.connection?.currentPath?.remote == Pair.rightAddress)
    }

    @Test("a responder under load asks for a cookie, and who answers gets in")
    func cookie() throws {
        let pair = Pair(seed: 7)
        pair.network.isCapturing = true
        pair.dial()
        let initiation = try #require(pair.network.captured.first { $0.bytes.first == 0xf1 })

        // The load comes from many places, just before the one that is meant.
        for host in UInt16(0)..<100 {
            var copy = initiation
            copy.source = .simulated(host: 2_000 + host)
            pair.network.inject(copy)
        }
        let connected = pair.drive(for: .seconds(10)) {
            pair.right.connection?.isEstablished == true
        }

        #expect(connected, "\(pair.summaries)")
        #expect(pair.network.captured.contains { $0.bytes.first == 0xf3 })
    }

    @Test("a data packet with any one bit flipped is dropped")
    func flippedBits() throws {
        let pair = Pair(seed: 8)
        #expect(pair.connect())
        pair.network.isCapturing = true
        pair.setBlackout(true, from: .left)
        pair.open(from: .left, bytes: 100)
        let packet = try #require(pair.network.captured.first { $0.bytes[0] & 0xfe == 0x80 })
        let received = pair.right.connection?.statistics.packetsReceived

        for bit in 0..<packet.bytes.count * 8 {
            var flipped = packet
            flipped.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            pair.network.inject(flipped)
        }
        pair.drive(for: .milliseconds(1))

        #expect(pair.right.connection?.statistics.packetsReceived == received)
        #expect(pair.right.closed.isEmpty)
        pair.network.inject(packet)
        pair.drive(for: .milliseconds(1))
        #expect(pair.right.connection?.statistics.packetsReceived == received.map { $0 + 1 })
    }

    @Test("a packet is accepted once, however often it comes")
    func replayedData() throws {
        let pair = Pair(seed: 9)
        pair.network.isCapturing = true
        #expect(pair.connect())
        pair.open(from: .left, bytes: 200_000)
        #expect(pair.driveUntilRead(from: .left, within: .seconds(10)))
        let packets = pair.network.captured.filter { $0.destination == Pair.rightAddress }
        let received = pair.right.connection?.statistics.packetsReceived ?? 0

        for packet in packets where packet.bytes[0] & 0xfe == 0x80 { pair.network.inject(packet) }
        pair.drive(for: .milliseconds(1))

        let accepted = (pair.right.connection?.statistics.packetsReceived ?? 0) - received
        // At most what is on its way anyway.
        #expect(accepted <= 2)
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("keys that were kept back on their way cannot end a connection made since")
    func keptBackHandshake() {
        let pair = Pair(seed: 11)
        pair.network.isCapturing = true
        // The RESPONSE gets through, but nothing that is sealed with its keys.
        pair.dial()
        pair.drive(for: .milliseconds(15))
        pair.setBlackout(true, from: .left)
        pair.drive(for: .seconds(3))
        let keptBack = pair.network.captured.filter {
            $0.destination == Pair.rightAddress && $0.bytes[0] & 0xfe == 0x80
        }
        pair.restart(.left)
        pair.setBlackout(false, from: .left)
        #expect(pair.connect())
        let connection = pair.right.connection

        for datagram in keptBack { pair.network.inject(datagram) }
        pair.drive(for: .seconds(1))
        pair.open(from: .left, bytes: 1_000)
        let settled = pair.driveUntilRead(from: .left, within: .seconds(5))

        #expect(!keptBack.isEmpty)
        #expect(pair.right.connection === connection)
        #expect(settled, "\(pair.summaries)")
    }

    @Test("a RESPONSE that was sent on from elsewhere leads nothing astray")
    func redirectedResponse() throws {
        let pair = Pair(seed: 6)
        let victim = SocketAddress.simulated(host: 667)
        pair.network.isCapturing = true
        pair.setBlackout(true, from: .right)
        pair.dial()
        pair.drive(for: .milliseconds(50))
        var response = try #require(pair.network.captured.first { $0.bytes.first == 0xf2 })
        response.source = victim

        pair.network.inject(response)
        pair.drive(for: .milliseconds(10))
        pair.setBlackout(false, from: .right)
        pair.open(from: .left, bytes: 50_000)
        let settled = pair.driveUntilRead(from: .left, within: .seconds(10))

        #expect(settled, "\(pair.summaries)")
        #expect(pair.left.connection?.currentPath?.remote == Pair.rightAddress)
        let traffic = pair.network.traffic.between(pair.host(.left), victim)
        #expect(traffic.bytesSent <= 3 * traffic.bytesReceived)
    }

    @Test("an INITIATION replayed from elsewhere draws no more than three times its bytes")
    func redirectedInitiation() throws {
        let pair = Pair(seed: 7)
        let victim = SocketAddress.simulated(host: 667)
        pair.network.isCapturing = true
        pair.setBlackout(true, from: .left)
        pair.dial()
        var initiation = try #require(pair.network.captured.first { $0.bytes.first == 0xf1 })
        initiation.source = victim

        pair.dial(from: .right)
        pair.network.inject(initiation)
        pair.drive(for: .seconds(60))
        pair.setBlackout(false, from: .left)
        pair.drive(for: .seconds(60))

        let traffic = pair.network.traffic.between(pair.host(.right), victim)
        #expect(traffic.bytesReceived == 1_200)
        #expect(traffic.bytesSent <= 3_600)
        #expect(pair.right.connection?.isEstablished == true)
        #expect(pair.right.connection?.currentPath?.remote == Pair.leftAddress)
    }

    @Test("a reset with a wrong token is dropped")
    func forgedReset() {
        let pair = Pair(seed: 10)
        #expect(pair.connect())
        let random = SeededRandomSource(seed: 14)

        for _ in 0..<1_000 {
            var bytes = random.bytes(count: 29 + Int(random.next(below: 14)))
            bytes[0] = 0x80
            inject(bytes, into: pair, source: Pair.leftAddress)
        }
        pair.drive(for: .seconds(5))

        #expect(pair.right.closed.isEmpty)
        #expect(pair.left.closed.isEmpty)
    }

    private func inject(
        _ bytes: [UInt8], into pair: Pair, source: SocketAddress = stranger
    ) {
        pair.network.inject(
            SimulatedDatagram(
                bytes: bytes, source: source, destination: Pair.rightAddress))
    }
}
