import Foundation
import SRMUDP
import TestSupport
import Testing

@testable import Control

/// A home directory of its own that vanishes with the object.
final class TemporaryHome {
    let path: String

    init() {
        let name = "p2pfwd-test-\(String(SystemRandomSource().next(), radix: 36))"
        path = FileManager.default.temporaryDirectory.appending(path: name).path()
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { return }
    }

    func home() throws -> HomeDirectory {
        try HomeDirectory(option: path, variables: { _ in nil })
    }

    func prepared() throws -> HomeDirectory {
        let home = try home()
        try home.prepare()
        return home
    }

    func write(_ bytes: [UInt8], to name: String, mode: Int = 0o600) throws {
        let file = "\(path)/\(name)"
        try Data(bytes).write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }

    func replaceWithFolder(_ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            atPath: "\(path)/\(name)", withIntermediateDirectories: false)
    }

    func replaceWithPipe(_ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        #expect(mkfifo("\(path)/\(name)", 0o600) == 0)
    }

    func bytes(of name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\(name)")))
    }

    func mode(of name: String) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
        return attributes[.posixPermissions] as? Int
    }

    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }
}

/// A key pair and a secret that are the same in each run.
enum Sample {
    static func keyPair(_ seed: UInt64) -> X25519.KeyPair {
        .generate(from: SeededRandomSource(seed: seed))
    }

    static func secret(_ byte: UInt8 = 7) -> SecretBytes {
        SecretBytes([UInt8](repeating: byte, count: 32))
    }

    static let now = UnixTime(seconds: 1_800_000_000)
}
