import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct MessageInflaterTests {
    private let inflater = MessageInflater(
        stream: InflateStream(windowBits: 15), keepsContext: true)

    private func expand(
        _ payload: [UInt8], limit: Int = 1 << 20, isText: Bool = false
    ) throws(WebSocketError) -> [UInt8] {
        var queue = ByteQueue()
        try inflater.expand(payload.span.bytes, into: &queue, limit: limit, isText: isText)
        return queue.take(queue.count)
    }

    private static let hello: [UInt8] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]

    /// The message of `content`.
    private static func compressed(_ content: [UInt8]) -> [UInt8] {
        let stream = DeflateStream(level: 9, windowBits: 15)
        var storage = ByteStorage(count: content.count + 1024)
        let progress = stream.compress(content.span.bytes, into: &storage, 0..<storage.count)
        return storage.array(0..<progress.produced - 4)
    }

    @Test(
        "RFC 7692 section 7.2.3: all ways to compress a message",
        arguments: [
            hello,
            // Without compression.
            [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
            // With the last block of a stream.
            [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
            // In two blocks.
            [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00],
        ])
    func published(payload: [UInt8]) throws {
        #expect(try expand(payload) == [UInt8]("Hello".utf8))
    }

    @Test("RFC 7692 section 7.2.3.2: a message refers to the one before, also behind a last block")
    func context() throws {
        let hello = [UInt8]("Hello".utf8)

        #expect(try expand(Self.hello) == hello)
        #expect(try expand([0xf2, 0x00, 0x11, 0x00, 0x00]) == hello)
        #expect(try expand([0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]) == hello)
        #expect(try expand([0xf2, 0x00, 0x11, 0x00, 0x00]) == hello)
    }

    @Test("without a context, there is nothing to refer to")
    func noContext() throws {
        let forgetful = MessageInflater(stream: inflater.stream, keepsContext: false)
        var queue = ByteQueue()
        try forgetful.expand(Self.hello.span.bytes, into: &queue, limit: 5, isText: true)

        #expect(throws: WebSocketError.malformedCompression) {
            try expand([0xf2, 0x00, 0x11, 0x00, 0x00])
        }
    }

    @Test("RFC 7692 section 7.2.3.6: an empty message")
    func empty() throws {
        #expect(try expand([0x00]).isEmpty)
        #expect(try expand([0x02, 0x00]).isEmpty)
    }

    @Test(
        "what is no compressed message is told apart",
        arguments: [
            // Nothing at all, and garbage.
            [], [0xff], [0x06, 0xff, 0xff],
            // Cut within a block, and with a byte too many.
            [UInt8](hello.dropLast(2)), hello + [0x00],
            // A last block that takes the tail for its own.
            [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
            // Lengths that do not fit.
            [0x00, 0x05, 0x00, 0xfa, 0xfe, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
        ] as [[UInt8]])
    func malformed(payload: [UInt8]) {
        #expect(throws: WebSocketError.malformedCompression) { try expand(payload) }
    }

    @Test("a text is UTF-8, to its end")
    func text() throws {
        let good = Self.compressed([UInt8]("€ and more".utf8))
        let cut = Self.compressed([0xe2, 0x82])
        let wrong = Self.compressed([0x41, 0xc0, 0x80])
        let inflater = MessageInflater(stream: inflater.stream, keepsContext: false)
        func outcome(_ payload: [UInt8], isText: Bool) -> WebSocketError? {
            var queue = ByteQueue()
            do throws(WebSocketError) {
                try inflater.expand(payload.span.bytes, into: &queue, limit: 100, isText: isText)
                return nil
            } catch {
                return error
            }
        }

        #expect(outcome(good, isText: true) == nil)
        #expect(outcome(cut, isText: true) == .invalidUTF8)
        #expect(outcome(wrong, isText: true) == .invalidUTF8)
        #expect(outcome(wrong, isText: false) == nil)
    }

    @Test("the limit counts what comes out, to the byte")
    func limit() throws {
        let content = [UInt8]("a message of some length".utf8)
        let payload = Self.compressed(content)

        #expect(try expand(payload, limit: content.count) == content)
        #expect(throws: WebSocketError.messageTooLong) {
            try expand(payload, limit: content.count - 1)
        }
    }

    @Test("a bomb is noticed before it has taken memory")
    func bomb() {
        let zeros = Self.compressed([UInt8](repeating: 0, count: 64 << 20))
        let inflater = MessageInflater(
            stream: InflateStream(windowBits: 15), keepsContext: false)
        for (payload, limit, expected) in [
            (zeros, 1 << 20, WebSocketError.messageTooLong),
            (zeros, 64 << 20, .implausibleLength),
            (Self.compressed([UInt8](repeating: 0, count: 100_000)), 1 << 20, .implausibleLength),
        ] {
            var queue = ByteQueue()

            #expect(throws: expected) {
                try inflater.expand(
                    payload.span.bytes, into: &queue, limit: limit, isText: false)
            }
            let plausible = MessageInflater.plausibleLength(compressedLength: payload.count)
            #expect(queue.count <= min(limit, plausible) + 1)
            #expect(queue.storage.count <= 2 * (100 * payload.count + 65_536))
        }
    }

    @Test("up to 64 KiB, a message may be one and the same all over")
    func harmless() throws {
        let content = [UInt8](repeating: 7, count: 65_536)

        #expect(try expand(Self.compressed(content)) == content)
        #expect(throws: WebSocketError.implausibleLength) {
            try expand(Self.compressed(content + [7]))
        }
    }
}
