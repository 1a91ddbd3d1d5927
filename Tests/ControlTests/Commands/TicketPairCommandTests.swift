import SRMUDP
import TestSupport
import Testing

@testable import Control

/// A node with its own home; what its commands print is kept.
private final class TestNode {
    let temporary = TemporaryHome()
    let label: String
    var input = ""
    var output: [String] = []
    var reports: [String] = []
    var now = Sample.now
    var candidates: [SocketAddress]
    private let random: SeededRandomSource

    init(_ label: String, seed: UInt64, _ candidate: String) {
        self.label = label
        random = SeededRandomSource(seed: seed)
        candidates = [candidate].compactMap { SocketAddress($0) }
    }

    func context() throws -> CommandContext {
        let candidates = candidates
        return CommandContext(
            home: try temporary.home(), random: random, now: now, label: label,
            candidates: { candidates }, readInput: { self.input },
            output: { self.output.append($0) }, report: { self.reports.append($0) })
    }

    func id() throws -> String {
        _ = try IDCommand(json: false).run(in: try context())
        return output.removeLast()
    }

    func ticket(_ name: String, minutes: Int64 = 10, json: Bool = false) throws -> String {
        let options = TicketOptions(
            peerName: name, lifetime: .minutes(minutes), addresses: [], json: json)
        _ = try TicketCommand(options: options).run(in: try context())
        return output.removeLast()
    }

    func pair(
        _ name: String?, _ source: PairOptions.Source, json: Bool = false
    ) throws -> String? {
        let options = PairOptions(name: name, source: source, addresses: [], json: json)
        _ = try TicketPairCommand(options: options).run(in: try context())
        return output.popLast()
    }

    func peers(_ action: Invocation.PeersAction) throws -> [String] {
        _ = try PeersCommand(action: action).run(in: try context())
        defer { output = [] }
        return output
    }

    func known() throws -> [Peer] { try KnownPeers(try temporary.home()).peers }
}

/// The commands that need no network, played by two nodes.
@Suite struct TicketPairCommandTests {
    private let home = TestNode("homebox", seed: 1, "192.0.2.1:7001")
    private let laptop = TestNode("laptop", seed: 2, "198.51.100.1:7002")

    private func error(_ body: () throws -> some Any) -> CommandError? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? CommandError
        }
    }

    @Test("the ID is the same each time, as text and as JSON")
    func id() throws {
        let id = try home.id()

        _ = try IDCommand(json: true).run(in: try home.context())

        #expect(try home.id() == id)
        #expect(home.output == ["{\"id\":\"\(id)\"}"])
        #expect(NodeID(id) != nil)
    }

    @Test("a ticket pairs two nodes, from argument, input or file")
    func pairing() throws {
        let ticket = try home.ticket("laptop")
        laptop.input = "> \(ticket.prefix(40))\n> \(ticket.dropFirst(40))\n"

        let answer = try laptop.pair("homebox", .standardInput)

        let peer = try #require(try laptop.known().first)
        #expect(peer.name == "homebox")
        #expect("\(NodeID(peer.publicKey))" == (try home.id()))
        #expect(peer.candidates == home.candidates)
        #expect(peer.ticketID == (try Ticket(parsing: ticket).id))
        #expect(answer?.hasPrefix("p2pf1") == true)
        #expect(laptop.reports.first?.hasPrefix("saved 'homebox'") == true)

        try laptop.temporary.write([UInt8](ticket.utf8), to: "t", mode: 0o644)
        _ = try laptop.pair(nil, .file(laptop.temporary.path + "/t"))
        _ = try laptop.pair("homebox", .argument(ticket))
        #expect(try laptop.known().count == 1)
    }

    @Test("an answer completes the pairing on the issuing side, for one peer")
    func answer() throws {
        let ticket = try home.ticket("laptop")
        let answer = try #require(try laptop.pair("homebox", .argument(ticket)))
        let other = TestNode("other", seed: 3, "203.0.113.1:1")
        let second = try #require(try other.pair("homebox", .argument(ticket)))

        #expect(try home.pair(nil, .argument(answer)) == nil)

        let peer = try #require(try home.known().first)
        #expect(peer.name == "laptop")
        #expect("\(NodeID(peer.publicKey))" == (try laptop.id()))
        #expect(peer.candidates == laptop.candidates)
        #expect(peer.preSharedKey == (try laptop.known().first?.preSharedKey))
        let refused = error { try home.pair(nil, .argument(second)) }
        #expect(refused?.exitCode == .peerRefused)
        #expect(try home.known().count == 1)
    }

    @Test("tickets that cannot be used are refused with code 3 and their own texts")
    func refusedTickets() throws {
        let ticket = try home.ticket("laptop", minutes: 1)
        let typo = String(ticket.dropLast()) + (ticket.last == "A" ? "B" : "A")

        let own = error { try home.pair("x", .argument(ticket)) }
        let wrong = error { try laptop.pair("x", .argument(typo)) }
        let text = error { try laptop.pair("x", .argument("hello")) }
        laptop.now = Sample.now + .minutes(2)
        let late = error { try laptop.pair("x", .argument(ticket)) }

        #expect(own?.why == "this is your own ticket; use it on the other machine")
        #expect(wrong?.why.contains("typo") == true)
        #expect(text?.why.contains("not a ticket") == true)
        #expect(late?.why.contains("expired at") == true)
        for error in [own, wrong, text, late] { #expect(error?.exitCode == .peerRefused) }
        #expect(try laptop.known().isEmpty)
    }

    @Test("an answer to a foreign ticket is refused")
    func foreignAnswer() throws {
        let answer = try #require(try laptop.pair("homebox", .argument(try home.ticket("laptop"))))
        let other = TestNode("other", seed: 3, "203.0.113.1:1")

        let refused = error { try other.pair("x", .argument(answer)) }

        #expect(refused?.exitCode == .peerRefused)
        #expect(refused?.why == "\(TicketError.unknownOffer)")
    }

    @Test("another machine under a known name is refused")
    func changedKey() throws {
        _ = try laptop.pair("homebox", .argument(try home.ticket("laptop")))
        let impostor = TestNode("homebox", seed: 9, "203.0.113.1:1")

        let refused = error {
            try laptop.pair("homebox", .argument(try impostor.ticket("laptop")))
        }

        #expect(refused?.exitCode == .peerRefused)
        #expect(refused?.why.contains("CHANGED") == true)
    }

    @Test("a node without address issues no ticket, and a taken name gets none")
    func noTicket() throws {
        let ticket = try home.ticket("laptop")
        _ = try laptop.pair("homebox", .argument(ticket))
        let taken = error { try laptop.ticket("homebox") }
        home.candidates = []
        let nowhere = error { try home.ticket("phone") }

        #expect(taken?.exitCode == .failure)
        #expect(nowhere?.hint?.contains("--address") == true)
        #expect(nowhere?.exitCode == .failure)
    }

    @Test("a file that is not there is a local error")
    func missingFile() {
        let missing = error { try laptop.pair("x", .file("/nowhere/ticket")) }

        #expect(missing?.exitCode == .localError)
        #expect(missing?.why.contains("No such file") == true)
    }

    @Test("peers are listed, renamed and removed")
    func peers() throws {
        #expect(try laptop.peers(.list(json: true)) == ["[]"])
        #expect(try laptop.peers(.list(json: false)).isEmpty)
        _ = try laptop.pair("homebox", .argument(try home.ticket("laptop")))
        let id = try home.id()

        #expect(try laptop.peers(.list(json: false)) == ["homebox  \(id)  192.0.2.1:7001"])
        #expect(
            try laptop.peers(.list(json: true)) == [
                "[{\"name\":\"homebox\",\"id\":\"\(id)\",\"candidates\":[\"192.0.2.1:7001\"],"
                    + "\"rendezvous\":[],\"permit\":[],\"listen\":[],"
                    + "\"gateway\":null,\"relay\":null,\"flows\":null,\"rate\":null,"
                    + "\"ask\":null,\"added\":\"2027-01-15T08:00:00Z\",\"expires\":null}]"
            ])
        _ = try laptop.peers(.rename("homebox", to: "server"))
        #expect(try laptop.known().map(\.name) == ["server"])
        #expect(error { try laptop.peers(.remove("homebox")) }?.exitCode == .peerRefused)
        _ = try laptop.peers(.remove("server"))
        #expect(try laptop.known().isEmpty)
    }

    @Test("no output, report or file that others may read holds a secret")
    func secrets() throws {
        let ticket = try home.ticket("laptop")
        let json = try laptop.pair("homebox", .argument(ticket), json: true)
        let secret = try #require(try laptop.known().first?.preSharedKey.exposed)
        let forms = [TextCoding.base64URL.encode(secret), TextCoding.base32.encode(secret)]

        let texts =
            laptop.reports + home.reports + [json ?? ""]
            + (try laptop.peers(.list(json: true)))
        for text in texts { for form in forms { #expect(!text.contains(form)) } }
        for name in try laptop.temporary.names() {
            #expect(try laptop.temporary.mode(of: name) == 0o600, "\(name)")
        }
    }

    @Test("completion lists peers and never complains")
    func completion() throws {
        _ = try laptop.pair("homebox", .argument(try home.ticket("laptop")))
        laptop.output = []

        let surroundings = Surroundings(variable: { _ in nil }, service: { _ in nil })
        let command = CompleteCommand(word: "peers", surroundings: surroundings)
        #expect(command.run(in: try laptop.context()) == .success)
        #expect(laptop.output == ["homebox"])
        try laptop.temporary.write([0], to: "peers")
        #expect(command.run(in: try laptop.context()) == .success)
        #expect(laptop.output == ["homebox"])
        #expect(laptop.reports.count == 2)
    }
}
