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

@Suite struct HomeDirectoryTests {
    @Test("--home puts everything into one folder of mode 0700")
    func option() throws {
        let temporary = TemporaryHome()
        let home = try HomeDirectory(option: temporary.path + "/a/b", variables: { _ in nil })

        try home.prepare()

        #expect(home.configuration == home.state)
        #expect(try temporary.mode(of: "a/b") == 0o700)
    }

    @Test("without the option the XDG folders are used")
    func standardFolders() throws {
        let variables = ["HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "relative"]

        let home = try HomeDirectory(option: nil, variables: { variables[$0] })

        #expect(home.configuration == "/c/p2pfwd")
        #expect(home.state == "/h/.local/state/p2pfwd")
        #expect(throws: FileError.self) {
            try HomeDirectory(option: nil, variables: { _ in nil })
        }
        #expect(throws: FileError.self) {
            try HomeDirectory(option: "", variables: { variables[$0] })
        }
    }

    @Test("a folder that others may enter is refused", arguments: [0o755, 0o770, 0o707])
    func looseMode(mode: mode_t) throws {
        let temporary = TemporaryHome()
        let home = try temporary.prepared()
        #expect(chmod(temporary.path, mode) == 0)

        let wanted = FileError.tooOpen(
            path: temporary.path, mode: "0" + String(mode, radix: 8), wanted: "0700")
        #expect(throws: wanted) { try home.prepare() }
    }

    @Test("a file in the place of the folder is refused")
    func fileInPlace() throws {
        let temporary = TemporaryHome()
        _ = try temporary.prepared()
        try temporary.write([], to: "file")
        let home = try HomeDirectory(option: temporary.path + "/file", variables: { _ in nil })

        #expect(throws: FileError.wrongType(path: home.state, wanted: "directory")) {
            try home.prepare()
        }
    }
}
