import SRMUDP
import Testing

@testable import Control

@Suite struct KnownServersTests {
    private let home = TemporaryHome()
    private static let key = Sample.keyPair(1).publicKey
    private static let otherKey = Sample.keyPair(2).publicKey

    private func servers() throws -> KnownServers {
        try KnownServers(file: try home.prepared().servers)
    }

    private func address(_ text: String = "rv.example:7070") throws -> ServerAddress {
        try ServerAddress(text)
    }

    @Test("a key is learned at first contact and known from then on")
    func firstContact() throws {
        let servers = try servers()
        #expect(try servers.key(of: address()) == nil)

        try servers.learned(Self.key, of: address())
        try servers.learned(Self.key, of: address())

        #expect(try self.servers().key(of: address()) == Self.key)
        #expect(try self.servers().used.isEmpty)
        #expect(try home.mode(of: "servers") == 0o600)
    }

    @Test("a changed key is refused loudly, with the line that says otherwise")
    func changedKey() throws {
        let text =
            "p2pfwd servers 1\n# ours\n\nplace=rv.example:7070 id=\(NodeID(Self.key)) use=yes\n"
        _ = try servers()
        try home.write([UInt8](text.utf8), to: "servers")
        let servers = try servers()
        let expected = KnownServersError.keyChanged(
            place: "rv.example:7070", path: "\(home.path)/servers", line: 4)

        #expect(throws: expected) { try servers.learned(Self.otherKey, of: address()) }
        #expect(throws: expected) {
            try servers.key(of: address().pinned(to: Self.otherKey))
        }

        let error = CommandError("rendezvous", expected)
        #expect(error.exitCode == .peerRefused)
        #expect(error.why.contains("servers:4"))
        #expect(error.hint?.contains("line 4") == true)
        #expect(try home.bytes(of: "servers") == [UInt8](text.utf8))
    }

    @Test("a server that shows another key than its address pins is refused")
    func wrongKey() throws {
        let pinned = try address().pinned(to: Self.key)
        let servers = try servers()

        #expect(try servers.key(of: pinned) == Self.key)
        #expect(throws: KnownServersError.wrongKey(place: "rv.example:7070")) {
            try servers.learned(Self.otherKey, of: pinned)
        }
        #expect(try servers.key(of: address()) == nil)
    }

    @Test("servers that are used are listed with their keys, until they are forgotten")
    func used() throws {
        let servers = try servers()
        try servers.use(address())
        try servers.use(address("wss://rv.example"))
        try servers.learned(Self.key, of: address())
        try servers.learned(Self.key, of: address("other.example:1"))

        #expect(
            try self.servers().used == [
                address().pinned(to: Self.key), address("wss://rv.example"),
            ])

        try servers.forget(address())
        #expect(try self.servers().used == [address("wss://rv.example")])
        #expect(throws: KnownServersError.unknown(place: "rv.example:7070")) {
            try servers.forget(address())
        }
    }

    @Test("what is known already is not written again, so that comments stay")
    func comments() throws {
        let pinned = try address().pinned(to: Self.key)
        let text =
            "p2pfwd servers 1\n# ours\nplace=rv.example:7070 id=\(NodeID(Self.key)) use=yes\n"
        _ = try servers()
        try home.write([UInt8](text.utf8), to: "servers")
        let servers = try servers()

        try servers.use(address())
        try servers.use(pinned)
        try servers.learned(Self.key, of: address())

        #expect(try home.bytes(of: "servers") == [UInt8](text.utf8))
        #expect(throws: KnownServersError.self) {
            try servers.use(address().pinned(to: Self.otherKey))
        }
    }

    @Test("the file is bounded; servers in use stay")
    func bound() throws {
        let servers = try servers()
        try servers.use(address())
        for number in 1...300 { try servers.learned(Self.key, of: address("h\(number):1")) }

        #expect(try servers.used == [address()])
        #expect(try servers.key(of: address("h1:1")) == nil)
        #expect(try servers.key(of: address("h300:1")) == Self.key)
        let lines = try home.bytes(of: "servers").filter { $0 == UInt8(ascii: "\n") }
        #expect(lines.count == 1 + KnownServers.limit)
    }

    static let damages = [
        "", "p2pfwd servers 2\n", "p2pfwd servers 1\nplace=rv.example:7070",
        "p2pfwd servers 1\nuse=yes\n", "p2pfwd servers 1\nplace=rv.example use=yes\n",
        "p2pfwd servers 1\nplace=a:1 use=maybe\n", "p2pfwd servers 1\nplace=a:1 id=p2p1x\n",
        "p2pfwd servers 1\nplace=a:1\nplace=a:1 use=no\n", "p2pfwd servers 1\nplace=a:1 x=y\n",
        "p2pfwd servers 1\nplace=a:1#p2p1x\n",
    ]

    @Test("a damaged file is refused and left alone", arguments: damages)
    func damage(text: String) throws {
        _ = try servers()
        try home.write([UInt8](text.utf8), to: "servers")

        #expect(throws: FileError.self) { try servers() }
        #expect(try home.bytes(of: "servers") == [UInt8](text.utf8))
    }
}
