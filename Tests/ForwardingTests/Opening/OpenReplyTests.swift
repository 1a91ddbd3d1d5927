import TestSupport
import Testing

@testable import Forwarding

@Suite struct OpenReplyTests {
    @Test("a reply is encoded byte by byte as the layout says")
    func encoding() {
        #expect(OpenReply(.connected).encoded == [0, 0])
        #expect(OpenReply(.refused, detail: "no").encoded == [5, 2, 0x6e, 0x6f])
    }

    @Test(
        "a reply of each status is the same when it is read back",
        arguments: OpenReply.Status.allCases)
    func roundTrip(status: OpenReply.Status) throws {
        for detail in ["", "x", String(repeating: "y", count: 255)] {
            let reply = OpenReply(status, detail: detail)
            var parser = OpenReplyParser()
            for byte in reply.encoded.dropLast() { #expect(try parser.receive(byte) == nil) }
            #expect(try parser.receive(try #require(reply.encoded.last)) == reply)
        }
    }

    @Test("a detail is cut at a character's border and cannot command a terminal")
    func detail() {
        let long = OpenReply(.generalFailure, detail: String(repeating: "ü", count: 200))
        let bell = OpenReply(.generalFailure, detail: "a\u{1b}[2J\u{7}\r\nb")

        #expect(long.detail == String(repeating: "ü", count: 127))
        #expect(bell.detail == "a [2J  b")
    }

    @Test("an unknown status and a detail that is not UTF-8 are refused")
    func refusal() throws {
        var unknown = OpenReplyParser()
        #expect(throws: OpenReplyParser.Failure.unknownStatus(10)) { try unknown.receive(10) }

        var broken = OpenReplyParser()
        #expect(try broken.receive(1) == nil)
        #expect(try broken.receive(1) == nil)
        #expect(throws: OpenReplyParser.Failure.invalidDetail) { try broken.receive(0xc3) }
    }

    @Test("no bytes stop the parser")
    func randomBytes() {
        let seed: UInt64 = 0x0be9_0002
        print("OpenReplyTests seed=\(seed)")
        let random = SeededRandomSource(seed: seed)
        for _ in 0..<5_000 {
            var bytes = random.bytes(count: 300)
            bytes[0] = UInt8(random.next(below: 11))
            var parser = OpenReplyParser()
            var replies = 0
            for byte in bytes {
                do {
                    guard try parser.receive(byte) != nil else { continue }
                    replies += 1
                } catch {}
                break
            }
            #expect(replies <= 1)
        }
    }
}
