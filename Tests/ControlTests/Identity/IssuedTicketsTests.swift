import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct IssuedTicketsTests {
    private let temporary = TemporaryHome()
    private let random = SeededRandomSource(seed: 1)
    private let user = Sample.keyPair(2).publicKey
    private let stranger = Sample.keyPair(3).publicKey

    private func issued() throws -> (IssuedTickets, IssuedTickets.Entry) {
        let tickets = try IssuedTickets(file: try temporary.prepared().tickets)
        let entry = try tickets.issue(
            peerName: "laptop", lifetime: .minutes(10), now: Sample.now, random: random)
        return (tickets, entry)
    }

    @Test("a ticket is used once, which is on disk when it is told")
    func consumed() throws {
        let (tickets, entry) = try issued()

        try tickets.consume(entry.id, by: user, now: Sample.now)

        let reread = try IssuedTickets(file: try temporary.home().tickets)
        #expect(reread.entries.map(\.user) == [user])
        #expect(throws: PeerError.ticket(.used)) {
            try reread.consume(entry.id, by: stranger, now: Sample.now)
        }
        #expect(try reread.usable(entry.id, by: stranger, now: Sample.now) == nil)
    }

    @Test("the same peer may come again with its ticket")
    func sameUser() throws {
        let (tickets, entry) = try issued()
        try tickets.consume(entry.id, by: user, now: Sample.now)

        #expect(try tickets.usable(entry.id, by: user, now: Sample.now)?.peerName == "laptop")
        try tickets.consume(entry.id, by: user, now: Sample.now)
    }

    @Test("an expired ticket is unknown, and vanishes with the next change")
    func expired() throws {
        let (tickets, entry) = try issued()
        let later = Sample.now + .minutes(10)

        #expect(try tickets.usable(entry.id, by: user, now: later) == nil)
        #expect(throws: PeerError.ticket(.unknownOffer)) {
            try tickets.consume(entry.id, by: user, now: later)
        }
        _ = try tickets.issue(
            peerName: "other", lifetime: .minutes(1), now: later, random: random)
        #expect(tickets.entries.map(\.peerName) == ["other"])
    }

    @Test("a ticket that another process issues is found")
    func otherProcess() throws {
        let (tickets, _) = try issued()
        let other = try IssuedTickets(file: try temporary.home().tickets)

        let entry = try other.issue(
            peerName: "phone", lifetime: .minutes(1), now: Sample.now, random: random)

        #expect(try tickets.usable(entry.id, by: user, now: Sample.now) == entry)
        try tickets.consume(entry.id, by: user, now: Sample.now)
        #expect(tickets.entries.map(\.peerName) == ["laptop", "phone"])
    }

    @Test("a file cut inside a line is refused")
    func truncated() throws {
        let (_, _) = try issued()
        let bytes = try temporary.bytes(of: "tickets")
        let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }

        for count in bytes.indices where !ends.contains(count) {
            try temporary.write(Array(bytes[..<count]), to: "tickets")
            #expect(throws: FileError.self, "cut to \(count) bytes") {
                try IssuedTickets(file: try temporary.home().tickets)
            }
        }
    }
}
