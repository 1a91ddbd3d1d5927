import SRMUDP
import Testing

@testable import Forwarding

@Suite struct UDPAssociationTests {
    /// A SOCKS client whose request was read, its association, and an echo behind the session.
    private final class Fixture {
        let inner: DatagramFixture
        let control: TestPeer
        let association: UDPAssociation
        let client: DatagramPeer
        private let ended = Flag()

        init(limits: DatagramLimits = DatagramLimits(), expectedPort: UInt16? = nil) throws {
            inner = try DatagramFixture(limits: limits)
            let loop = inner.world.loop
            let (connected, accepted) = try Self.connect(inner.world)
            control = try TestPeer(connected, loop: loop)
            client = try inner.client()
            let session = inner.world.client
            let ended = ended
            association = try UDPAssociation(
                control: accepted,
                expected: SocketAddress(.anyIPv4, port: expectedPort ?? client.address.port),
                loop: loop, memory: inner.memory, limits: limits, session: { session },
                ended: { _ in ended.isSet = true })
        }

        /// Both ends of a TCP connection.
        static func connect(_ world: ForwardingWorld) throws -> (TCPSocket, TCPSocket) {
            var accepted: TCPSocket?
            let listener = try TCPListener(
                loop: world.loop, address: SocketAddress(.loopbackIPv4, port: 0)
            ) { accepted = $0 }
            defer { listener.close() }
            var connected: TCPSocket?
            let attempt = Dialer(loop: world.loop).dial([listener.address]) {
                if case .connected(let socket) = $0 { connected = socket }
            }
            defer { attempt.cancel() }
            try world.run { accepted != nil && connected != nil }
            return (try #require(connected), try #require(accepted))
        }

        var hasEnded: Bool { ended.isSet }

        func send(_ payload: [UInt8], to host: String, _ port: UInt16) throws {
            let place = try #require(HostPort(host: host, port: port))
            client.send(
                SOCKSDatagram(place: place, payload: payload[...]).encoded, to: association.address)
        }
    }

    private final class Flag {
        var isSet = false
    }

    @Test("the client learns where the relay is, and gets answers under the name it used")
    func roundTrip() throws {
        let fixture = try Fixture()
        let port = fixture.inner.echo.address.port

        try fixture.send([1, 2], to: "localhost", port)
        try fixture.inner.world.run { !fixture.client.received.isEmpty }
        try fixture.inner.world.run { fixture.control.received.count == 10 }

        let answer = try SOCKSDatagram(parsing: fixture.client.received[0])
        #expect(answer.place == HostPort(host: "localhost", port: port))
        #expect(Array(answer.payload) == [1, 2])
        let relay = fixture.association.address.port
        #expect(
            fixture.control.received
                == [5, 0, 0, 1, 127, 0, 0, 1, UInt8(relay >> 8), UInt8(relay & 0xff)])
    }

    @Test("only the client's datagrams are taken, and only whole ones")
    func strangers() throws {
        let fixture = try Fixture()
        let stranger = try fixture.inner.client()
        let port = fixture.inner.echo.address.port
        let place = try #require(HostPort(host: "127.0.0.1", port: port))
        let datagram = SOCKSDatagram(place: place, payload: [1]).encoded

        stranger.send(datagram, to: fixture.association.address)
        fixture.client.send([0, 0, 1] + datagram.dropFirst(3), to: fixture.association.address)
        fixture.client.send([0, 0, 0], to: fixture.association.address)
        try fixture.inner.world.run { fixture.association.ignoredCount == 3 }

        #expect(fixture.association.destinationCount == 0)
    }

    @Test("a client that does not say its port is held to the first one it uses")
    func firstPort() throws {
        let fixture = try Fixture(expectedPort: 0)
        let other = try fixture.inner.client()
        let port = fixture.inner.echo.address.port
        let place = try #require(HostPort(host: "127.0.0.1", port: port))

        try fixture.send([1], to: "127.0.0.1", port)
        try fixture.inner.world.run { fixture.client.received.count == 1 }
        other.send(
            SOCKSDatagram(place: place, payload: [2]).encoded, to: fixture.association.address)
        try fixture.inner.world.run { fixture.association.ignoredCount == 1 }

        #expect(other.received.isEmpty)
    }

    @Test("destinations are bounded, the one that was idle longest goes")
    func destinations() throws {
        var limits = DatagramLimits()
        limits.destinations = 2
        let fixture = try Fixture(limits: limits)
        let port = fixture.inner.echo.address.port

        for (index, host) in ["127.0.0.1", "localhost", "a.localhost"].enumerated() {
            try fixture.send([1], to: host, port)
            try fixture.inner.world.run { fixture.client.received.count == index + 1 }
        }

        #expect(fixture.association.destinationCount == 2)
    }

    @Test("it ends with the client's connection")
    func end() throws {
        let fixture = try Fixture()
        try fixture.send([1], to: "127.0.0.1", fixture.inner.echo.address.port)
        try fixture.inner.world.run { !fixture.client.received.isEmpty }

        fixture.control.close()
        try fixture.inner.world.run { fixture.hasEnded }
        try fixture.inner.world.run { fixture.inner.world.server.flowCount == 0 }

        #expect(fixture.association.destinationCount == 0)
    }

    @Test("a proxy has so many clients with a relay, and refuses more")
    func bound() throws {
        let inner = try DatagramFixture()
        let loop = inner.world.loop
        var limits = DatagramLimits()
        limits.associations = 1
        let associations = UDPAssociations(
            loop: loop, memory: inner.memory, limits: limits, logger: .silent)
        let pairs = try (0..<2).map { _ in try Fixture.connect(inner.world) }
        let clients = try pairs.map { try TestPeer($0.0, loop: loop) }

        for pair in pairs {
            associations.accept(pair.1, expecting: SocketAddress(.anyIPv4, port: 0))
        }
        try inner.world.run { clients.allSatisfy { $0.received.count == 10 } }
        try inner.world.run { clients[1].hasEnded }
        clients[0].close()
        try inner.world.run { associations.count == 0 }

        #expect(clients[0].received[1] == 0 && clients[1].received[1] == 1)
    }
}
