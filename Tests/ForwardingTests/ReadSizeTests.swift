import Testing

@testable import Forwarding

@Suite("ReadSize")
struct ReadSizeTests {
    @Test("reads grow while they are filled, and shrink when they bring little")
    func adaption() {
        var size = ReadSize()
        var sizes: [Int] = []
        for count in [16_384, 32_768, 65_536, 131_072, 70_000, 60_000, 100, 0, 0, 0, 0] {
            size.note(count, of: size.bytes)
            sizes.append(size.bytes / 1024)
        }

        #expect(sizes == [32, 64, 128, 128, 128, 64, 32, 16, 8, 4, 4])
    }
}
