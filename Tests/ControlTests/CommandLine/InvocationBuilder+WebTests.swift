import Forwarding
import SRMUDP
import Testing

@testable import Control

@Suite("InvocationBuilder: the web server")
struct InvocationBuilderWebTests {
    private static func options(_ words: String...) throws -> WebOptions? {
        let surroundings = Surroundings(variable: { _ in nil }, service: { _ in nil })
        let builder = InvocationBuilder(surroundings: surroundings)
        let invocation = try builder.invocation(for: ["--home", "/nowhere", "serve"] + words)
        guard case .serve(let options) = invocation.command else { return nil }
        return options.web
    }

    @Test("without --web there is none, and a port alone is one of loopback")
    func addresses() throws {
        #expect(try Self.options() == nil)
        #expect(try Self.options("--web", "17017")?.listen.description == "127.0.0.1:17017")
        #expect(try Self.options("--web=[::1]:0")?.listen.description == "[::1]:0")
    }

    @Test("all that can be said of it")
    func all() throws {
        var expected = WebOptions(listen: SocketAddress(.anyIPv4, port: 1))
        expected.certificateFile = "c"
        expected.keyFile = "k"
        expected.clientAuthorityFile = "a"
        expected.hosts = ["node.example", "2001:db8::1"]
        expected.origins = ["https://app.example", "http://b:3000"]
        expected.isPlain = true
        expected.tokenCallers = .loopback
        expected.hasOpenMetrics = true
        expected.linkPort = 0
        expected.clientLimit = 10
        expected.compression = CompressionSettings(level: 9, threshold: 0)

        let options = try Self.options(
            "--web", "0.0.0.0:1", "--web-tls-cert", "c", "--web-tls-key", "k", "--web-client-ca",
            "a", "--web-host", "Node.example", "--web-host", "2001:db8::1", "--web-origin",
            "https://App.example", "--web-origin", "http://b:3000", "--web-plain",
            "--web-token-callers", "loopback", "--web-open-metrics", "--web-udp", "0",
            "--web-clients", "10", "--web-compression", "9", "--web-compression-threshold", "0")

        #expect(options == expected)
    }

    @Test("messages are compressed only for who says so")
    func compression() throws {
        let threshold = ["--web-compression-threshold", "100"]

        #expect(try Self.options("--web", "1")?.compression == nil)
        #expect(try Self.options("--web", "1", "--web-compression", "off")?.compression == nil)
        #expect(try Self.options("--web", "1", threshold[0], threshold[1])?.compression == nil)
        #expect(
            try Self.options("--web", "1", "--web-compression", "1")?.compression
                == CompressionSettings(level: 1, threshold: 1024))
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            ["--web", "x"], ["--web", ":80"], ["--web", "localhost:80"], ["--web", "70000"],
            ["--web-plain"], ["--web-host", "a"], ["--web-udp", "1"],
            ["--web", "1", "--web-tls-cert", "c"], ["--web", "1", "--web-tls-key", "k"],
            ["--web", "1", "--web-client-ca", "a"], ["--web", "1", "--web-host", "a:80"],
            ["--web", "1", "--web-host", ""], ["--web", "1", "--web-origin", "a"],
            ["--web", "1", "--web-origin", "https://a/"], ["--web", "1", "--web-origin", "null"],
            ["--web", "1", "--web-origin", "https://*"], ["--web", "1", "--web-origin", "ftp://a"],
            ["--web", "1", "--web-token-callers", "all"], ["--web", "1", "--web-udp", "65536"],
            ["--web", "1", "--web-clients", "0"], ["--web-compression", "6"],
            ["--web", "1", "--web-compression", "0"], ["--web", "1", "--web-compression", "10"],
            ["--web", "1", "--web-compression", "on"],
            ["--web", "1", "--web-compression-threshold", "-1"],
        ])
    func nonsense(words: [String]) throws {
        let surroundings = Surroundings(variable: { _ in nil }, service: { _ in nil })
        let builder = InvocationBuilder(surroundings: surroundings)

        let error = #expect(throws: CommandError.self) {
            try builder.invocation(for: ["--home", "/nowhere", "serve"] + words)
        }

        #expect(error?.exitCode == .usage)
    }
}
