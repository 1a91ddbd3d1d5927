import Forwarding
import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct KnownPeersTests {
    private let temporary = TemporaryHome()

    private func peer(_ name: String, key: UInt64) -> Peer {
        Peer(
            name: name, publicKey: Sample.keyPair(key).publicKey, preSharedKey: Sample.secret(),
            candidates: ["192.0.2.1:7001", "[2001:db8::1]:7001"].compactMap { SocketAddress($0) },
            permissions: ["localhost:80", "10.0.0.0/8:*"], expiry: Sample.now + .minutes(60),
            added: Sample.now, ticketID: .random(from: SeededRandomSource(seed: key)))
    }

    private func known(_ peers: Peer...) throws -> KnownPeers {
        let known = try KnownPeers(try temporary.prepared())
        for peer in peers { try known.add(peer) }
        return known
    }

    private func damage(_ content: String) throws -> (line: Int, reason: String)? {
        let home = try temporary.prepared()
        try temporary.write([UInt8](content.utf8), to: "peers")
        do throws(FileError) {
            _ = try KnownPeers(home)
            return nil
        } catch {
            guard case .damaged(_, let line, let reason) = error else { throw error }
            return (line, reason)
        }
    }

    @Test("peers are read back as they were added")
    func roundTrip() throws {
        let bare = Peer(
            name: "bare", publicKey: Sample.keyPair(2).publicKey, preSharedKey: Sample.secret(),
            added: Sample.now)
        let known = try known(peer("homebox", key: 1), bare)

        let reread = try KnownPeers(try temporary.home())

        #expect(reread.peers == known.peers)
        #expect(reread.peers == [peer("homebox", key: 1), bare])
        #expect(try reread.peer(named: "bare") == bare)
        #expect(reread.peer(with: bare.publicKey) == bare)
        #expect(try temporary.mode(of: "peers") == 0o600)
    }

    @Test("another key under a known name is refused loudly")
    func changedKey() throws {
        let known = try known(peer("homebox", key: 1))

        let error = PeerError.keyChanged(name: "homebox")
        #expect(throws: error) { try known.add(peer("homebox", key: 2)) }
        #expect(error.exitCode == .peerRefused)
        #expect(error.description.contains("CHANGED"))
        #expect(known.peers == [peer("homebox", key: 1)])
    }

    @Test("pairing again renews secret, candidates and ticket, and keeps what was granted")
    func pairedAgain() throws {
        let known = try known(peer("homebox", key: 1))
        var again = peer("homebox", key: 1)
        again.preSharedKey = Sample.secret(9)
        again.candidates = []
        again.permissions = []

        try known.add(again)

        #expect(known.peers.count == 1)
        #expect(known.peers[0].preSharedKey == Sample.secret(9))
        #expect(known.peers[0].candidates.isEmpty)
        #expect(known.peers[0].permissions == ["localhost:80", "10.0.0.0/8:*"])
    }

    @Test("a key has one name")
    func oneName() throws {
        let known = try known(peer("homebox", key: 1))

        #expect(throws: PeerError.knownAs(name: "homebox")) {
            try known.add(peer("other", key: 1))
        }
    }

    @Test("peers are removed and renamed by name")
    func removedAndRenamed() throws {
        let known = try known(peer("homebox", key: 1), peer("laptop", key: 2))

        try known.rename("homebox", to: "server")
        try known.remove(named: "laptop")

        #expect(try KnownPeers(try temporary.home()).peers.map(\.name) == ["server"])
        #expect(throws: PeerError.unknown(name: "servr", nearest: "server")) {
            try known.remove(named: "servr")
        }
        #expect(throws: PeerError.unknown(name: "xyz", nearest: nil)) {
            try known.rename("xyz", to: "abc")
        }
        #expect(throws: PeerError.badName(name: "serve")) {
            try known.rename("server", to: "serve")
        }
    }

    @Test("a rename to a name that is taken is refused")
    func takenName() throws {
        let known = try known(peer("homebox", key: 1), peer("laptop", key: 2))

        #expect(throws: PeerError.nameTaken(name: "laptop")) {
            try known.rename("homebox", to: "laptop")
        }
        try known.rename("homebox", to: "homebox")
    }

    @Test("after the first contact no ticket is presented, and candidates are fresh")
    func contact() throws {
        let known = try known(peer("homebox", key: 1))
        let found = try #require(SocketAddress("198.51.100.1:9"))

        let key = Sample.keyPair(1).publicKey
        let before = known.peers[0].candidates
        #expect(!known.peers[0].isContact(at: found))

        try KnownPeers.noteContact(key, at: found, in: temporary.home())
        try known.reloadIfChanged()
        let stamp = try temporary.home().contacts.stamp()
        try KnownPeers.noteContact(key, at: found, in: temporary.home())

        #expect(try temporary.home().contacts.stamp() == stamp)
        #expect(known.peers[0].isContact(at: found))
        #expect(known.peers[0].ticketID == nil)
        #expect(known.peers[0].candidates == [found] + before)
    }

    @Test("what a node learns by itself leaves the file that the user edits as it is")
    func edited() throws {
        let known = try known(peer("homebox", key: 1))
        let text = String(decoding: try temporary.bytes(of: "peers"), as: UTF8.self)
        let edited = [UInt8]((text + "# the one in the cellar\n").utf8)
        try temporary.write(edited, to: "peers")

        let found = try #require(SocketAddress("198.51.100.1:9"))
        try KnownPeers.noteContact(Sample.keyPair(1).publicKey, at: found, in: temporary.home())
        try known.reloadIfChanged()

        #expect(try temporary.bytes(of: "peers") == edited)
        #expect(known.peers[0].candidates.first == found)
    }

    @Test("a few contacts are kept, the newest first, whatever the user does with the peers")
    func contacts() throws {
        let known = try known(peer("homebox", key: 1), peer("laptop", key: 2))
        let key = Sample.keyPair(1).publicKey
        let places = (1...6).compactMap { SocketAddress("198.51.100.1:\($0)") }
        for place in places { try KnownPeers.noteContact(key, at: place, in: temporary.home()) }

        try known.rename("homebox", to: "server")
        try known.remove(named: "laptop")
        try known.reloadIfChanged()

        let newest = Array(places.reversed().prefix(Contact.addressLimit))
        let candidates = newest + peer("homebox", key: 1).candidates
        #expect(known.peers.map(\.name) == ["server"])
        #expect(known.peers[0].candidates == candidates)
        #expect(try KnownPeers(temporary.home()).peers == known.peers)
    }

    @Test("the contacts of a peer that is removed are forgotten, also when it is paired again")
    func forgotten() throws {
        let known = try known(peer("homebox", key: 1), peer("laptop", key: 2))
        let found = try #require(SocketAddress("198.51.100.1:9"))
        for key in [1, 2] as [UInt64] {
            let key = Sample.keyPair(key).publicKey
            try KnownPeers.noteContact(key, at: found, in: temporary.home())
        }
        try known.reloadIfChanged()

        try known.remove(named: "homebox")
        try known.add(peer("laptop", key: 2))
        try known.add(peer("homebox", key: 1))

        #expect(known.peers == [peer("laptop", key: 2), peer("homebox", key: 1)])
        #expect(try temporary.bytes(of: "contacts") == [UInt8]("p2pfwd contacts 1\n".utf8))
    }

    @Test("the contacts of peers that were taken out by hand vanish with the next")
    func takenOutByHand() throws {
        _ = try known(peer("homebox", key: 1), peer("laptop", key: 2))
        let found = try #require(SocketAddress("198.51.100.1:9"))
        let (gone, kept) = (Sample.keyPair(1).publicKey, Sample.keyPair(2).publicKey)
        try KnownPeers.noteContact(gone, at: found, in: temporary.home())
        let line = peer("laptop", key: 2).line
        try temporary.write([UInt8]("p2pfwd peers 1\n\(line)\n".utf8), to: "peers")

        try KnownPeers.noteContact(kept, at: found, in: temporary.home())

        let contacts = String(decoding: try temporary.bytes(of: "contacts"), as: UTF8.self)
        #expect(!contacts.contains("\(NodeID(gone))"))
        #expect(contacts.contains("\(NodeID(kept))"))
    }

    @Test(
        "a damaged file of contacts is named with its line",
        arguments: [
            "nonsense", "peer=p2p1 addresses=1.2.3.4:5", "addresses=1.2.3.4:5",
            "peer=KEY addresses=1.2.3.4", "peer=KEY", "peer=KEY addresses=1.2.3.4:5 ticket=x",
            "peer=KEY addresses=1.2.3.4:5\npeer=KEY addresses=1.2.3.4:5",
        ])
    func damagedContacts(lines: String) throws {
        let home = try temporary.prepared()
        let text = lines.replacing("KEY", with: "\(NodeID(Sample.keyPair(1).publicKey))")
        try temporary.write([UInt8]("p2pfwd contacts 1\n\(text)\n".utf8), to: "contacts")

        let error = #expect(throws: FileError.self) { try KnownPeers(home) }

        guard case .damaged(let path, let line, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path == home.contacts.path && line == (lines.contains("\n") ? 3 : 2))
    }

    @Test("of a peer that was taken out nothing is noted")
    func contactWithStranger() throws {
        let known = try known(peer("homebox", key: 1))
        let found = try #require(SocketAddress("198.51.100.1:9"))

        try KnownPeers.noteContact(Sample.keyPair(2).publicKey, at: found, in: temporary.home())

        #expect(try temporary.home().contacts.stamp() == nil)
        #expect(known.peers.map(\.name) == ["homebox"])
    }

    @Test("changes of another process are taken over and kept")
    func otherProcess() throws {
        let first = try known(peer("homebox", key: 1))
        let second = try KnownPeers(try temporary.home())

        try second.add(peer("laptop", key: 2))
        try first.add(peer("phone", key: 3))

        #expect(first.peers.map(\.name) == ["homebox", "laptop", "phone"])
        #expect(try second.reloadIfChanged())
        #expect(try !second.reloadIfChanged())
        #expect(second.peers == first.peers)
    }

    @Test("a file that became wrong leaves the peers as they were")
    func brokenReload() throws {
        let known = try known(peer("homebox", key: 1))
        try temporary.write([UInt8]("nonsense\n".utf8), to: "peers")

        #expect(throws: FileError.self) { try known.reloadIfChanged() }
        #expect(known.peers.map(\.name) == ["homebox"])
        #expect(throws: PeerError.self) { try known.remove(named: "homebox") }
        #expect(try temporary.bytes(of: "peers") == [UInt8]("nonsense\n".utf8))
    }

    @Test("a file cut inside a line is refused, and cut between lines has fewer peers")
    func truncated() throws {
        _ = try known(peer("homebox", key: 1), peer("laptop", key: 2))
        let bytes = try temporary.bytes(of: "peers")
        let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
        #expect(ends.count == 3)

        for count in bytes.indices {
            try temporary.write(Array(bytes[..<count]), to: "peers")
            if let line = ends.firstIndex(of: count) {
                #expect(try KnownPeers(try temporary.home()).peers.count == line)
            } else {
                #expect(throws: FileError.self, "cut to \(count) bytes") {
                    try KnownPeers(try temporary.home())
                }
            }
        }
    }

    @Test("comments and empty lines are skipped, and kept when the peers change")
    func comments() throws {
        let known = try known(peer("homebox", key: 1), peer("laptop", key: 2))
        let lines = [peer("homebox", key: 1).line, peer("laptop", key: 2).line]
        func text(_ first: String) -> [UInt8] {
            let comments = "# in the cellar\n\(first)\n\n# mine\n\(lines[1])\n# the end\n"
            return [UInt8](("p2pfwd peers 1\n" + comments).utf8)
        }
        try temporary.write(text(lines[0]), to: "peers")

        try known.rename("homebox", to: "server")

        let renamed = lines[0].replacing("name=homebox", with: "name=server")
        #expect(try temporary.bytes(of: "peers") == text(renamed))
    }

    @Test("mistakes are named with their line")
    func mistakes() throws {
        let line = peer("homebox", key: 1).line
        let header = "p2pfwd peers 1\n"

        #expect(try damage("")?.reason == "the file is empty")
        #expect(try damage("p2pfwd peers 2\n")?.line == 1)
        #expect(try damage("\u{feff}" + header)?.line == 1)
        #expect(try damage(header + line + "\r\n")?.reason.contains("UNIX line ends") == true)
        #expect(try damage(header + "\0\n")?.reason == "a control character in column 1")
        #expect(try damage(header + line + " colour=red\n")?.reason == "unknown field 'colour'")
        #expect(try damage(header + line + " name=x\n")?.reason == "field 'name' stands twice")
        #expect(try damage(header + line + "\n" + line + "\n")?.line == 3)
        #expect(try damage(header + "\nname=a\n")?.line == 3)
        #expect(try damage(header + line + " word\n")?.reason.hasPrefix("'word' is not") == true)
        let badKey = line.replacing("key=p2p1", with: "key=p2p1a")
        #expect(try damage(header + badKey + "\n")?.reason == "the value of 'key' is not valid")
        let badPermit = line.replacing("localhost:80", with: "localhost")
        #expect(try damage(header + badPermit + "\n")?.reason.contains("'permit'") == true)
        let badCandidate = line.replacing("192.0.2.1:7001", with: "192.0.2.1")
        #expect(try damage(header + badCandidate + "\n")?.line == 2)
    }

    @Test("bytes that are no UTF-8 are refused with their line")
    func notUTF8() throws {
        let home = try temporary.prepared()
        try temporary.write([UInt8]("p2pfwd peers 1\n".utf8) + [0xff, 0x0a], to: "peers")

        #expect(
            throws: FileError.damaged(path: home.peers.path, line: 2, reason: "not valid UTF-8")
        ) { try KnownPeers(home) }
    }

    @Test(
        "names must not look like something else",
        arguments: [
            ("homebox", true), ("a", true), ("A.b-c_9", true), ("", false), ("-x", false),
            (".x", false), ("a b", false), ("a/b", false), ("ü", false), ("serve", false),
            ("Peers", false), ("p2pf1abc", false), ("P2PF1abc", false), ("a\n", false),
            (String(repeating: "a", count: 64), true), (String(repeating: "a", count: 65), false),
        ])
    func names(name: String, expected: Bool) {
        #expect(Peer.isValid(name: name) == expected)
        #expect(!Peer.isValid(name: "\(NodeID(Sample.keyPair(1).publicKey))"))
    }

    @Test("a peer describes itself without its secret")
    func description() {
        let peer = peer("homebox", key: 1)
        let secret = TextCoding.base64URL.encode(Sample.secret().exposed)
        var dumped = ""
        dump(peer, to: &dumped)

        #expect(!"\(peer)".contains(secret))
        #expect(!dumped.contains(secret))
    }

    @Test("what is permitted to a peer comes on top of what is permitted to all")
    func permissions() throws {
        var peer = peer("homebox", key: 1)
        let common = try AccessPolicy(parsing: ["printer:631"])

        #expect(
            peer.policy(besides: common).description
                == "printer:631, localhost:80, 10.0.0.0/8:*")
        peer.permissions = ["nonsense"]
        #expect(peer.policy(besides: common) == common)
        #expect(peer.policy(besides: .nothing).description == "none")
    }

    @Test("an expired peer is a stranger")
    func expiry() {
        let peer = peer("homebox", key: 1)

        #expect(!peer.isExpired(at: Sample.now))
        #expect(peer.isExpired(at: Sample.now + .minutes(60)))
    }
}
