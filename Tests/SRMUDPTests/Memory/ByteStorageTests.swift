import SRMUDP
import TestSupport
import Testing

@Suite struct ByteStorageTests {
    @Test("four bytes are XORed over a part of any length at any place")
    func exclusiveOr() {
        let random = SeededRandomSource(seed: 1)
        for _ in 0..<300 {
            let bytes = random.bytes(count: 100)
            let start = Int(random.next(below: 50))
            let end = start + Int(random.next(below: 50))
            let key = random.bytes(count: 4)
            var storage = ByteStorage(bytes)

            storage.exclusiveOr(start..<end, with: key.reduce(0) { $0 << 8 | UInt32($1) })

            var expected = bytes
            for index in start..<end { expected[index] ^= key[(index - start) % 4] }
            #expect(storage.array(0..<100) == expected)
        }
    }

    @Test("no byte that is not ASCII is counted as such")
    func countASCII() {
        for place in 0..<40 {
            var bytes = [UInt8](repeating: 0x7f, count: 40)
            bytes[place] = 0x80
            let storage = ByteStorage(bytes)

            let count = storage.countASCII(3..<40)

            let whole = place < 3 ? 32 : (place - 3) / 8 * 8
            #expect(count == min(whole, 32))
        }
    }
}
