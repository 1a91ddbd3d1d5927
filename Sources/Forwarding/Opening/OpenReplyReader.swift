import SRMUDP

/// Reads the reply at the beginning of a stream that we opened.
struct OpenReplyReader {
    enum Outcome: Equatable {
        /// It is not complete.
        case incomplete
        /// The reply, or one that says what came in its place.
        case complete(OpenReply)
        /// The far side gave the stream up before it had answered.
        case reset

        /// What is told of it; nil as long as it is not complete.
        var reply: OpenReply? {
            switch self {
            case .incomplete: nil
            case .complete(let reply): reply
            case .reset:
                OpenReply(.generalFailure, detail: "the far side gave up without a reply")
            }
        }
    }

    private var parser = OpenReplyParser()

    init() {}

    /// Goes on with what another program has read of a reply.
    init(restoring bytes: [UInt8]) {
        // It was right so far, and not all.
        for byte in bytes { _ = try? parser.receive(byte) }
    }

    /// What has come of the reply.
    var bytes: [UInt8] { parser.bytes }

    /// Takes what has arrived of the reply, and nothing of what follows it.
    mutating func read(_ stream: StreamID, of carrier: any StreamCarrier) -> Outcome {
        var reply: OpenReply?
        var isInvalid = false
        var parser = parser
        let status = carrier.withReadable(stream) { blocks in
            for offset in 0..<blocks.byteCount {
                do {
                    reply = try parser.receive(blocks.byte(at: offset))
                } catch {
                    isInvalid = true
                }
                if reply != nil || isInvalid { return offset + 1 }
            }
            return blocks.byteCount
        }
        self.parser = parser
        if let reply { return .complete(reply) }
        if case .reset = status { return .reset }
        guard isInvalid || status == .finished else { return .incomplete }
        return .complete(
            OpenReply(.generalFailure, detail: "the far side sent an unreadable reply"))
    }
}
