import Testing

@testable import Control

@Suite struct ConfigurationFileTests {
    private static var surroundings: Surroundings {
        Surroundings(variable: { ["HOME": "/users/ann"][$0] }, service: { _ in nil })
    }

    private func file(_ text: String) throws(CommandError) -> ConfigurationFile {
        try ConfigurationFile(
            parsing: [UInt8](text.utf8), path: "/c/p2pfwd.yaml", surroundings: Self.surroundings)
    }

    private func error(_ text: String) -> String {
        do throws(CommandError) {
            _ = try file(text)
            return ""
        } catch {
            #expect(error.exitCode == .usage)
            return error.description
        }
    }

    @Test("values are kept in their usual spelling, with their places")
    func values() throws {
        let file = try file(
            """
            listen: "[::]:7001"
            hold: 900s
            permit: [localhost:80, '*.lan:22']
            permit-relay: Yes
            audit: ~/audit.log
            tls-ca: ca.pem
            rendezvous: rv.example:7070
            peers:
              homebox:
                autostart: true
                forwards: ["-L 8080:localhost:80", -D1080]
              attic: {via: [homebox]}
            """)

        #expect(file.top.value("hold")?.texts == ["15m"])
        #expect(file.top.value("permit")?.texts == ["localhost:80", "*.lan:22"])
        #expect(file.top.value("permit-relay")?.texts == ["true"])
        #expect(file.top.value("audit")?.texts == ["/users/ann/audit.log"])
        #expect(file.top.value("tls-ca")?.texts == ["/c/ca.pem"])
        #expect(file.top.value("rendezvous")?.texts == ["rv.example:7070"])
        #expect(file.peers.map(\.name) == ["homebox", "attic"])
        let homebox = try #require(file.peer("homebox"))
        #expect(homebox.autostarts)
        #expect(homebox.forwards.map(\.text) == ["8080:localhost:80", "1080"])
        #expect(homebox.forwards[0].place == TextPlace(line: 11, column: 16))
        #expect(file.warnings.isEmpty)
    }

    @Test("an empty file says nothing")
    func empty() throws {
        #expect(try file("# nothing\n").top.values.isEmpty)
    }

    @Test(
        "every mistake is told with its place and what to try",
        arguments: [
            ("listn: 7001", ":1:1: listn: unknown key\nhint: did you mean 'listen'?"),
            ("forwards: []", "hint: it stands below the name of a peer"),
            ("peers: {a: {listen: 1}}", ":1:13: peers.a.listen: unknown key"),
            ("peers: {a: {permit: []}}", "hint: it stands at the top"),
            ("- a", ":1:1: YAML: a list stands where keys with values belong"),
            ("listen:\n", ":1:8: listen: it has no value"), ("listen: ~", "it has no value"),
            ("listen: [7001]", "a list stands where one value belongs"),
            ("permit: {a: b}", "keys with values stands where a list belongs"),
            ("permit: [[a]]", "a list stands where one value belongs"),
            ("listen: \"7001x\"", "'7001x' is not an address and port"),
            ("probe-budget: \"5\"", "'5' is not a number from 0 to 65535"),
            ("probe-budget: 1e9", "'1e9' is not a number"), ("probe-budget: -1", "not a number"),
            ("probe-budget: 08", "'08' is not a number"), ("probe-budget: 0x10", "not a number"),
            ("probe-budget: 65536", "not a number"), ("probe-budget: 1_0", "not a number"),
            ("probe-budget: 99999999999999999999", "not a number"),
            ("offload: 1", "'1' is neither true nor false"), ("offload: \"true\"", "neither"),
            ("hold: 15", "'15' is not a length of time from 1s to 1d"),
            ("hold: 2d", "not a length"),
            ("path: sideways", "hint: write one of: auto, direct, relay"),
            ("rate: 12", "no number of bytes a second"), ("name: -x", "cannot be a name"),
            ("permit: [a]", "the port is missing"), ("permit: ['a:1,b:2']", "holds a comma"),
            ("permit: ['192.168.0.0/33:80']", "is not a block of addresses"),
            ("permit: [none, 'a:1']", ":1:9: permit: "),
            ("permit: [*:80]", "hint: text with one of [ ] { } * "), ("permit: [*a]", "aliases"),
            ("permit-listen: [x]", "no place to listen at"), ("proxy: ftp://x", "proxy: "),
            ("rendezvous: [x]", ":1:14: rendezvous: "), ("bind-address: x", "not an address"),
            ("ask: true\nask-command: x", ":2:1: ask-command: a person"),
            ("log-level: loud", "write one of: error, warning, info, debug, trace"),
            ("peers: [a]", "a list stands where the names of peers belong"),
            ("peers:\n", "nothing stands where the names of peers belong"),
            ("peers: {serve: {}}", "cannot be a name"), ("peers: {a: 1}", "one value"),
            ("peers: {a: {forwards: [8080]}}", "begins with none of -L, -R and -D"),
            ("peers: {a: {forwards: [-W a:1]}}", "begins with none of"),
            ("peers: {a: {forwards: [-L 8080]}}", "peers.a.forwards: Bad local forwarding"),
            ("peers: {a: {forwards: [\"-L ${X}:b:1\"]}}", "peers.a.forwards: "),
            ("peers: {a: {via: [b, a]}}", "a peer stands twice on the way"),
            ("peers: {a: {via: [b, c, d, e, f]}}", "more than 4 peers on the way"),
            ("peers: {a: {autostart: true, path: relay}}", "peers.a.path: it does not go with"),
            ("peers: {a: {autostart: true}}", "there are no forwards to start"),
            ("peers: {a: {stream-local-bind-mask: 8}}", "not an octal number"),
        ])
    func mistakes(text: String, expected: String) {
        let error = error(text)

        #expect(error.contains(expected), "\(error)")
        #expect(error.hasPrefix("p2pfwd: /c/p2pfwd.yaml:"))
    }

    @Test("a block with host bits is taken with a warning")
    func hostBits() throws {
        let file = try file("hold: 1m\npermit: ['10.0.0.1/8:80']")

        #expect(file.warnings.count == 1)
        #expect(file.warnings[0].hasPrefix("/c/p2pfwd.yaml:2:1: permit: "), "\(file.warnings)")
    }

    @Test("peers and values of a list are bounded")
    func bounds() {
        let peers = (0...ConfigurationFile.peerLimit).map { "  p\($0): {}\n" }.joined()
        #expect(error("peers:\n" + peers).contains("more than 1024 peers"))
        let permits = (0...1_024).map { "h\($0):1" }.joined(separator: ", ")
        #expect(error("permit: [\(permits)]").contains("more than 1024 values"))
    }

    @Test("what is no regular file of the user is refused at once")
    func foreignFiles() throws {
        let home = TemporaryHome()
        _ = try home.prepared()
        let path = "\(home.path)/p2pfwd.yaml"
        var surroundings = Self.surroundings
        surroundings.readConfiguration = { (path) throws(FileError) in
            try DurableFile(path: path).read(for: .readers)
        }
        func error() -> String {
            do throws(CommandError) {
                _ = try ConfigurationFile.load(path, surroundings: surroundings)
                return ""
            } catch {
                return "\(error.exitCode): \(error)"
            }
        }

        #expect(error() == "")
        try home.write([0x61], to: "p2pfwd.yaml", mode: 0o664)
        #expect(error().hasPrefix("refused: "), "\(error())")
        try home.write([UInt8](repeating: 0x0a, count: 1 << 20 + 1), to: "p2pfwd.yaml")
        #expect(error().contains("larger than 1048576 bytes"), "\(error())")
        try home.replaceWithFolder("p2pfwd.yaml")
        #expect(error().hasPrefix("usage: ") && error().contains("not a regular file"))
        try home.replaceWithPipe("p2pfwd.yaml")
        #expect(error().hasPrefix("usage: ") && error().contains("not a regular file"))
    }
}
