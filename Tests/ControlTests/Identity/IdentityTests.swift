import Foundation
import SRMUDP
import Synchronization
import TestSupport
import Testing

@testable import Control

@Suite struct IdentityTests {
    private let temporary = TemporaryHome()

    @Test("the key is made once and found again")
    func madeOnce() throws {
        let home = try temporary.prepared()

        let first = try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 1))
        let second = try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 2))

        #expect(first.nodeID == second.nodeID)
        #expect(try temporary.mode(of: "identity") == 0o600)
        #expect(try temporary.names() == ["identity"])
    }

    @Test("a key file cut at any byte is refused and left as it is")
    func truncated() throws {
        let home = try temporary.prepared()
        _ = try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 1))
        let bytes = try temporary.bytes(of: "identity")

        for count in bytes.indices {
            try temporary.write(Array(bytes[..<count]), to: "identity")
            #expect(throws: FileError.self, "cut to \(count) bytes") {
                try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 2))
            }
            #expect(try temporary.bytes(of: "identity") == Array(bytes[..<count]))
        }
    }

    @Test("a key file with any bit flipped is refused")
    func flipped() throws {
        let home = try temporary.prepared()
        _ = try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 1))
        let bytes = try temporary.bytes(of: "identity")

        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1 << UInt8(index % 8)
            try temporary.write(changed, to: "identity")
            #expect(throws: FileError.self, "byte \(index)") {
                try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 2))
            }
        }
    }

    @Test("a damaged key file is a configuration error that does not show the key")
    func damagedError() throws {
        let home = try temporary.prepared()
        try temporary.write([UInt8]("p2pfwd identity 1 SECRET\n".utf8), to: "identity")

        do {
            _ = try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 2))
            Issue.record("the file was taken")
        } catch {
            #expect(error.exitCode == .usage)
            #expect(!"\(error)".contains("SECRET"))
        }
    }

    @Test("a key file that others may read is refused")
    func looseMode() throws {
        let home = try temporary.prepared()
        _ = try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 1))
        let bytes = try temporary.bytes(of: "identity")
        try temporary.write(bytes, to: "identity", mode: 0o644)

        #expect(throws: FileError.self) {
            try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 1))
        }
    }

    @Test("of many that start at once all have the key that was there first")
    func race() throws {
        let path = try temporary.prepared().state
        let found = Mutex<Set<String>>([])

        DispatchQueue.concurrentPerform(iterations: 16) { index in
            do {
                let home = try HomeDirectory(option: path, variables: { _ in nil })
                let random = SeededRandomSource(seed: UInt64(index))
                let id = "\(try Identity.loadOrCreate(in: home, random: random).nodeID)"
                found.withLock { _ = $0.insert(id) }
            } catch {
                Issue.record(error)
            }
        }

        #expect(found.withLock { $0.count } == 1)
        #expect(try temporary.names() == ["identity"])
    }
}
