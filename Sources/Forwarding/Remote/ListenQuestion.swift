import SRMUDP

/// Our end of a stream that stands for a listener of the peer's.
final class ListenQuestion: StreamUser {
    enum Change {
        /// Empty for a UNIX socket.
        case listening([SocketAddress])
        case refused(OpenReply)
        /// Another connection of ours has the listener now.
        case takenOver
        /// The listener is gone, by the peer's doing.
        case ended
    }

    private enum Phase {
        case awaitingReply(OpenReplyParser)
        case awaitingAnswer(ListenAnswerParser)
        case listening
        case ended
    }

    let request: OpenRequest
    private let place: StreamPlace
    private let changed: (Change) -> Void
    private var phase = Phase.awaitingReply(OpenReplyParser())
    private(set) var isConnected = false
    let uploadedBytes: UInt64 = 0
    let downloadedBytes: UInt64 = 0

    /// - Parameter changed: told what becomes of the listener, until `close` or the session's end.
    init(_ request: ListenRequest, at place: StreamPlace, changed: @escaping (Change) -> Void) {
        self.request = .listen(request)
        self.place = place
        self.changed = changed
        place.carrier.write(place.stream, self.request.encoded)
    }

    // MARK: Events of the stream

    func streamReadable() -> OpenReply? {
        var reply: OpenReply?
        let status = place.carrier.withReadable(place.stream) { blocks in
            for offset in 0..<blocks.byteCount {
                if let found = receive(blocks.byte(at: offset)) { reply = found }
            }
            return blocks.byteCount
        }
        if status == .finished { end(.ended) }
        return reply
    }

    func streamWritable() {}

    func streamReset() { end(.ended) }

    func streamReset(code: UInt64) {
        end(code == FlowErrorCode.takenOver ? .takenOver : .ended)
    }

    func streamStopped() {}
    func streamClosed() { end(.ended) }

    // MARK: The end

    /// Gives the listener up.
    func close() {
        if case .ended = phase { return }
        phase = .ended
        place.carrier.finish(place.stream)
        place.carrier.stopReading(place.stream, code: FlowErrorCode.sessionClosed)
    }

    func drain() { close() }
    func carrierLost() { phase = .ended }

    func abort() {
        phase = .ended
        place.carrier.reset(place.stream, code: FlowErrorCode.sessionClosed)
        place.carrier.stopReading(place.stream, code: FlowErrorCode.sessionClosed)
    }

    // MARK: Private

    /// - Returns: the reply, if the byte completed it.
    private func receive(_ byte: UInt8) -> OpenReply? {
        switch phase {
        case .awaitingReply(var parser):
            do {
                let reply = try parser.receive(byte)
                phase = .awaitingReply(parser)
                if let reply { take(reply) }
                return reply
            } catch {
                let reply = OpenReply(.generalFailure, detail: "the reply is unreadable")
                take(reply)
                return reply
            }
        case .awaitingAnswer(var parser):
            guard let answer = parser.receive(byte) else {
                phase = .awaitingAnswer(parser)
                return nil
            }
            phase = .listening
            changed(.listening(answer.addresses))
            return nil
        case .listening, .ended: return nil
        }
    }

    private func take(_ reply: OpenReply) {
        guard reply.status == .connected else { return end(.refused(reply)) }
        isConnected = true
        phase = .awaitingAnswer(ListenAnswerParser())
    }

    private func end(_ change: Change) {
        if case .ended = phase { return }
        close()
        changed(change)
    }
}
