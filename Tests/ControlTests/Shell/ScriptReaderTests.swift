import Foundation
import SRMUDP
import Testing

@testable import Control

@Suite struct ScriptReaderTests {
    private func lines(_ text: String, throughPipe: Bool) throws -> [ScriptReader.Line] {
        let loop = try EventLoop()
        let home = TemporaryHome()
        _ = try home.prepared()
        let pipe = Pipe()
        let file: FileHandle
        if throughPipe {
            try pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8))
            try pipe.fileHandleForWriting.close()
            file = pipe.fileHandleForReading
        } else {
            try home.write(Array(text.utf8), to: "script")
            file = try #require(FileHandle(forReadingAtPath: "\(home.path)/script"))
        }
        let reader = ScriptReader(loop: loop, descriptor: file.fileDescriptor)
        var lines: [ScriptReader.Line] = []
        while lines.last != .end, lines.last != .tooLong {
            let count = lines.count
            reader.next { lines.append($0) }
            for _ in 0..<1_000 where lines.count == count {
                try loop.runTurn(waitingAtMost: .milliseconds(10))
            }
            try #require(lines.count == count + 1)
        }
        return lines
    }

    @Test("lines come one at a time, from a pipe and from a file", arguments: [true, false])
    func lines(throughPipe: Bool) throws {
        #expect(
            try lines("a\n\nb c\r\nlast", throughPipe: throughPipe)
                == [.text("a"), .text(""), .text("b c"), .text("last"), .end])
        #expect(try lines("", throughPipe: throughPipe) == [.end])
    }

    @Test("a line without an end is refused", arguments: [true, false])
    func tooLong(throughPipe: Bool) throws {
        let text = "a\n" + String(repeating: "x", count: throughPipe ? 60_000 : 70_000)

        let lines = try lines(text, throughPipe: throughPipe)

        #expect(lines.first == .text("a"))
        #expect(throughPipe ? lines.last == .end : lines.last == .tooLong)
    }
}
