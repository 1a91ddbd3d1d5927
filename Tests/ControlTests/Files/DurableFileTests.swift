import Foundation
import Testing

@testable import Control

@Suite struct DurableFileTests {
    private let temporary = TemporaryHome()

    private func file(_ name: String = "file") throws -> DurableFile {
        DurableFile(path: try temporary.prepared().state + "/" + name)
    }

    @Test("a replaced file holds the new content with mode 0600 and leaves nothing beside it")
    func replace() throws {
        let file = try file()

        try file.replace(with: [1])
        try file.replace(with: [2, 3])

        #expect(try file.read() == [2, 3])
        #expect(try temporary.mode(of: "file") == 0o600)
        #expect(try temporary.names() == ["file"])
    }

    @Test("a file that exists is not created again")
    func create() throws {
        let file = try file()
        try file.create(with: [1])

        #expect(throws: FileError.exists(path: file.path)) { try file.create(with: [2]) }
        #expect(try file.read() == [1])
        #expect(try temporary.names() == ["file"])
    }

    @Test("a missing file is no error")
    func missing() throws {
        let file = try file()

        #expect(try file.read() == nil)
        #expect(try file.stamp() == nil)
    }

    @Test("a file that others could read is refused", arguments: [0o644, 0o660, 0o604, 0o620])
    func looseMode(mode: Int) throws {
        let file = try file()
        try temporary.write([1], to: "file", mode: mode)

        let error = FileError.tooOpen(
            path: file.path, mode: "0" + String(mode, radix: 8), wanted: "0600")
        #expect(throws: error) { try file.read() }
        #expect(error.exitCode == .refused)
        #expect(error.description.contains("0600"))
    }

    @Test("a FIFO or a directory in the place of a file is refused without waiting")
    func wrongTypes() throws {
        let fifo = try file("fifo")
        let directory = try file("directory")
        #expect(mkfifo(fifo.path, 0o600) == 0)
        #expect(mkdir(directory.path, 0o700) == 0)

        for file in [fifo, directory] {
            #expect(throws: FileError.wrongType(path: file.path, wanted: "regular file")) {
                try file.read()
            }
        }
    }

    @Test("a file above the limit is neither read nor written")
    func tooLarge() throws {
        let file = try file()
        let bytes = [UInt8](repeating: 0, count: DurableFile.sizeLimit + 1)
        try temporary.write(bytes, to: "file")

        let error = FileError.tooLarge(path: file.path, limit: DurableFile.sizeLimit)
        #expect(throws: error) { try file.read() }
        #expect(throws: error) { try file.replace(with: bytes) }
    }

    @Test("when the folder takes no new file the old content stays")
    func failedReplace() throws {
        let file = DurableFile(path: "/proc/p2pfwd-no-such-folder/file")

        #expect(throws: FileError.system(path: file.path, call: "open", errno: ENOENT)) {
            try file.replace(with: [1])
        }
    }

    @Test("the stamp changes with each new content, also of the same length")
    func stamps() throws {
        let file = try file()
        try file.replace(with: [1])
        let first = try file.stamp()

        try file.replace(with: [2])

        #expect(try file.stamp() != first)
    }
}
