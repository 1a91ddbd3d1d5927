import SRMUDP

/// Expands messages (RFC 7692 section 7.2.2), and stops early where they turn out too long.
struct MessageInflater {
    /// What is expanded at a time.
    private static let portion = 65_536
    /// Up to this length, a message may come out of however few bytes.
    private static let harmlessLength = 65_536
    /// How many times its compressed length a longer message may have.
    private static let ratioLimit = 100

    let stream: InflateStream
    let keepsContext: Bool

    /// The longest message that so many compressed bytes may stand for. Deflate would allow for a
    /// thousand times their number, but only where the message is one and the same all over.
    static func plausibleLength(compressedLength: Int) -> Int {
        let (length, isTooMuch) = compressedLength.multipliedReportingOverflow(by: ratioLimit)
        return isTooMuch ? .max : max(harmlessLength, length)
    }

    /// Expands `payload` into `queue`, which is empty.
    ///
    /// - Parameters:
    ///   - limit: the most bytes that may come out.
    ///   - isText: whether they have to be UTF-8.
    /// - Throws: `messageTooLong`, `implausibleLength`, `malformedCompression` or `invalidUTF8`.
    func expand(
        _ payload: borrowing RawSpan, into queue: inout ByteQueue, limit: Int, isText: Bool
    ) throws(WebSocketError) {
        // Others may use the stream next, whatever becomes of this message.
        defer { if !keepsContext { stream.reset() } }
        let plausible = Self.plausibleLength(compressedLength: payload.byteCount)
        var run = Run(limit: limit, plausible: plausible, text: isText ? UTF8Validator() : nil)
        try feed(payload, into: &queue, &run)
        let tail = MessageDeflater.tail
        try feed(tail.span.bytes, into: &queue, &run)
        guard stream.isBetweenBlocks else { throw .malformedCompression }
        guard run.text?.isComplete ?? true else { throw .invalidUTF8 }
    }

    /// The bounds of one message, and its text so far.
    private struct Run {
        let limit: Int
        let plausible: Int
        var text: UTF8Validator?

        /// Judges what has come out of the message, `added` of which is new.
        mutating func check(
            _ queue: borrowing ByteQueue, added: Range<Int>
        ) throws(WebSocketError) {
            guard queue.count <= limit else { throw .messageTooLong }
            guard queue.count <= plausible else { throw .implausibleLength }
            guard text?.accepts(queue.storage, added) ?? true else { throw .invalidUTF8 }
        }
    }

    private func feed(
        _ input: borrowing RawSpan, into queue: inout ByteQueue, _ run: inout Run
    ) throws(WebSocketError) {
        var offset = 0
        while true {
            // The first byte beyond the limit is the last that is expanded.
            let room = min(Self.portion, min(run.limit, run.plausible) + 1 - queue.count)
            queue.reserve(room)
            let start = queue.free.lowerBound
            let (progress, outcome) = stream.expand(
                input.extracting(offset..<input.byteCount), into: &queue.storage,
                start..<start + room)
            offset += progress.consumed
            queue.commit(progress.produced)
            try run.check(queue, added: start..<start + progress.produced)
            switch outcome {
            case .malformed: throw .malformedCompression
            case .partial where progress.produced < room: return
            case .partial: break
            case .last where offset == input.byteCount: return
            case .last: break
            }
        }
    }
}
