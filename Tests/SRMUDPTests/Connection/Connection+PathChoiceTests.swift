import TestSupport
import Testing

@testable import SRMUDP

@Suite("Choice of path") struct PathChoiceTests {
    private static let link = LinkAddress(.relay, number: 1).socketAddress

    @Test("the last relay that works is never dropped, whatever comes")
    func lastRelay() throws {
        let wire = Wire()
        let (_, peer) = try #require(wire.connect())
        let relay = peer.path(to: Self.link, now: wire.now)
        relay.markProven()

        for host in UInt16(1)...40 {
            let path = peer.path(to: .simulated(host: host), now: wire.now + .seconds(1))
            if host % 2 == 0 { path.markProven() }
        }

        #expect(peer.paths.count == Connection.maximumPaths)
        #expect(peer.paths.contains { $0 === relay })
        let other = peer.path(to: LinkAddress(.relay, number: 2).socketAddress, now: wire.now)
        other.markProven()
        for host in UInt16(50)...60 {
            peer.path(to: .simulated(host: host), now: wire.now + .seconds(2)).markProven()
        }
        #expect(peer.paths.count { $0.kind == .relay } == 1)
    }

    @Test("a relay's path takes over nothing from another one")
    func nothingInherited() throws {
        let wire = Wire()
        let (connection, _) = try #require(wire.connect())
        wire.run(for: .seconds(1))
        let active = try #require(connection.activePath)
        #expect(active.mtu.current > MTUDiscovery.minimumSize)
        let relay = connection.path(to: Self.link, now: wire.now)
        relay.markProven()
        connection.activePath = relay
        recordMeasurement(connection, relay, now: wire.now)

        let other = connection.path(
            to: LinkAddress(.relay, number: 2).socketAddress, now: wire.now)
        let moved = connection.path(
            to: SocketAddress(Self.link.ip, port: Self.link.port + 1), now: wire.now)

        for path in [other, moved] {
            #expect(connection.recovery.path(path.id)?.rtt.hasSample == false)
            #expect(path.mtu.current == MTUDiscovery.minimumSize)
        }
    }

    private func recordMeasurement(_ connection: Connection, _ path: Path, now: Instant) {
        connection.recovery.takeFirstSample(.milliseconds(5), path: path.id, now: now)
    }

    @Test("an observed address that is a link's is not believed, and none is told")
    func observedLink() throws {
        let wire = Wire()
        let connection = wire.dial(from: 0)
        wire.alter = { datagram in
            var datagram = datagram
            if datagram.receiver == 1 { datagram.source = Self.link }
            return datagram
        }
        wire.run(for: .milliseconds(15))
        // The answer goes to the link, and comes back from where it was asked for.
        let answer = try #require(wire.sent[1].last { $0.destination == Self.link })
        wire.inject(answer.bytes, into: 0)

        #expect(connection.isEstablished)
        #expect(connection.observedAddress == nil)
    }

    @Test("the peer's candidates are told once, in order, and again when they are lost")
    func candidates() throws {
        let wire = Wire()
        let (connection, peer) = try #require(wire.connect())
        wire.run(for: .seconds(1))
        let candidates = (1...3).map { Candidate(.host, .simulated(host: $0)) }

        wire.alter = { $0.isData ? nil : $0 }
        connection.setLocalCandidates(candidates, now: wire.now)
        wire.flush()
        wire.alter = { $0 }
        wire.run(for: .seconds(1))
        connection.setLocalCandidates(Array(candidates[..<1]), now: wire.now)
        wire.run(for: .seconds(1))

        let told = wire.events[1].compactMap { event -> [Candidate]? in
            guard case .candidates(let candidates) = event else { return nil }
            return candidates
        }
        #expect(told == [candidates, Array(candidates[..<1])])
        #expect(peer.remoteCandidates == Array(candidates[..<1]))
        let reports = peer.probeReports(now: wire.now).filter { $0.source == .candidate(.host) }
        #expect(reports.map(\.address) == [candidates[0].address])
        #expect(reports.first?.probesSent ?? 0 > 0)
    }

    @Test("seventeen addresses are remembered as sixteen, and the newest is among them")
    func knownAddresses() throws {
        let wire = Wire()
        let (connection, _) = try #require(wire.connect())

        for host in UInt16(1)...30 {
            connection.addAddress(.simulated(host: host), now: wire.now)
        }

        #expect(connection.knownAddresses.count == 16)
        #expect(connection.knownAddresses.contains(.simulated(host: 30)))
        #expect(connection.knownAddresses.contains(wire.addresses[1]))
    }
}
