import Testing

@testable import SRMUDP

@Suite("Resolver")
struct ResolverTests {
    private static func resolve(_ names: [String]) throws -> [Resolver.Result?] {
        let loop = try EventLoop()
        let resolver = Resolver(loop: loop)
        var results = [Resolver.Result?](repeating: nil, count: names.count)
        for (index, name) in names.enumerated() {
            resolver.resolve(name) { results[index] = $0 }
        }
        #expect(results.allSatisfy { $0 == nil })
        while results.contains(where: { $0 == nil }) { try loop.runTurn() }
        return results
    }

    @Test("addresses and localhost are answered without asking")
    func literals() throws {
        let results = try Self.resolve(["127.0.0.2", "::1", "LOCALHOST", "a.localhost."])

        #expect(results[0] == .addresses([try #require(IPAddress("127.0.0.2"))]))
        #expect(results[1] == .addresses([.loopbackIPv6]))
        #expect(results[2] == .addresses([.loopbackIPv6, .loopbackIPv4]))
        #expect(results[3] == .addresses([.loopbackIPv6, .loopbackIPv4]))
        #expect(Resolver.literal("localhost.example") == nil)
        #expect(Resolver.literal(".") == nil)
    }

    @Test("what is no host name fails without asking")
    func malformed() throws {
        let names = [
            "", "127.1", "0x7f.1", "2130706433", "a b", "-x", ".x", "a..", "[::1]", "ex\u{e4}mple",
            String(repeating: "a", count: 254), "1.2.3.4.", "host.0x10",
        ]
        let results = try Self.resolve(names.filter { $0 != "a.." })

        #expect(results.allSatisfy { $0 == .failure("not a host name") })
    }

    @Test("an unknown name fails with the system's words")
    func unknown() throws {
        // The top-level domain `invalid` never exists (RFC 6761 section 6.4).
        let results = try Self.resolve(["nobody.invalid"])

        guard case .failure(let reason) = results[0] else {
            Issue.record("a name in `invalid` was found")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test("a cancelled question is not answered, and too many are refused")
    func cancelling() throws {
        let loop = try EventLoop()
        let resolver = Resolver(loop: loop)
        var answered = 0
        var refused = 0
        let cancelled = resolver.resolve("localhost") { _ in answered += 1 }
        resolver.cancel(cancelled)
        for _ in 0...Resolver.maximumQueueLength {
            resolver.resolve("nobody.invalid") { result in
                if result == .failure("too many names are being looked up") { refused += 1 }
            }
        }

        try loop.runTurn(waitingAtMost: .zero)

        #expect(answered == 0)
        #expect(refused == 1)
    }
}
