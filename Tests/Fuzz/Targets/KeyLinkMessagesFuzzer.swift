import Control
import SRMUDP

/// The stream of the other end of a key link, and what is made of it.
///
/// Input: one byte for the size of the pieces, and the bytes. In pieces they must mean what they mean
/// in one, no more may be held than has come, and messages that are sent back must be read as they
/// are.
package enum KeyLinkMessagesFuzzer {
    private struct Outcome: Equatable {
        var frames: [KeyLinkFrame] = []
        var violation: KeyLinkViolation?
    }

    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        let pieceLength = Int(input.byte()) + 1
        let bytes = input.rest()
        let whole = read(bytes, bytes.count)
        precondition(whole == read(bytes, pieceLength), "messages depend on how they are cut")
        let messages = whole.frames.compactMap { frame in
            if case .message(let message) = frame { message } else { nil }
        }
        for message in messages where message.kind == .text {
            precondition(
                String(validating: message.bytes, as: UTF8.self) != nil, "a text is not UTF-8")
        }
        let again = read(written(messages, pieceLength), pieceLength)
        let expected = [.greeting] + messages.map { KeyLinkFrame.message($0) }
        precondition(again.frames == expected, "messages changed when they were sent back")
        precondition(again.violation == nil, "we broke a rule")
    }

    private static func read(_ bytes: [UInt8], _ pieceLength: Int) -> Outcome {
        var reader = KeyLinkReader()
        var outcome = Outcome()
        var start = 0
        while start < bytes.count, outcome.violation == nil {
            let end = min(start + max(pieceLength, 1), bytes.count)
            let piece = [UInt8](bytes[start..<end])
            var offset = 0
            do throws(KeyLinkViolation) {
                while let frame = try reader.next(in: piece.span.bytes, from: &offset) {
                    outcome.frames.append(frame)
                }
                precondition(offset == piece.count, "bytes were left")
            } catch {
                outcome.violation = error
            }
            precondition(reader.heldCount <= end, "more is held than has come")
            start = end
        }
        return outcome
    }

    /// What an outbox writes to a stream that takes so many bytes at a time.
    private static func written(_ messages: [KeyLinkMessage], _ pieceLength: Int) -> [UInt8] {
        var outbox = KeyLinkOutbox()
        outbox.begin()
        for message in messages { outbox.append(message) }
        var stream: [UInt8] = []
        var room = 0
        while outbox.queuedCount > 0 || stream.isEmpty {
            room = pieceLength
            outbox.write(messagesToo: true) { bytes in
                let count = min(room, bytes.byteCount)
                bytes.extracting(0..<count).withUnsafeBytes { stream.append(contentsOf: $0) }
                room -= count
                return count
            }
        }
        precondition(outbox.underWayCount == messages.count, "messages are counted wrong")
        return stream
    }
}
