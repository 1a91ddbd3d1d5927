import Glibc
import Testing

@testable import Control

@Suite struct PlainFileTests {
    @Test("a file is read to its end, whoever may read it")
    func content() throws {
        let home = TemporaryHome()
        _ = try home.prepared()
        let bytes = [UInt8](repeating: 7, count: 100_000)
        try home.write(bytes, to: "config", mode: 0o644)

        #expect(try PlainFile.read(home.path + "/config") == bytes)
        #expect(try PlainFile.read(home.path + "/other") == nil)
    }

    @Test("a pipe is read as well")
    func pipe() throws {
        var ends: [Int32] = [-1, -1]
        #expect(Glibc.pipe(&ends) == 0)
        #expect(write(ends[1], "Hold 1m\n", 8) == 8)
        close(ends[1])

        #expect(try PlainFile.read("/dev/fd/\(ends[0])") == [UInt8]("Hold 1m\n".utf8))
        close(ends[0])
    }

    @Test("what has no end is refused, and so is a folder")
    func refused() throws {
        let home = TemporaryHome()
        _ = try home.prepared()

        #expect(throws: FileError.tooLarge(path: "/dev/zero", limit: DurableFile.sizeLimit)) {
            try PlainFile.read("/dev/zero")
        }
        #expect(throws: FileError.system(path: home.path, call: "read", errno: EISDIR)) {
            try PlainFile.read(home.path)
        }
    }
}
