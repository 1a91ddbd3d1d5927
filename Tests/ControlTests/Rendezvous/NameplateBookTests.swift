import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct NameplateBookTests {
    private let home = TemporaryHome()
    private let clock = Clock()

    private final class Clock {
        var now = Sample.now
        func pass(_ seconds: Int64) { now = UnixTime(seconds: now.seconds + seconds) }
    }

    private func book(seed: UInt64 = 1) throws -> NameplateBook {
        let clock = clock
        return try NameplateBook(
            file: try home.prepared().nameplates, random: SeededRandomSource(seed: seed),
            clock: { clock.now }, logger: .silent)
    }

    @Test("nameplates are short, and none is given out twice in a day, whatever is killed")
    func unique() throws {
        var taken: Set<Nameplate> = []
        for _ in 0..<20 {
            // The same seed would choose the same ones.
            let book = try book()
            for _ in 0..<30 {
                let nameplate = try #require(book.take())
                #expect((1_000...9_999).contains(nameplate.number))
                #expect(taken.insert(nameplate).inserted)
            }
            clock.pass(3_600)
        }
        #expect(taken.count == 600)
    }

    @Test("what is given out is on disk before")
    func durability() throws {
        let book = try book()
        let nameplate = try #require(book.take())

        let text = String(decoding: try home.bytes(of: "nameplates"), as: UTF8.self)

        #expect(text.hasPrefix("p2pfwd nameplates 1\n"))
        #expect(text.contains("\n\(nameplate) \(Sample.now.seconds)\n"))
        #expect(try home.mode(of: "nameplates") == 0o600)
    }

    @Test("entries are forgotten a day after the longest code is over")
    func forgetting() throws {
        let book = try book()
        _ = book.take()
        #expect(book.count == NameplateBook.batchSize)

        clock.pass(NameplateBook.retention - 1)
        _ = book.take()
        #expect(book.count == 2 * NameplateBook.batchSize)
        clock.pass(NameplateBook.retention)
        _ = book.take()

        #expect(book.count == NameplateBook.batchSize)
    }

    @Test("with many in use they become longer, and the file stays bounded")
    func growth() throws {
        var lines = "p2pfwd nameplates 1\n"
        for number in 0..<NameplateBook.limit {
            lines += "\(1_000 + number) \(Sample.now.seconds - 10)\n"
        }
        _ = try home.prepared()
        try home.write([UInt8](lines.utf8), to: "nameplates")

        let book = try book()
        let nameplate = try #require(book.take())

        #expect(nameplate.number >= 100_000)
        #expect(book.count == NameplateBook.limit)
        #expect(try home.bytes(of: "nameplates").count < DurableFile.sizeLimit)
    }

    @Test("a clock that jumps leads to no nameplate twice")
    func clockJumps() throws {
        let book = try book()
        var taken: Set<Nameplate> = []
        for jump in [0, -50_000, 90_000, -90_000, 10] as [Int64] {
            clock.pass(jump)
            for _ in 0..<5 {
                let nameplate = try #require(book.take())
                #expect(taken.insert(nameplate).inserted)
            }
        }
    }

    @Test("a file cut at any place is refused and left alone, or is what it was")
    func truncation() throws {
        _ = try book().take()
        let whole = try home.bytes(of: "nameplates")

        for count in stride(from: 0, to: whole.count, by: 7) {
            try home.write([UInt8](whole.prefix(count)), to: "nameplates")
            guard whole.prefix(count).last == UInt8(ascii: "\n") else {
                #expect(throws: FileError.self, "\(count)") { try book() }
                continue
            }
            #expect(throws: Never.self) { try book() }
        }
    }

    static let damages = [
        "4821\n", "4821 x\n", "04821 5\n", "4821 5 5\n", "-1 5\n", "4821 -5\n", "99999999999 5\n",
    ]

    @Test("a line that is no entry is named", arguments: damages)
    func damage(line: String) throws {
        _ = try home.prepared()
        try home.write([UInt8]("p2pfwd nameplates 1\n1000 5\n\(line)".utf8), to: "nameplates")

        let error = FileError.damaged(
            path: "\(home.path)/nameplates", line: 3,
            reason: "this is no nameplate with a time")
        #expect(throws: error) { try book() }
    }

    @Test("when it cannot be written there are no nameplates, and somebody is told")
    func unwritable() throws {
        let lines = LogLines()
        let clock = clock
        let book = try NameplateBook(
            file: try home.prepared().nameplates, random: SeededRandomSource(seed: 1),
            clock: { clock.now }, logger: lines.logger)
        try home.write([UInt8]("something else\n".utf8), to: "nameplates")

        #expect(book.take() == nil)
        #expect(lines.text.contains("no codes are given out"))
    }
}
