import SRMUDP

/// The receiving half of a WebSocket: frames in, messages and control frames out.
///
/// Payload is unmasked and checked in its place in the queue as it arrives, so that bad bytes are
/// known before the frame ends, and kept there until its message is whole.
struct WebSocketReceiver {
    enum Step: Equatable {
        /// More bytes must come first.
        case incomplete
        /// A message is whole; its bytes are those that the queue has kept. A text that is compressed
        /// has not been checked.
        case message(WebSocketMessage, isCompressed: Bool)
        case control(WebSocketOpcode, payload: [UInt8])
    }

    private let fromClient: Bool
    private let limits: WebSocketLimits
    /// Whether messages may be compressed.
    var permitsCompression = false
    /// The frame whose payload comes next; its mask moves on with the payload.
    private var frame: Frame?
    /// The message whose fragments come in.
    private var message: WebSocketMessage?
    private var isCompressed = false
    private var fragmentCount = 0
    private var text = UTF8Validator()

    private struct Frame {
        let header: WebSocketFrameHeader
        var mask: WebSocketMask?
        var missing: Int
    }

    init(fromClient: Bool, limits: WebSocketLimits) {
        self.fromClient = fromClient
        self.limits = limits
    }

    /// Takes what waits in `queue` up to the end of one frame.
    mutating func step(_ queue: inout ByteQueue) throws(WebSocketError) -> Step {
        while true {
            if frame == nil { frame = try nextFrame(&queue) }
            guard let frame else { return .incomplete }
            if frame.header.opcode.isControl { return takeControl(frame, from: &queue) }
            try takeData(frame, from: &queue)
            guard let rest = self.frame else { return .incomplete }
            guard rest.missing == 0 else { return .incomplete }
            self.frame = nil
            if rest.header.isFinal { return try finishMessage() }
        }
    }

    /// Reads a header, if it is there, and checks that the frame may stand here.
    private mutating func nextFrame(_ queue: inout ByteQueue) throws(WebSocketError) -> Frame? {
        let header = try WebSocketFrameHeader.parse(
            queue.bytes, fromClient: fromClient, permitsCompression: permitsCompression)
        guard let header else { return nil }
        if !header.opcode.isControl { try begin(header, keptLength: queue.kept.count) }
        queue.skip(header.length)
        return Frame(header: header, mask: header.mask, missing: header.payloadLength)
    }

    private mutating func begin(
        _ header: WebSocketFrameHeader, keptLength: Int
    ) throws(WebSocketError) {
        switch (header.opcode, message) {
        case (.continuation, nil): throw .unexpectedContinuation
        case (.continuation, .some): break
        case (_, .some): throw .missingContinuation
        case (_, nil):
            message = WebSocketMessage(kind: header.opcode == .text ? .text : .binary)
            isCompressed = header.isCompressed
            fragmentCount = 0
            text = UTF8Validator()
        }
        fragmentCount += 1
        guard fragmentCount <= limits.fragmentCount else { throw .tooManyFragments }
        guard header.payloadLength <= limits.messageLength - keptLength else {
            throw .messageTooLong
        }
    }

    /// A control frame is short; it is waited for until it is whole.
    private mutating func takeControl(_ frame: Frame, from queue: inout ByteQueue) -> Step {
        guard queue.count >= frame.missing else { return .incomplete }
        self.frame = nil
        let start = queue.waiting.lowerBound
        var mask = frame.mask
        mask?.apply(to: &queue.storage, start..<start + frame.missing)
        return .control(frame.header.opcode, payload: queue.take(frame.missing))
    }

    /// Takes as much of a data frame's payload as is there.
    private mutating func takeData(
        _ frame: Frame, from queue: inout ByteQueue
    ) throws(WebSocketError) {
        var frame = frame
        let count = min(frame.missing, queue.count)
        let start = queue.waiting.lowerBound
        frame.mask?.apply(to: &queue.storage, start..<start + count)
        if let message, message.kind == .text, !isCompressed {
            guard text.accepts(queue.storage, start..<start + count) else { throw .invalidUTF8 }
        }
        queue.keep(count)
        frame.missing -= count
        self.frame = frame
    }

    private mutating func finishMessage() throws(WebSocketError) -> Step {
        guard let whole = message else { preconditionFailure("a fragment has its message") }
        guard text.isComplete else { throw .invalidUTF8 }
        message = nil
        return .message(whole, isCompressed: isCompressed)
    }
}
