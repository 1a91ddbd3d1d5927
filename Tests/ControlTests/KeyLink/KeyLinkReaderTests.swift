import SRMUDP
import Testing

@testable import Control

@Suite struct KeyLinkReaderTests {
    private func read(
        _ bytes: [UInt8], _ reader: inout KeyLinkReader
    ) throws(KeyLinkViolation) -> [KeyLinkFrame] {
        var frames: [KeyLinkFrame] = []
        var offset = 0
        while let frame = try reader.next(in: bytes.span.bytes, from: &offset) {
            frames.append(frame)
        }
        return frames
    }

    @Test("a stream is a version, messages and receipts")
    func stream() throws {
        var reader = KeyLinkReader()

        let frames = try read([1, 0, 2, 0x68, 0x69, 2, 0x40, 7, 1, 1, 0xff, 0, 0], &reader)

        #expect(
            frames == [
                .greeting, .message(KeyLinkMessage(.text, [0x68, 0x69])), .receipt(7),
                .message(KeyLinkMessage(.binary, [0xff])), .message(KeyLinkMessage(.text, [])),
            ])
    }

    @Test("bytes one by one mean the same")
    func pieces() throws {
        let content = [UInt8](repeating: 0x61, count: 300)
        let stream = [1] + KeyLinkFrame.header(kind: 0, 300) + content + [2, 0x80, 0, 0, 9]
        var reader = KeyLinkReader()

        let frames = try stream.flatMap { try read([$0], &reader) }

        #expect(frames == [.greeting, .message(KeyLinkMessage(.text, content)), .receipt(9)])
    }

    @Test(
        "what breaks the rules ends the stream for good",
        arguments: [
            ([2], KeyLinkViolation.version(2)), ([1, 3, 0], .kind(3)),
            ([1, 1, 0x81, 0, 0, 1], .tooLong),
            ([1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], .tooLong),
            ([1, 0, 2, 0xc0, 0x80], .notUTF8), ([1, 0, 1, 0xc3, 0, 0], .notUTF8),
        ])
    func violations(bytes: [UInt8], violation: KeyLinkViolation) {
        var reader = KeyLinkReader()

        #expect(throws: violation) { try read(bytes, &reader) }
        #expect(throws: violation) { try read([1, 0, 0], &reader) }
        #expect(reader.heldCount == 0)
    }

    @Test("the longest message is taken, and memory grows with what arrives of it")
    func longest() throws {
        var reader = KeyLinkReader()
        _ = try read([1] + KeyLinkFrame.header(kind: 1, UInt64(KeyLinkMessage.longest)), &reader)
        #expect(reader.heldCount == 0)
        let half = [UInt8](repeating: 5, count: KeyLinkMessage.longest / 2)

        #expect(try read(half, &reader).isEmpty)
        #expect(reader.heldCount == half.count)
        #expect(try read(half, &reader) == [.message(KeyLinkMessage(.binary, half + half))])
        #expect(reader.heldCount == 0)
    }
}
