import Forwarding
import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite("WebTokenBook")
struct WebTokenBookTests {
    private let temporary = TemporaryHome()
    private let random = SeededRandomSource(seed: 1)
    private let now = Sample.now

    private func book() throws -> WebTokenBook {
        try WebTokenBook(file: try temporary.prepared().webTokens)
    }

    private func request(_ text: String) throws -> WebTokenRequest {
        try WebTokenRequest(body: [UInt8](text.utf8))
    }

    private func later(_ seconds: Int64) -> UnixTime { UnixTime(seconds: now.seconds + seconds) }

    @Test("a token opens until its time is over, also after a restart")
    func lifetime() throws {
        let (text, token) = try book().issue(request("{}"), now: now, random: random)

        #expect(text.utf8.count == 43)
        #expect(token.expiry == later(600))
        let reread = try book()
        #expect(try reread.check(text, now: now) == token)
        #expect(try reread.redeem(text, now: later(599)) == token)
        #expect(try reread.redeem(text, now: later(600)) == nil)
        #expect(try reread.check(text, now: later(600)) == nil)
        #expect(try reread.tokens(now: later(600)).isEmpty)
    }

    @Test("everything about a token survives being written and read")
    func full() throws {
        let wanted = try request(
            #"""
            {"label":"a \"b\" ü","uses":3,"links":["[2001:db8::/32]:*","any"],
             "peers":{"homebox":["localhost:80","/run/a b,c.sock"],"none":[]},
             "methods":["*"],"metrics":true}
            """#)
        let (text, token) = try book().issue(wanted, now: now, random: random)

        #expect(token.permissions == wanted.permissions && token.label == wanted.label)
        #expect(try book().check(text, now: now) == token)
    }

    @Test("the file has mode 0600 and neither the text nor bytes of it")
    func atRest() throws {
        let (text, token) = try book().issue(request("{}"), now: now, random: random)

        #expect(try temporary.mode(of: "web-tokens") == 0o600)
        let content = String(decoding: try temporary.bytes(of: "web-tokens"), as: UTF8.self)
        #expect(!content.contains(text) && !content.contains(String(text.prefix(8))))
        #expect(content.contains(TextCoding.base64URL.encode(SHA256.digest([UInt8](text.utf8)))))
        #expect(!text.contains(token.id))
    }

    @Test("uses are counted on disk before they are granted, and the last one removes the token")
    func uses() throws {
        let (text, token) = try book().issue(request(#"{"uses":2}"#), now: now, random: random)

        #expect(try book().check(text, now: now)?.usesLeft == 2)
        #expect(try book().redeem(text, now: now)?.id == token.id)
        #expect(try book().check(text, now: now)?.usesLeft == 1)
        #expect(try book().redeem(text, now: now)?.id == token.id)
        #expect(try book().redeem(text, now: now) == nil)
        #expect(try book().tokens(now: now).isEmpty)
    }

    @Test("a use that another process counted counts here, too")
    func otherProcess() throws {
        let first = try book()
        let second = try book()
        let (text, _) = try first.issue(request(#"{"uses":1}"#), now: now, random: random)

        #expect(try second.redeem(text, now: now) != nil)
        #expect(try first.redeem(text, now: now) == nil)
    }

    @Test("where a use cannot be written, nothing is granted")
    func unwritable() throws {
        let book = try book()
        let (text, _) = try book.issue(request(#"{"uses":5}"#), now: now, random: random)
        try temporary.replaceWithFolder("web-tokens.lock")

        #expect(throws: FileError.self) { try book.redeem(text, now: now) }
        #expect(try book.check(text, now: now)?.usesLeft == 5)
    }

    @Test("a revoked token opens nothing, and it is revoked once")
    func revoked() throws {
        let book = try book()
        let (first, token) = try book.issue(request("{}"), now: now, random: random)
        let (second, _) = try book.issue(request("{}"), now: now, random: random)

        #expect(try book.revoke(id: token.id, now: now))
        #expect(try !book.revoke(id: token.id, now: now))
        #expect(try book.check(first, now: now) == nil)
        #expect(try book.revoke(text: second, now: now))
        #expect(try !book.revoke(text: second, now: now))
        #expect(try book.tokens(now: now).isEmpty)
    }

    @Test("what was never issued opens nothing")
    func unknown() throws {
        let book = try book()
        let (text, token) = try book.issue(request("{}"), now: now, random: random)

        for wrong in ["", token.id, String(text.dropLast()), text + "A", text.lowercased()] {
            #expect(try book.check(wrong, now: now) == nil)
        }
        #expect(try !book.revoke(id: text, now: now))
    }

    @Test("expired tokens leave the file with the next change")
    func pruned() throws {
        let book = try book()
        _ = try book.issue(request(#"{"expires":1}"#), now: now, random: random)
        let (_, token) = try book.issue(request("{}"), now: later(1), random: random)

        let lines = String(decoding: try temporary.bytes(of: "web-tokens"), as: UTF8.self)
        #expect(lines.split(separator: "\n").count == 2)
        #expect(try book.tokens(now: now) == [token])
    }

    @Test("there are as many tokens as may be, and no more")
    func bounded() throws {
        // Written at once: to issue each would write the file ten thousand times.
        let lines = (0..<WebTokenBook.limit).map { number in
            WebToken(
                digest: WebToken.digest(of: "\(number)"), label: nil, expiry: later(9),
                usesLeft: nil, permissions: WebPermissions()
            ).line
        }
        _ = try temporary.prepared()
        let text = (["p2pfwd web tokens 1"] + lines).joined(separator: "\n") + "\n"
        try temporary.write([UInt8](text.utf8), to: "web-tokens")
        let book = try book()

        #expect(throws: WebTokenBook.Failure.full) {
            try book.issue(request("{}"), now: now, random: random)
        }
        #expect(try book.tokens(now: now).count == WebTokenBook.limit)
        #expect(try book.redeem("9999", now: now) != nil)
        _ = try book.issue(request("{}"), now: later(9), random: random)
        #expect(try book.tokens(now: later(9)).count == 1)
    }

    @Test("tokens with much to say fill the file earlier, and what is there stays")
    func fileLimit() throws {
        let long = String(repeating: "a", count: 60)
        let links = (0..<64).map { #""\#(long).\#(long).\#(long).\#(long).b\#($0):1""# }
        let large = try request(#"{"links":[\#(links.joined(separator: ","))]}"#)
        // Few are written one by one.
        let lines = (0..<62).map { number in
            WebToken(
                digest: WebToken.digest(of: "\(number)"), label: nil, expiry: later(9),
                usesLeft: nil, permissions: large.permissions
            ).line
        }
        _ = try temporary.prepared()
        let text = (["p2pfwd web tokens 1"] + lines).joined(separator: "\n") + "\n"
        try temporary.write([UInt8](text.utf8), to: "web-tokens")
        let book = try book()
        var count = lines.count
        #expect(throws: WebTokenBook.Failure.full) {
            while count < 100 {
                _ = try book.issue(large, now: now, random: random)
                count += 1
            }
        }

        #expect(text.utf8.count < DurableFile.sizeLimit && count < 70)
        #expect(try self.book().tokens(now: now).count == count)
    }

    @Test("a damaged file is refused and left as it is")
    func damaged() throws {
        let book = try book()
        let (text, _) = try book.issue(
            request(#"{"uses":7,"links":["any"]}"#), now: now, random: random)
        let bytes = try temporary.bytes(of: "web-tokens")
        let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }

        for count in bytes.indices where !ends.contains(count) {
            try temporary.write(Array(bytes[..<count]), to: "web-tokens")
            #expect(throws: FileError.self, "cut to \(count) bytes") { try self.book() }
        }
        // A running node grants nothing from what it cannot read, and writes nothing over it.
        let broken = Array(bytes.dropLast(5))
        try temporary.write(broken, to: "web-tokens")
        #expect(throws: FileError.self) { try book.redeem(text, now: now) }
        #expect(throws: WebTokenBook.Failure.self) {
            try book.issue(request("{}"), now: now, random: random)
        }
        #expect(try temporary.bytes(of: "web-tokens") == broken)
        try temporary.write(bytes, to: "web-tokens")
        #expect(try book.redeem(text, now: now)?.usesLeft == 7)
    }

    @Test(
        "a line that is no token is told with its number",
        arguments: [
            "x", "[]", "{}", #"{"digest":"AAAA","expires":"2027-01-15T08:00:00Z"}"#,
            #"{"digest":"\#(String(repeating: "A", count: 43))"}"#,
            #"{"digest":"\#(String(repeating: "A", count: 43))","expires":"soon"}"#,
            #"{"digest":"\#(String(repeating: "A", count: 43))","expires":"2027-01-15T08:00:00Z","a":1}"#,
        ])
    func lines(line: String) throws {
        _ = try temporary.prepared()
        try temporary.write(
            [UInt8]("p2pfwd web tokens 1\n# so\n\(line)\n".utf8), to: "web-tokens")

        do {
            _ = try book()
            Issue.record("it was taken")
        } catch {
            #expect("\(error)".contains("web-tokens:3: "))
        }
    }

    @Test("a file that others may read is refused")
    func tooOpen() throws {
        _ = try book().issue(request("{}"), now: now, random: random)
        let bytes = try temporary.bytes(of: "web-tokens")
        try temporary.write(bytes, to: "web-tokens", mode: 0o644)

        #expect(throws: FileError.self) { try book() }
    }
}
