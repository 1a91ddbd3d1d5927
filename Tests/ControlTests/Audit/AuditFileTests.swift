import Foundation
import SRMUDP
import Testing

@testable import Control

@Suite struct AuditFileTests {
    private let temporary = TemporaryHome()

    private func path(_ name: String) throws -> String {
        try temporary.prepared().state + "/" + name
    }

    private func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test("lines are appended to what is there, in a file for its owner alone")
    func append() throws {
        let path = try path("audit")
        for line in ["one", "two"] {
            try AuditFile(path: path, logger: .silent).append(line)
        }

        #expect(try lines(path) == ["one", "two"])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test("after a rotation lines go into the new file")
    func reopen() throws {
        let path = try path("audit")
        let file = try AuditFile(path: path, logger: .silent)
        file.append("one")
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        file.append("two")

        file.reopen()
        file.append("three")

        #expect(try lines(path + ".1") == ["one", "two"])
        #expect(try lines(path) == ["three"])
    }

    @Test("a disk that is full is warned about once, and nothing else happens")
    func full() throws {
        let warnings = Warnings()
        let logger = Logger(label: "", level: .warning) { _, text in warnings.append(text) }
        let file = try AuditFile(path: "/dev/full", logger: logger)

        for _ in 0..<3 { file.append("lost") }

        #expect(warnings.texts.count == 1)
        #expect(warnings.texts[0].contains("--audit"))
    }

    @Test("a file that cannot be opened is refused")
    func refused() {
        #expect(throws: FileError.self) {
            _ = try AuditFile(path: "/nonexistent/audit", logger: .silent)
        }
    }
}

private final class Warnings: Sendable {
    private let lock = NSLock()
    nonisolated(unsafe) private var all: [String] = []
    var texts: [String] { lock.withLock { all } }
    func append(_ text: String) { lock.withLock { all.append(text) } }
}
