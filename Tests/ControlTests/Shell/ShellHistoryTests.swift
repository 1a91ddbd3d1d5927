import Testing

@testable import Control

@Suite struct ShellHistoryTests {
    @Test("lines are there again in the next shell, in a file that is ours alone")
    func kept() throws {
        let folder = TemporaryHome()
        let home = try folder.prepared()
        var first = try ShellHistory(file: home.shellHistory)

        let kept = ["connect homebox", "connect homebox", "sessions"].map { first.add($0) }
        try first.save()

        #expect(kept == [true, false, true])
        #expect(try ShellHistory(file: home.shellHistory).lines == ["connect homebox", "sessions"])
        #expect(try folder.mode(of: "shell_history") == 0o600)
    }

    @Test("two shells at a time both add to the file")
    func together() throws {
        let folder = TemporaryHome()
        let home = try folder.prepared()
        var first = try ShellHistory(file: home.shellHistory)
        var second = try ShellHistory(file: home.shellHistory)
        _ = first.add("flows")
        _ = second.add("forwards")

        try first.save()
        try second.save()

        #expect(try ShellHistory(file: home.shellHistory).lines == ["flows", "forwards"])
    }

    @Test("the file does not grow beyond its limit")
    func limit() throws {
        let folder = TemporaryHome()
        let home = try folder.prepared()
        var history = try ShellHistory(file: home.shellHistory)
        for number in 0..<ShellHistory.limit + 10 { _ = history.add("why peer\(number)") }

        try history.save()

        let lines = try ShellHistory(file: home.shellHistory).lines
        #expect(lines.count == ShellHistory.limit)
        #expect(lines.first == "why peer10")
    }

    @Test(
        "codes, tickets, hidden and broken lines are not kept",
        arguments: [
            "pair 4821-maple-tundra", "pair p2pf1qqqq", " stop", "\tstop", "", "a\u{1b}b",
            String(repeating: "x", count: ShellHistory.lineLimit + 1),
        ])
    func secrets(line: String) throws {
        var history = try ShellHistory(file: TemporaryHome().prepared().shellHistory)

        let isKept = history.add(line)

        #expect(!isKept)
        #expect(history.lines.isEmpty)
    }

    @Test("pair without a code is kept, and a file that others may read is refused")
    func access() throws {
        let folder = TemporaryHome()
        let home = try folder.prepared()
        var history = try ShellHistory(file: home.shellHistory)
        let isKept = history.add("pair")
        try folder.write(Array("sessions\n".utf8), to: "shell_history", mode: 0o644)

        #expect(isKept)
        #expect(throws: FileError.self) { try ShellHistory(file: home.shellHistory) }
    }

    @Test("bytes that are no text do no harm")
    func junk() throws {
        let folder = TemporaryHome()
        let home = try folder.prepared()
        try folder.write([0xff, 0x00, 0x0a] + Array("sessions\n\n".utf8), to: "shell_history")

        #expect(try ShellHistory(file: home.shellHistory).lines == ["sessions"])
    }
}
