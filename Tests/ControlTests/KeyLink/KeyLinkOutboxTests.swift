import SRMUDP
import Testing

@testable import Control

@Suite struct KeyLinkOutboxTests {
    /// Writes as much as a stream with this room takes.
    private func write(
        _ outbox: inout KeyLinkOutbox, room: Int = .max, messagesToo: Bool = true
    ) -> [UInt8] {
        var stream: [UInt8] = []
        outbox.write(messagesToo: messagesToo) { bytes in
            let count = min(room - stream.count, bytes.byteCount)
            stream += bytes.extracting(0..<count).withUnsafeBytes { [UInt8]($0) }
            return count
        }
        return stream
    }

    @Test("the version comes first, messages only when they may")
    func order() {
        var outbox = KeyLinkOutbox()
        outbox.append(KeyLinkMessage(.text, [0x61]))
        outbox.begin()

        #expect(write(&outbox, messagesToo: false) == [1])
        #expect(outbox.messageCount == 1)
        #expect(write(&outbox) == [0, 1, 0x61])
        #expect(outbox.messageCount == 0 && outbox.queuedCount == 0)
        #expect(outbox.underWayCount == 1)
    }

    @Test("a receipt waits for the end of a message, and only the last one is sent")
    func receipts() {
        var outbox = KeyLinkOutbox()
        outbox.begin()
        outbox.append(KeyLinkMessage(.binary, [1, 2, 3]))
        outbox.append(KeyLinkMessage(.binary, [4]))

        #expect(write(&outbox, room: 4) == [1, 1, 3, 1])
        outbox.addReceipt(5)
        outbox.addReceipt(6)
        #expect(write(&outbox) == [2, 3, 2, 6, 1, 1, 4])
    }

    @Test("what has not left whole is sent over the next connection, what has is not")
    func restart() throws {
        var outbox = KeyLinkOutbox()
        outbox.begin()
        for byte in UInt8(1)...3 { outbox.append(KeyLinkMessage(.binary, [byte, byte])) }
        let queued = outbox.queuedCount
        _ = write(&outbox, room: 1 + 4 + 4 + 3)
        try outbox.confirm(1)

        #expect(outbox.restart() == 1)
        #expect(outbox.queuedCount == queued / 3)
        outbox.begin()
        #expect(write(&outbox) == [1, 1, 2, 3, 3])
        #expect(outbox.underWayCount == 1)
    }

    @Test("a receipt for what was not sent, or one that goes back, is refused")
    func confirm() throws {
        var outbox = KeyLinkOutbox()
        outbox.begin()
        for _ in 0..<3 { outbox.append(KeyLinkMessage(.text, [])) }
        _ = write(&outbox)

        #expect(throws: KeyLinkViolation.receipt) { try outbox.confirm(4) }
        try outbox.confirm(2)
        #expect(throws: KeyLinkViolation.receipt) { try outbox.confirm(1) }
        #expect(outbox.underWayCount == 1)
    }

    @Test("thousands of messages leave in order")
    func many() {
        var outbox = KeyLinkOutbox()
        outbox.begin()
        for index in 0..<5_000 { outbox.append(KeyLinkMessage(.binary, [UInt8(index & 0xff)])) }
        var stream: [UInt8] = []
        while outbox.messageCount > 0 { stream += write(&outbox, room: 1_000) }

        #expect(stream.count == 1 + 3 * 5_000)
        #expect((0..<5_000).allSatisfy { stream[3 + 3 * $0] == UInt8($0 & 0xff) })
        #expect(outbox.queuedCount == 0 && outbox.underWayCount == 5_000)
    }
}
