import Testing

@testable import Control

@Suite("ConfigurationFile: the web server")
struct ConfigurationFileWebTests {
    private static var surroundings: Surroundings {
        Surroundings(variable: { $0 == "HOME" ? "/home/u" : nil }, service: { _ in nil })
    }

    private static func file(_ text: String) throws(CommandError) -> ConfigurationFile {
        try ConfigurationFile(
            parsing: [UInt8](text.utf8), path: "/etc/f", surroundings: surroundings)
    }

    private static let whole = """
        listen: 7001
        web:
          listen: "[::1]:17017"
          tls-cert: c.pem
          tls-key: ~/k.pem
          client-ca: /ca.pem
          hosts: [Node.example, "2001:db8::1"]
          origins: https://App.example:8443
          plain: false
          token-callers: loopback
          open-metrics: true
          udp: 0
          clients: 100
        """

    @Test("the keys stand below web:, apart from those of the same name")
    func keys() throws {
        let file = try Self.file(Self.whole)
        let value = { (name: String) in file.top.value(name)?.texts }

        #expect(value("listen") == ["7001"])
        #expect(value("web.listen") == ["[::1]:17017"])
        #expect(value("web.tls-cert") == ["/etc/c.pem"])
        #expect(value("web.tls-key") == ["/home/u/k.pem"])
        #expect(value("web.hosts") == ["node.example", "2001:db8::1"])
        #expect(value("web.origins") == ["https://app.example:8443"])
        #expect(value("web.udp") == ["0"])
    }

    @Test("'serve' takes them up like options, and without listen there is no server")
    func takenUp() throws {
        let builder = InvocationBuilder(surroundings: Self.surroundings)
        let options = { (text: String, words: [String]) throws -> WebOptions? in
            var parser = ArgumentParser(model: builder.model, arguments: ["serve"] + words)
            var parsed = try parser.parse()
            try Self.file(text).takeUp(into: &parsed)
            return try builder.web(parsed)
        }

        let web = try #require(try options(Self.whole, ["--web-udp", "5"]))
        #expect(web.listen.description == "[::1]:17017")
        #expect(web.keyFile == "/home/u/k.pem")
        #expect(web.tokenCallers == .loopback && web.hasOpenMetrics && !web.isPlain)
        #expect(web.linkPort == 5 && web.clientLimit == 100)
        #expect(try options("web: {udp: 5}", []) == nil)
        #expect(try options("web: {udp: 5}", ["--web", "1"])?.linkPort == 5)
    }

    @Test(
        "mistakes are told with their place",
        arguments: [
            ("web:", "/etc/f:1:5: web", "nothing stands where keys with values belong"),
            ("web: 1", "/etc/f:1:6: web", "one value stands where keys with values belong"),
            ("web: {lisen: 1}", "/etc/f:1:7: web.lisen", "unknown key"),
            ("web.listen: 1", "/etc/f:1:1: web.listen", "unknown key"),
            ("web: {listen: x}", "/etc/f:1:15: web.listen", "'x' is not an address and port"),
            (
                "web: {hosts: ['a:1']}", "/etc/f:1:15: web.hosts",
                "'a:1' is no name of a server"
            ),
            ("web: {origins: a}", "/etc/f:1:16: web.origins", "'a' is no site"),
            (
                "web: {tls-key: k}", "/etc/f:1:7: web.tls-key",
                "a certificate and its key belong together"
            ),
            (
                "web: {client-ca: k}", "/etc/f:1:7: web.client-ca",
                "certificates of clients need TLS"
            ),
        ])
    func mistakes(text: String, what: String, why: String) throws {
        let error = #expect(throws: CommandError.self) { try Self.file(text) }

        #expect(error?.what == what)
        #expect(error?.why == why)
        #expect(error?.exitCode == .usage)
    }

    @Test("what is shown means the same")
    func shown() throws {
        for text in [Self.whole, "hold: 1h", "web: {plain: true}"] {
            let file = try Self.file(text)
            let again = try Self.file(file.shown(for: nil))
            #expect(again.values(for: nil) == file.values(for: nil), "\(file.shown(for: nil))")
        }
    }
}
