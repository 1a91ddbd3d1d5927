import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct PeerDirectoryTests {
    private let loop: EventLoop
    private let notes: NoteWriter
    private let temporary = TemporaryHome()
    private let random = SeededRandomSource(seed: 7)
    private let user = Sample.keyPair(2).publicKey
    private let stranger = Sample.keyPair(3).publicKey
    private let address = SocketAddress(.loopbackIPv4, port: 7001)

    init() throws {
        loop = try EventLoop()
        notes = NoteWriter(loop: loop, logger: .silent)
    }

    private struct World {
        let directory: PeerDirectory
        let tickets: IssuedTickets
        let ticket: IssuedTickets.Entry
    }

    private func world() throws -> World {
        let home = try temporary.prepared()
        let tickets = try IssuedTickets(file: home.tickets)
        let ticket = try tickets.issue(
            peerName: "laptop", lifetime: .minutes(10), now: Sample.now, random: random)
        let directory = PeerDirectory(
            peers: try KnownPeers(home), tickets: tickets,
            notes: notes, clock: { Sample.now }, logger: .silent)
        return World(directory: directory, tickets: tickets, ticket: ticket)
    }

    @Test("a ticket introduces one peer, which is known from then on")
    func introduces() throws {
        let world = try world()
        let id = world.ticket.id.bytes
        #expect(world.directory.secret(for: user, ticketID: nil) == nil)
        #expect(world.directory.secret(for: user, ticketID: id) == world.ticket.preSharedKey)

        let peer = try world.directory.accept(user, ticketID: id, from: address)

        #expect(peer?.name == "laptop")
        #expect(world.directory.isWelcome(user))
        #expect(world.directory.secret(for: user, ticketID: nil) == world.ticket.preSharedKey)
        #expect(world.directory.secret(for: stranger, ticketID: id) == nil)
    }

    @Test("a used ticket does not bring back a peer that was removed")
    func removed() throws {
        let world = try world()
        let id = world.ticket.id.bytes
        _ = try world.directory.accept(user, ticketID: id, from: address)

        try world.directory.peers.remove(named: "laptop")

        #expect(world.directory.secret(for: user, ticketID: id) == nil)
        #expect(try world.directory.accept(user, ticketID: id, from: address) == nil)
        #expect(!world.directory.isWelcome(user))
    }

    @Test("the tickets of a peer that is removed are forgotten")
    func forgotten() throws {
        let world = try world()
        _ = try world.directory.accept(user, ticketID: world.ticket.id.bytes, from: address)

        try world.tickets.forget(user: user, now: Sample.now)

        #expect(world.tickets.entries.isEmpty)
    }

    @Test("where a peer answers is noted, the newest place first, and once")
    func contact() throws {
        let world = try world()
        let other = try #require(SocketAddress("198.51.100.1:9"))
        _ = try world.directory.accept(user, ticketID: world.ticket.id.bytes, from: address)

        world.directory.contacted(user, at: address)
        #expect(notes.isIdle)
        world.directory.contacted(user, at: other)
        world.directory.contacted(stranger, at: other)
        try loop.write(notes)

        #expect(world.directory.peers.peer(with: user)?.candidates == [other, address])
        world.directory.contacted(user, at: other)
        #expect(notes.isIdle)
    }
}
