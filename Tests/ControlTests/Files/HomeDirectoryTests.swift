import Foundation
import Testing

@testable import Control

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
