import Forwarding
import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite("WebTokenGate")
struct WebTokenGateTests {
    private let temporary = TemporaryHome()
    private let random = SeededRandomSource(seed: 1)
    private let log = LogLines()
    private let book: WebTokenBook
    private let gate: WebTokenGate
    private let source = IPAddress.loopbackIPv4
    private let other: IPAddress
    private let start = Instant(nanoseconds: 100_000_000_000)

    init() throws {
        book = try WebTokenBook(file: try temporary.prepared().webTokens)
        other = try #require(IPAddress("192.0.2.7"))
        gate = WebTokenGate(
            book: book, clock: { Sample.now },
            logger: log.logger)
    }

    private func token(_ body: String = "{}") throws -> String {
        try book.issue(
            try WebTokenRequest(body: [UInt8](body.utf8)), now: Sample.now, random: random
        ).text
    }

    private func refusal(
        _ text: String?, at now: Instant? = nil, from source: IPAddress? = nil
    ) -> WebTokenRefusal? {
        do throws(WebTokenRefusal) {
            _ = try gate.check(text, from: source ?? self.source, now: now ?? start)
            return nil
        } catch {
            return error
        }
    }

    @Test("whoever has a token comes in, in whichever way it is sent")
    func admitted() throws {
        let text = try token(#"{"uses":2}"#)
        let head = HTTPRequestHead(
            method: "GET", target: "/", fields: HTTPFields(["Authorization": "Bearer \(text)"]))

        #expect(try gate.check(head, from: source, now: start).usesLeft == 2)
        #expect(try gate.redeem(head, from: source, now: start).usesLeft == 2)
        #expect(try gate.check(text, from: source, now: start).usesLeft == 1)
        #expect(try gate.redeem(text, from: source, now: start).usesLeft == 1)
        #expect(refusal(text) == .unauthorized)
    }

    @Test("none, a wrong and a used one are one refusal")
    func refused() throws {
        let used = try token(#"{"uses":1}"#)
        _ = try gate.redeem(used, from: source, now: start)

        let refusals = [refusal(nil), refusal("wrong"), refusal(""), refusal(used)]
        #expect(refusals.allSatisfy { $0 == .unauthorized })
        #expect(Set(refusals.map { $0.map { "\($0.status) \($0.code) \($0)" } }).count == 1)
    }

    @Test("who guesses is kept away for a while, with a right token too, and nobody else is")
    func guessing() throws {
        let text = try token()
        for _ in 0..<10 { #expect(refusal("wrong") == .unauthorized) }

        #expect(refusal("wrong") == .keptAway)
        #expect(refusal(text) == .keptAway)
        #expect(refusal(text, from: other) == nil)
        #expect(refusal(text, at: start + .seconds(9)) == .keptAway)
        #expect(refusal(text, at: start + .seconds(11)) == nil)
    }

    @Test("one wrong token a second keeps nobody away, and neither do requests without one")
    func slowMistakes() {
        for second in 0..<120 {
            #expect(refusal("wrong", at: start + .seconds(Int64(second) + 1)) == .unauthorized)
            #expect(refusal(nil, at: start + .seconds(Int64(second) + 1)) == .unauthorized)
        }
    }

    @Test("a file that cannot be read is told in the log, and lets nobody in")
    func unreadable() throws {
        let text = try token()
        try temporary.write([UInt8]("canary".utf8), to: "web-tokens")

        #expect(refusal(text) == .unavailable)
        #expect(refusal("wrong") == .unavailable)
        #expect(log.text.split(separator: "\n").count == 1 && log.text.contains("web-tokens"))
        #expect(!log.text.contains("canary"))
    }
}
