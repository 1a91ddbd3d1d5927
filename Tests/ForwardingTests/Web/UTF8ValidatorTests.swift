import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct UTF8ValidatorTests {
    private static func validate(_ bytes: [UInt8], cutAt cut: Int) -> Bool {
        let storage = ByteStorage(bytes)
        var validator = UTF8Validator()
        return validator.accepts(storage, 0..<cut) && validator.accepts(storage, cut..<bytes.count)
            && validator.isComplete
    }

    @Test("random bytes are judged as the standard library judges them, cut anywhere")
    func random() {
        let random = SeededRandomSource(seed: 1)
        let pieces: [[UInt8]] = [
            [0x41], [0x7f], [0xc3, 0xa9], [0xe2, 0x82, 0xac], [0xf0, 0x9f, 0x98, 0x80],
            [0xed, 0x9f, 0xbf],
            [0xf4, 0x8f, 0xbf, 0xbf], [0xe0, 0xa0, 0x80], [UInt8](repeating: 0x61, count: 17),
        ]
        for _ in 0..<3_000 {
            var bytes: [UInt8] = []
            for _ in 0..<random.next(below: 6) {
                bytes += pieces[Int(random.next(below: UInt64(pieces.count)))]
            }
            if random.next(below: 2) == 0, !bytes.isEmpty {
                bytes[Int(random.next(below: UInt64(bytes.count)))] ^= random.bytes(count: 1)[0]
            }
            let expected = String(validating: bytes, as: UTF8.self) != nil

            let cut = Int(random.next(below: UInt64(bytes.count) + 1))

            #expect(Self.validate(bytes, cutAt: cut) == expected, "\(bytes)")
            #expect(UTF8Validator.isValid(bytes) == expected, "\(bytes)")
        }
    }

    @Test("the first wrong byte is known at once")
    func early() {
        let storage = ByteStorage([0x61, 0xf4, 0x90, 0x61])
        var validator = UTF8Validator()

        let start = validator.accepts(storage, 0..<2)
        let bad = validator.accepts(storage, 2..<3)

        #expect(start)
        #expect(!bad)
    }
}
