import TestSupport
import Testing

@testable import Control

@Suite("LineFraming")
struct LineFramingTests {
    private static func lines(_ framing: inout LineFraming) throws -> [String] {
        var lines: [String] = []
        while let line = try framing.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        return lines
    }

    @Test("several lines in one piece, and one in many pieces")
    func pieces() throws {
        var framing = LineFraming(limit: 16)
        framing.append([UInt8]("one\n\ntwo\nthr".utf8))
        #expect(try Self.lines(&framing) == ["one", "", "two"])
        #expect(framing.count == 3)

        for byte in "ee\n".utf8 {
            #expect(try framing.next() == nil)
            framing.append([byte])
        }
        #expect(try Self.lines(&framing) == ["three"])
        #expect(framing.isEmpty)
    }

    @Test("a line may be as long as the limit, with its end or before it comes")
    func limit() throws {
        var framing = LineFraming(limit: 4)
        framing.append([UInt8]("1234".utf8))
        #expect(try framing.next() == nil)
        framing.append([UInt8]("\n12345".utf8))
        #expect(try framing.next()?.count == 4)
        #expect(throws: LineFraming.TooLong(limit: 4)) { try framing.next() }

        framing.clear()
        framing.append([UInt8]("12345\n1\n".utf8))
        #expect(throws: LineFraming.TooLong.self) { try framing.next() }
    }

    @Test("lines are the same however the bytes are cut", arguments: 0..<20)
    func cuts(seed: UInt64) throws {
        let random = SeededRandomSource(seed: seed)
        let expected = (0..<50).map { _ in String(repeating: "x", count: Int(random.next(below: 9)))
        }
        var rest = [UInt8](expected.map { $0 + "\n" }.joined().utf8)[...]
        var framing = LineFraming(limit: 8)

        var found: [String] = []
        while !rest.isEmpty {
            let piece = rest.prefix(1 + Int(random.next(below: 20)))
            rest = rest.dropFirst(piece.count)
            framing.append([UInt8](piece))
            if random.next(below: 2) == 0 { found += try Self.lines(&framing) }
        }
        found += try Self.lines(&framing)

        #expect(found == expected, "seed \(seed)")
    }
}
