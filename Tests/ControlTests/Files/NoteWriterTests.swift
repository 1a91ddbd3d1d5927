import SRMUDP
import Testing

@testable import Control

extension EventLoop {
    /// Runs until all notes are written.
    func write(_ notes: NoteWriter) throws {
        while !notes.isIdle { try runTurn() }
    }
}

@Suite struct NoteWriterTests {
    private let loop: EventLoop
    private let notes: NoteWriter
    private let home = TemporaryHome()

    init() throws {
        loop = try EventLoop()
        notes = NoteWriter(loop: loop, logger: .silent)
    }

    private final class Steps {
        var texts: [String] = []
    }

    private let steps = Steps()

    @Test("notes are written in their order, and what kept one from it is told")
    func order() throws {
        let file = try home.prepared().peers

        notes.write { () throws(FileError) in
            try Self.replace(file, "one")
        } _: { [steps] in
            steps.texts.append($0 ?? "one")
        }
        notes.write { () throws(FileError) in
            throw .exists(path: "?")
        } _: { [steps] in
            steps.texts.append($0 ?? "nothing")
        }
        notes.write { () throws(FileError) in
            try Self.replace(file, "two")
        } _: { [steps] in
            steps.texts.append($0 ?? "two")
        }
        #expect(steps.texts.isEmpty)
        try loop.write(notes)

        #expect(steps.texts == ["one", "\(FileError.exists(path: "?"))", "two"])
        #expect(try file.read() == [UInt8]("two".utf8))
    }

    @Test("the loop goes on while another has the file, and its end waits for the note")
    func busyFile() throws {
        let file = try home.prepared().peers
        try file.whileLocked({ $0 }) { () throws(FileError) in
            notes.write { () throws(FileError) in
                try file.whileLocked({ $0 }) { () throws(FileError) in
                    try Self.replace(file, "note")
                }
            } _: { [steps] _ in
                steps.texts.append("written")
            }
            notes.finish { [steps] in steps.texts.append("over") }
            loop.schedule(after: .milliseconds(20)) { [steps] in steps.texts.append("served") }
            while steps.texts.isEmpty { try? loop.runTurn() }
        }
        #expect(steps.texts == ["served"])

        while steps.texts.last != "over" { try loop.runTurn() }

        #expect(steps.texts == ["served", "written", "over"])
        #expect(try file.read() == [UInt8]("note".utf8))
    }

    @Test("without notes the end waits for nothing")
    func nothing() {
        notes.finish { [steps] in steps.texts.append("over") }

        #expect(steps.texts == ["over"])
    }

    private static func replace(_ file: DurableFile, _ text: String) throws(FileError) {
        try file.replace(with: [UInt8](text.utf8))
    }
}
