import Testing

@testable import SRMUDP

@Suite("Memory files")
struct MemoryFileTests {
    @Test("what was written is taken once")
    func take() throws {
        let file = try MemoryFile()
        let bytes = [UInt8](repeating: 7, count: 100_000)

        try file.write(bytes)
        try file.write([1, 2])

        let taken = try file.take()
        let again = try file.take()
        #expect(taken == bytes + [1, 2])
        #expect(again.isEmpty)
    }
}
