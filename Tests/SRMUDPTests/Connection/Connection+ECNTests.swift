import Testing

@testable import SRMUDP

/// ECN marks on networks that keep them, clear them, and lie about them (RFC 9000 section 13.4).
@Suite struct ConnectionECNTests {
    @Test("where marks survive, the path is found capable and they go on")
    func capable() throws {
        let wire = Wire()
        let (connection, peer) = try #require(wire.connect())

        send(200_000, on: connection, wire)

        #expect(connection.activePath?.ecn == .capable)
        #expect(peer.activePath?.ecn != .broken)
        #expect(connection.ecnValidation.sentCount > 0)
        #expect(marksOfTransfer(connection, wire) > 0)
    }

    @Test("where marks are cleared on the way, no more are set")
    func cleared() throws {
        let wire = Wire()
        wire.alter = { datagram in
            var bleached = datagram
            bleached.ecn = 0
            return bleached
        }
        let (connection, _) = try #require(wire.connect())

        send(200_000, on: connection, wire)

        #expect(connection.activePath?.ecn == .broken)
        #expect(marksOfTransfer(connection, wire) == 0)
    }

    @Test("where all marks are turned into others, no more are set")
    func changed() throws {
        let wire = Wire()
        wire.alter = { datagram in
            var remarked = datagram
            if datagram.ecn == 2 { remarked.ecn = 1 }
            return remarked
        }
        let (connection, _) = try #require(wire.connect())

        send(200_000, on: connection, wire)

        #expect(connection.activePath?.ecn == .broken)
    }

    @Test("where what is marked is dropped, unmarked packets get through")
    func dropped() throws {
        let wire = Wire()
        wire.alter = { $0.ecn == 0 ? $0 : nil }
        let (connection, _) = try #require(wire.connect())

        send(200_000, on: connection, wire)

        #expect(connection.activePath?.ecn == .broken)
    }

    @Test("a congestion mark slows the sender without any loss")
    func congestion() throws {
        var configuration = ConnectionConfiguration()
        configuration.congestion = .cubic
        let wire = Wire(configuration: configuration)
        let (connection, _) = try #require(wire.connect())
        send(500_000, on: connection, wire)
        let path = try #require(connection.activePath)
        let before = try #require(connection.recovery.path(path.id)?.controller.congestionWindow)
        wire.alter = { datagram in
            var marked = datagram
            if datagram.ecn == 2 { marked.ecn = 3 }
            return marked
        }

        send(50_000, on: connection, wire)

        let after = try #require(connection.recovery.path(path.id)?.controller.congestionWindow)
        #expect(path.ecn == .capable)
        #expect(after < before)
        #expect(connection.statistics.packetsLost == 0)
    }

    @Test("no marks are set where that is not wanted")
    func unwanted() throws {
        var configuration = ConnectionConfiguration()
        configuration.usesECN = false
        let wire = Wire(configuration: configuration)
        let (connection, _) = try #require(wire.connect())

        #expect(marksOfTransfer(connection, wire) == 0)
        #expect(connection.activePath?.ecn == .untested)
    }

    // MARK: The judge

    @Test("counts may fall behind nothing: each marked packet that is acknowledged must be in them")
    func judgement() {
        var validation = ECNValidation()
        validation.packetsSent(10)

        #expect(judge(&validation, 3, counts(3, 0)) == .intact(hasCongestion: false))
        #expect(judge(&validation, 2, counts(4, 1)) == .intact(hasCongestion: true))
        #expect(judge(&validation, 0, counts(4, 1)) == .silent)
        #expect(judge(&validation, 0, nil) == .silent)
        // Overtaken frames have old counts, or none.
        #expect(judge(&validation, 1, counts(1, 0), isNewest: false) == .silent)
        // Too small a growth.
        #expect(judge(&validation, 3, counts(6, 1)) == .spoilt)
    }

    @Test(
        "counts that fall, that are missing, or that exceed what was sent are no true ones",
        arguments: [
            (1, 2, 1, 0), (1, 3, 0, 0), (0, 9, 2, 0), (0, 3, 1, 1), (0, 1 << 61, 1 << 61, 0),
        ])
    func lies(newlyAcknowledged: Int, ect0: UInt64, ce: UInt64, ect1: UInt64) {
        var validation = ECNValidation()
        validation.packetsSent(10)
        #expect(judge(&validation, 4, counts(3, 1)) == .intact(hasCongestion: true))
        var missing = validation

        let verdict = judge(&validation, newlyAcknowledged, counts(ect0, ce, ect1: ect1))

        #expect(verdict == .spoilt)
        #expect(judge(&missing, 1, nil) == .spoilt)
    }

    private func judge(
        _ validation: inout ECNValidation, _ newlyAcknowledged: Int, _ counts: ECNCounts?,
        isNewest: Bool = true
    ) -> ECNValidation.Verdict {
        validation.judge(
            newlyAcknowledged: newlyAcknowledged, counts: counts, isNewest: isNewest)
    }

    private func counts(_ ect0: UInt64, _ ce: UInt64, ect1: UInt64 = 0) -> ECNCounts {
        var counts = ECNCounts()
        counts.ect0 = ect0
        counts.ect1 = ect1
        counts.ce = ce
        return counts
    }

    /// How many datagrams that carry a stream's bytes are marked.
    private func marksOfTransfer(_ connection: Connection, _ wire: Wire) -> Int {
        let known = wire.sent[0].count
        send(100_000, on: connection, wire)
        return wire.sent[0][known...].count { $0.ecn != 0 }
    }

    private func send(_ count: Int, on connection: Connection, _ wire: Wire) {
        #expect(wire.send([UInt8](repeating: 0x33, count: count), on: connection, to: 1))
        // The last ACKs are still on their way.
        wire.run(for: .seconds(1))
    }
}
