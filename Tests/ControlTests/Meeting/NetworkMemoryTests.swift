import SRMUDP
import Testing

@testable import Control

@Suite struct NetworkMemoryTests {
    private static let peer = Sample.keyPair(1).publicKey
    private static let otherPeer = Sample.keyPair(2).publicKey
    private static let places = [
        SocketAddress(IPAddress(ipv4: 0xcb00_7101), port: 7),
        SocketAddress(IPAddress(ipv4: 0xcb00_7102), port: 7),
    ]

    private let loop: EventLoop
    private let notes: NoteWriter
    private let home = TemporaryHome()
    private let networks = (1...2).compactMap { NetworkFingerprint(text: "000000000000000\($0)") }

    private final class Surroundings {
        var now = Sample.now
        var network: Int? = 0
    }

    private let place = Surroundings()

    init() throws {
        loop = try EventLoop()
        notes = NoteWriter(loop: loop, logger: .silent)
    }

    private func memory() throws -> NetworkMemory {
        NetworkMemory(
            file: try home.prepared().networks, notes: notes, clock: { [place] in place.now },
            network: { [place, networks] in place.network.map { networks[$0] } }, logger: .silent)
    }

    @Test("what worked is known the next time in this network, and in no other")
    func remember() throws {
        let server = try ServerAddress("rv.example:7070")
        let memory = try memory()
        memory.reached(Self.peer, at: Self.places[0])
        memory.reached(server, byUDP: false)
        memory.mapped(by: .natPMP)
        #expect(memory.isBlocked(server))
        try loop.write(notes)

        let later = try self.memory()
        #expect(later.address(of: Self.peer) == Self.places[0])
        #expect(later.address(of: Self.otherPeer) == nil)
        #expect(later.isBlocked(server))
        #expect(later.dialect == .natPMP)

        place.network = 1
        #expect(later.address(of: Self.peer) == nil)
        #expect(!later.isBlocked(server))
        #expect(later.dialect == nil)
        #expect(try home.mode(of: "networks") == 0o600)
    }

    @Test("the newest address of a peer counts, and a server that UDP reaches is not blocked")
    func replace() throws {
        let server = try ServerAddress("rv.example:7070")
        let memory = try memory()

        memory.reached(Self.peer, at: Self.places[0])
        memory.reached(Self.peer, at: Self.places[1])
        memory.reached(server, byUDP: false)
        memory.reached(server, byUDP: true)

        #expect(memory.address(of: Self.peer) == Self.places[1])
        #expect(!memory.isBlocked(server))
    }

    @Test("a blockage holds for a day, an address for a month")
    func expiry() throws {
        let server = try ServerAddress("rv.example:7070")
        let memory = try memory()
        memory.reached(Self.peer, at: Self.places[0])
        memory.reached(server, byUDP: false)

        place.now = Sample.now + NetworkMemory.blockedLifetime
        #expect(!memory.isBlocked(server))
        #expect(memory.address(of: Self.peer) == Self.places[0])
        place.now = Sample.now + NetworkMemory.lifetime
        #expect(memory.address(of: Self.peer) == nil)
    }

    @Test("a place that was far ahead makes nothing last")
    func wrongClock() throws {
        place.now = UnixTime(seconds: 4_000_000_000)
        let memory = try memory()
        memory.reached(Self.peer, at: Self.places[0])

        place.now = Sample.now

        #expect(memory.address(of: Self.peer) == nil)
    }

    @Test("256 things are remembered; the oldest goes first")
    func bound() throws {
        let servers = try (0...NetworkMemory.limit).map { try ServerAddress("rv\($0).example:70") }
        let lines = servers.dropLast().enumerated().map { index, server in
            let seen = UnixTime(seconds: Sample.now.seconds + Int64(index))
            return "network=\(networks[0].text) seen=\(seen) blocked=\(server.place)\n"
        }
        _ = try home.prepared()
        try home.write([UInt8](("p2pfwd networks 1\n" + lines.joined()).utf8), to: "networks")
        let memory = try memory()

        place.now = UnixTime(seconds: Sample.now.seconds + 1_000)
        for server in servers.suffix(1) { memory.reached(server, byUDP: false) }

        #expect(servers.filter { memory.isBlocked($0) } == Array(servers.dropFirst()))
    }

    @Test("the same thing is written once in six hours")
    func seldom() throws {
        let memory = try memory()
        memory.reached(Self.peer, at: Self.places[0])
        try loop.write(notes)
        let bytes = try home.bytes(of: "networks")

        place.now = UnixTime(seconds: Sample.now.seconds + 3_600)
        memory.reached(Self.peer, at: Self.places[0])
        #expect(notes.isIdle)
        #expect(try home.bytes(of: "networks") == bytes)

        place.now = UnixTime(seconds: Sample.now.seconds + 7 * 3_600)
        memory.reached(Self.peer, at: Self.places[0])
        try loop.write(notes)
        #expect(try home.bytes(of: "networks") != bytes)
    }

    @Test("a file that cannot be read is left alone, and nothing is remembered")
    func damaged() throws {
        _ = try home.prepared()
        let text = [UInt8]("p2pfwd networks 1\nnetwork=zz seen=never\n".utf8)
        try home.write(text, to: "networks")
        let memory = try memory()

        memory.reached(Self.peer, at: Self.places[0])

        #expect(notes.isIdle)
        #expect(memory.address(of: Self.peer) == nil)
        #expect(try home.bytes(of: "networks") == text)
    }

    @Test("what cannot be written is not remembered either")
    func unwritable() throws {
        let memory = try memory()
        try home.write([UInt8]("nonsense\n".utf8), to: "networks")

        memory.reached(Self.peer, at: Self.places[0])
        try loop.write(notes)

        #expect(memory.address(of: Self.peer) == nil)
        #expect(try home.bytes(of: "networks") == [UInt8]("nonsense\n".utf8))
    }

    @Test("two processes remember for each other")
    func otherProcess() throws {
        let first = try memory()
        let second = try memory()

        first.reached(Self.peer, at: Self.places[0])
        second.reached(Self.otherPeer, at: Self.places[1])
        try loop.write(notes)

        let later = try memory()
        #expect(later.address(of: Self.peer) == Self.places[0])
        #expect(later.address(of: Self.otherPeer) == Self.places[1])
    }

    @Test("without a network nothing is written")
    func nowhere() throws {
        place.network = nil
        let memory = try memory()

        memory.reached(Self.peer, at: Self.places[0])

        #expect(notes.isIdle)
        #expect(memory.address(of: Self.peer) == nil)
        #expect(try home.names().contains("networks") == false)
    }
}
