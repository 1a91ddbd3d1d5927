import TestSupport
import Testing

@testable import SRMUDP

/// Rows 59 to 63 and 68 of the bad-input catalogue as far as they need a look inside an endpoint;
/// what a simulated network shows is in SimulationTests/HostileDatagramTests.
@Suite struct HostileDatagramTests {
    private let stranger = SocketAddress(.anyIPv4, port: 6666)

    // MARK: Handshakes

    @Test("row 59: an INITIATION that is malformed or not for us costs nothing and gets no answer")
    func malformedInitiation() {
        let wire = Wire()
        let initiation = initiation(wire)
        var reserved = initiation
        reserved[3] = 1
        var pattern = initiation
        pattern[2] = 9
        var mac = initiation
        mac[HandshakeFormat.mac1Offset] ^= 1
        var content = initiation
        content[100] ^= 1

        let lengths = [Array(initiation.dropLast()), initiation + [0]]
        for bad in lengths + [reserved, pattern, mac, content] {
            #expect(wire.answer(of: 1, to: bad, from: stranger).isEmpty)
        }
        #expect(wire.endpoints[1].statistics.keyAgreements == 0)
    }

    @Test("row 59: an unknown version is answered briefly and not often")
    func unknownVersion() {
        let wire = Wire()
        var initiation = initiation(wire)
        initiation[1] = 7

        var answers: [[UInt8]] = []
        for _ in 0..<100 { answers += wire.answer(of: 1, to: initiation, from: stranger) }

        #expect((1...10).contains(answers.count))
        for answer in answers { #expect(answer.count < initiation.count) }
        #expect(answers.allSatisfy { $0.first == DatagramKind.version })
        #expect(wire.endpoints[1].statistics.keyAgreements == 0)
    }

    @Test("row 60: a repeated INITIATION gets the identical RESPONSE and no new key agreement")
    func repeatedInitiation() {
        let wire = Wire()
        let initiation = initiation(wire)

        let first = wire.answer(of: 1, to: initiation)
        for _ in 0..<3 {
            #expect(wire.answer(of: 1, to: initiation) == first)
            #expect(wire.answer(of: 1, to: initiation, from: stranger) == first)
        }

        #expect(first.count == 1)
        #expect(wire.endpoints[1].statistics.keyAgreements == 1)
        #expect(wire.endpoints[1].connections.isEmpty)
    }

    @Test("row 61: a RESPONSE for another connection ID is dropped")
    func foreignResponse() throws {
        let wire = Wire()
        let connection = wire.dial(from: 0)
        var response = try #require(wire.answer(of: 1, to: initiation(wire)).first)
        response[12] ^= 1
        seal(&response, for: wire.keys[0].publicKey)

        wire.inject(response, into: 0)

        #expect(connection.state == .dialing)
        #expect(wire.run { connection.isEstablished })
    }

    @Test("row 61: a RESPONSE with a key of low order is dropped", arguments: LowOrder.keys)
    func lowOrderResponse(key: PublicKey) throws {
        let wire = Wire()
        let connection = wire.dial(from: 0)
        var response = try #require(wire.answer(of: 1, to: initiation(wire)).first)
        response.replaceSubrange(20..<52, with: key.bytes)
        seal(&response, for: wire.keys[0].publicKey)

        wire.inject(response, into: 0)

        #expect(connection.state == .dialing)
        #expect(wire.run { connection.isEstablished })
    }

    @Test("row 62: a cookie of another address, or an old one, gets a new COOKIE and no more")
    func wrongCookie() throws {
        let wire = Wire()
        let connection = wire.dial(from: 0)
        wire.flush()
        load(wire)
        let cookie = try #require(wire.answer(of: 1, to: initiation(wire)).first)
        #expect(cookie.first == DatagramKind.cookie)
        wire.inject(cookie, into: 0)
        wire.flush()
        let proven = try #require(wire.sent[0].last { $0.bytes.first == 0xf1 }?.bytes)
        #expect(proven != wire.sent[0][0].bytes)
        let agreements = wire.endpoints[1].statistics.keyAgreements

        #expect(wire.answer(of: 1, to: proven, from: stranger).first?.first == DatagramKind.cookie)
        wire.now = wire.now + .seconds(130)
        load(wire)
        let loaded = wire.endpoints[1].statistics.keyAgreements
        #expect(wire.answer(of: 1, to: proven).first?.first == DatagramKind.cookie)

        // Only the load itself was computed, once: it is one INITIATION from many addresses.
        #expect(wire.endpoints[1].statistics.keyAgreements == loaded && loaded <= agreements + 1)
        #expect(wire.run { connection.isEstablished })
    }

    // MARK: Data

    @Test("row 63: a packet number below the window is dropped and counted")
    func oldNumber() throws {
        let wire = Wire()
        let (connection, peer) = try #require(wire.connect())
        let start = connection.recovery.nextPacketNumber
        let old = try #require(connection.sealPacket(frames: [1], number: start))
        let new = start + ReplayWindow.size + 1
        wire.inject(try #require(connection.sealPacket(frames: [1], number: new)), into: 1)
        let (received, dropped) = (
            peer.statistics.packetsReceived, peer.statistics.packetsDropped
        )

        wire.inject(old, into: 1)

        #expect(peer.statistics.packetsReceived == received)
        #expect(peer.statistics.packetsDropped == dropped + 1)
        #expect(peer.failedOpenings > 0)
    }

    @Test("row 63: a packet of another session is dropped, whichever connection ID it names")
    func foreignSession() throws {
        let wire = Wire()
        let (connection, peer) = try #require(wire.connect())
        let other = Wire(seed: 2)
        let (foreign, _) = try #require(other.connect())
        let number = connection.recovery.nextPacketNumber + 1_000
        var packet = try #require(foreign.sealPacket(frames: [1], number: number))
        let received = peer.statistics.packetsReceived

        wire.inject(packet, into: 1)
        let id = try #require(connection.sending?.remoteID)
        packet.replaceSubrange(1..<9, with: id.bytes)
        wire.inject(packet, into: 1)

        #expect(peer.statistics.packetsReceived == received)
        #expect(peer.isEstablished)
    }

    @Test("row 63: a packet of an earlier generation is dropped once that is retired")
    func oldGeneration() throws {
        let wire = Wire()
        let (connection, peer) = try #require(wire.connect())
        wire.run(for: .seconds(20))
        var held: [[UInt8]] = []
        wire.alter = { datagram in
            guard datagram.receiver == 1, datagram.isData else { return datagram }
            held.append(datagram.bytes)
            return nil
        }
        for byte in [1, 2] as [UInt8] {
            #expect(connection.sendDatagram([byte]))
            // The pace may part them.
            wire.run(for: .milliseconds(10))
        }
        wire.alter = { $0 }
        #expect(held.count >= 2)
        connection.renewHandshake(now: wire.now)
        #expect(wire.run { peer.statistics.handshakes == 2 })
        let before = peer.statistics.packetsReceived
        wire.inject(held[0], into: 1)
        #expect(peer.statistics.packetsReceived == before + 1)
        wire.run(for: .seconds(30)) { peer.generations.count == 1 }
        let after = peer.statistics.packetsReceived
        wire.inject(held[1], into: 1)

        #expect(peer.generations.count == 1)
        #expect(peer.statistics.packetsReceived == after)
        #expect(peer.isEstablished)
    }

    // MARK: Resets

    @Test("row 68: a reset with the true token ends the connection")
    func trueReset() throws {
        let wire = Wire()
        let (connection, _) = try #require(wire.connect())
        let id = try #require(connection.sending?.remoteID)
        let reset = StatelessReset(staticKey: wire.keys[1], random: wire.random, now: wire.now)

        var forged = [0x80] + wire.random.bytes(count: 20) + reset.token(for: id)
        forged[forged.count - 1] ^= 1
        wire.inject(forged, into: 0)
        #expect(connection.isEstablished)
        forged[forged.count - 1] ^= 1
        wire.inject(forged, into: 0)

        #expect(connection.error == .peerRestarted)
    }

    @Test("row 68: a reset is not answered, so two nodes that know nothing fall silent")
    func resetLoop() throws {
        let wire = Wire()
        let unknown = [0x80] + wire.random.bytes(count: 1199)

        var datagrams = wire.answer(of: 1, to: unknown)
        #expect(datagrams.count == 1)
        var rounds = 0
        while let datagram = datagrams.first {
            rounds += 1
            datagrams = wire.answer(of: rounds % 2 == 0 ? 1 : 0, to: datagram)
        }

        #expect(rounds == 1)
    }

    // MARK: Helpers

    /// The first INITIATION of side 0 to side 1, which is not delivered.
    private func initiation(_ wire: Wire) -> [UInt8] {
        if wire.sent[0].isEmpty {
            _ = wire.dial(from: 0)
            wire.flush()
        }
        return wire.sent[0][0].bytes
    }

    /// Makes side 1 ask for cookies for the next second.
    private func load(_ wire: Wire) {
        let initiation = initiation(wire)
        for host in UInt32(0)..<40 {
            wire.inject(initiation, into: 1, from: .simulated(host: UInt16(host)))
        }
    }

    /// Writes a good mac1 at the end, as who knows the receiver can.
    private func seal(_ response: inout [UInt8], for receiver: PublicKey) {
        let start = response.count - HandshakeFormat.macLength
        let mac = HandshakeMAC(receiver: receiver).code(over: response[..<start])
        response.replaceSubrange(start..., with: mac)
    }
}
