import TestSupport
import Testing

@testable import SRMUDP

/// Answers that are none.
@Suite("NetworkProbe and strangers")
struct NetworkProbeHostileTests {
    private static let now = Instant(nanoseconds: 0)
    private static let server = ProbeWorld.server

    private var probe: NetworkProbe
    private let transaction: ProbeTransaction

    init() throws {
        var options = NetworkProbe.Options(server: Self.server, localPort: 5_000)
        options.tests = [.filtering, .hairpin]
        probe = NetworkProbe(options, random: SeededRandomSource(seed: 1), now: Self.now)
        let first = probe.pollTransmit(now: Self.now)
        let sent = try #require(first)
        transaction = try #require(ProbeRequest(sent.datagram)).transaction
    }

    private func answer(
        _ observed: SocketAddress, transaction: ProbeTransaction? = nil
    ) -> [UInt8] {
        ProbeAnswer(
            transaction: transaction ?? self.transaction, observed: observed,
            otherPort: ProbeWorld.otherPort
        ).encoded
    }

    @Test("another transaction or another source is ignored")
    func strangers() {
        var probe = probe
        let other = ProbeTransaction(random: SeededRandomSource(seed: 99))

        probe.handle(
            answer(ProbeWorld.outside, transaction: other), from: Self.server, now: Self.now)
        probe.handle(answer(ProbeWorld.outside), from: ProbeWorld.further, now: Self.now)
        probe.handle(
            answer(ProbeWorld.outside),
            from: SocketAddress(Self.server.ip, port: ProbeWorld.otherPort), now: Self.now)
        #expect(probe.report.observed == nil)
        probe.handle(answer(ProbeWorld.outside), from: Self.server, now: Self.now)

        #expect(probe.report.observed == ProbeWorld.outside)
    }

    @Test(
        "an address where nobody can be is ignored",
        arguments: [
            "0.0.0.0:5000", "224.0.0.1:5000", "255.255.255.255:5000", "203.0.113.7:0",
            "127.0.0.1:5000", "[2001:db8::1]:5000", "[::]:5000", "[ff02::1]:5000", "[100::1:0:1]:1",
        ])
    func impossible(text: String) throws {
        var probe = probe

        probe.handle(answer(try #require(SocketAddress(text))), from: Self.server, now: Self.now)

        #expect(probe.report.observed == nil && probe.report.otherPort == nil)
    }

    @Test("cut, long and foreign datagrams are ignored")
    func malformed() {
        var probe = probe
        let good = answer(ProbeWorld.outside)
        var otherVersion = good
        otherVersion[1] = 2
        var otherKind = good
        otherKind[0] = 0xf9
        let bad =
            (0..<64).map { Array(good.prefix($0)) } + [good + [0], otherVersion, otherKind]

        for datagram in bad { probe.handle(datagram, from: Self.server, now: Self.now) }

        #expect(probe.report.observed == nil)
    }

    @Test("a second answer changes nothing, and only our own probe shows a hairpin")
    func repeated() throws {
        var probe = probe
        probe.handle(answer(ProbeWorld.outside), from: Self.server, now: Self.now)
        probe.handle(answer(ProbeWorld.server), from: Self.server, now: Self.now)
        #expect(probe.report.observations.count == 1)

        let main = ProbeRequest(transaction: transaction).encoded
        let foreign = ProbeRequest(
            transaction: ProbeTransaction(random: SeededRandomSource(seed: 5))
        ).encoded
        probe.handle(main, from: ProbeWorld.outside, now: Self.now)
        probe.handle(foreign, from: ProbeWorld.outside, now: Self.now)
        #expect(probe.report.hasHairpin == nil)
        var ownProbe: [UInt8]?
        while let (datagram, destination) = probe.pollTransmit(now: Self.now) {
            if destination == ProbeWorld.outside { ownProbe = datagram }
        }
        probe.handle(try #require(ownProbe), from: ProbeWorld.outside, now: Self.now)

        #expect(probe.report.hasHairpin == true)
    }

    @Test("no server makes a probe ask without end")
    func bound() {
        var probe = probe
        var count = 0
        var now = Self.now
        while let due = probe.nextTimeout, count < 1_000 {
            now = max(now, due)
            while let (datagram, destination) = probe.pollTransmit(now: now) {
                count += 1
                guard let request = ProbeRequest(datagram) else { continue }
                let observed = SocketAddress(
                    ProbeWorld.outside.ip, port: UInt16(5_000 + count))
                probe.handle(
                    answer(observed, transaction: request.transaction), from: destination, now: now)
            }
        }

        #expect(count <= 5 + 5 + 3 + 3)
        #expect(probe.report.isComplete)
    }
}
