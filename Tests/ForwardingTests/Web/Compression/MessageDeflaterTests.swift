import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct MessageDeflaterTests {
    private static func compress(
        _ payload: [UInt8], with deflater: MessageDeflater
    ) -> [UInt8]? {
        var queue = ByteQueue()
        let count = deflater.compress(payload.span.bytes, into: &queue)
        return count.map { queue.take($0) }
    }

    private static func deflater(
        level: Int = 6, windowBits: Int = 15, keepsContext: Bool = true
    ) -> MessageDeflater {
        MessageDeflater(
            stream: DeflateStream(level: level, windowBits: windowBits),
            keepsContext: keepsContext)
    }

    private static func expand(_ payload: [UInt8], windowBits: Int = 15) throws -> [UInt8] {
        let inflater = MessageInflater(
            stream: InflateStream(windowBits: windowBits), keepsContext: false)
        var queue = ByteQueue()
        try inflater.expand(payload.span.bytes, into: &queue, limit: 1 << 24, isText: false)
        return queue.take(queue.count)
    }

    /// Words, as compressible as text is.
    private static func words(_ count: Int, seed: UInt64 = 5) -> [UInt8] {
        let random = SeededRandomSource(seed: seed)
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += "\(random.next() % 1000) ".utf8 }
        return [UInt8](bytes.prefix(count))
    }

    @Test("RFC 7692 sections 7.2.3.1 and 7.2.3.2")
    func published() {
        let hello = [UInt8]("Hello, hello, hello, hello".utf8)
        let (keeping, forgetting) = (Self.deflater(), Self.deflater(keepsContext: false))
        let stream = DeflateStream(level: 6, windowBits: 15)
        var storage = ByteStorage(count: 64)

        let first = stream.compress([UInt8]("Hello".utf8).span.bytes, into: &storage, 0..<64)
        #expect(
            storage.array(0..<first.produced)
                == [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0xff, 0xff])
        let second = stream.compress([UInt8]("Hello".utf8).span.bytes, into: &storage, 0..<64)
        #expect(
            storage.array(0..<second.produced)
                == [0xf2, 0x00, 0x11, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff])
        let kept = (0..<2).map { _ in Self.compress(hello, with: keeping)?.count ?? 0 }
        let forgotten = (0..<2).map { _ in Self.compress(hello, with: forgetting) }
        #expect(kept[1] < kept[0])
        #expect(forgotten[0] == forgotten[1])
    }

    @Test(
        "what is compressed expands to what it was, with every level and window",
        arguments: [1, 6, 9], Array(9...15))
    func windows(level: Int, windowBits: Int) throws {
        let deflater = Self.deflater(level: level, windowBits: windowBits, keepsContext: false)
        for length in [100, 1000, 16_384, 100_000, 300_000] {
            let payload = Self.words(length)

            let compressed = try #require(Self.compress(payload, with: deflater))

            #expect(compressed.count < length)
            let isSame = try Self.expand(compressed, windowBits: windowBits) == payload
            #expect(isSame)
        }
    }

    @Test("a message that would not become shorter is not compressed, and not remembered")
    func incompressible() throws {
        let deflater = Self.deflater()
        let inflater = MessageInflater(stream: InflateStream(windowBits: 15), keepsContext: true)
        let noise = SeededRandomSource(seed: 9).bytes(count: 50_000)
        let words = Self.words(1000)

        #expect(Self.compress(noise, with: deflater) == nil)
        #expect(Self.compress([1], with: deflater) == nil)
        let compressed = try #require(Self.compress(noise.prefix(500) + words, with: deflater))
        var queue = ByteQueue()
        try inflater.expand(compressed.span.bytes, into: &queue, limit: 1 << 20, isText: false)
        #expect(queue.take(queue.count) == noise.prefix(500) + words)
    }

    @Test("a message that would look like an attack is sent as it is")
    func implausible() {
        let deflater = Self.deflater()

        #expect(Self.compress([UInt8](repeating: 0, count: 200_000), with: deflater) == nil)
        #expect(Self.compress([UInt8](repeating: 0, count: 65_536), with: deflater) != nil)
    }
}
