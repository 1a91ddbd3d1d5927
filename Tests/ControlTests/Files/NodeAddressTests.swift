import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct NodeAddressTests {
    private let temporary = TemporaryHome()

    @Test("the address is chosen once and kept")
    func kept() throws {
        let address = NodeAddress(file: try temporary.prepared().port)

        let chosen = try address.loadOrChoose(random: SeededRandomSource(seed: 1)) { _ in true }

        #expect((20_000..<32_000).contains(chosen.port))
        #expect(
            try address.loadOrChoose(random: SeededRandomSource(seed: 2)) { _ in true } == chosen)
        let other = try #require(SocketAddress("127.0.0.1:7001"))
        try address.save(other)
        #expect(try address.load() == other)
    }

    @Test("a port that somebody has is not chosen")
    func taken() throws {
        let first = try NodeAddress(file: try temporary.prepared().port)
            .loadOrChoose(random: SeededRandomSource(seed: 1)) { _ in true }
        let other = TemporaryHome()

        let chosen = try NodeAddress(file: try other.prepared().port)
            .loadOrChoose(random: SeededRandomSource(seed: 1)) { $0 != first.port }

        #expect(chosen.port != first.port)
    }

    @Test("a damaged file is refused", arguments: ["", "7001\n", "[::]:0\n", "[::]:1"])
    func damaged(content: String) throws {
        let address = NodeAddress(file: try temporary.prepared().port)
        try temporary.write([UInt8](content.utf8), to: "port")

        #expect(throws: FileError.self) {
            try address.loadOrChoose(random: SeededRandomSource(seed: 1)) { _ in true }
        }
    }
}
