import TestSupport
import Testing

@testable import Control

@Suite struct MessageFramingTests {
    private static let messages: [[UInt8]] = [
        [1], [2, 3], [UInt8](repeating: 4, count: MessageLimits.message), [5, 6, 7],
    ]

    @Test("messages come out whole, in whatever pieces they arrive", arguments: 1...20)
    func pieces(seed: Int) throws {
        let random = SeededRandomSource(seed: UInt64(seed))
        let bytes = Self.messages.flatMap(MessageFraming.frame)
        var framing = MessageFraming()
        var received: [[UInt8]] = []

        var rest = bytes[...]
        while !rest.isEmpty {
            let count = min(rest.count, Int(random.next(below: seed % 2 == 0 ? 3 : 3_000)) + 1)
            received += try framing.receive(rest.prefix(count))
            rest = rest.dropFirst(count)
            #expect(framing.pendingCount < MessageLimits.message + 2)
        }

        #expect(received == Self.messages)
        #expect(framing.pendingCount == 0)
    }

    @Test("a length of nothing or of too much ends it", arguments: [0, 4_097, 65_535])
    func lengths(length: Int) {
        var framing = MessageFraming()

        #expect(throws: MessageFraming.Failure.invalidLength(length)) {
            try framing.receive([UInt8(length >> 8), UInt8(length & 0xff)])
        }
    }
}
