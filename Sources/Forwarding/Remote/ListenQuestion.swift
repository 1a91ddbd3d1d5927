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
        /// By the reply, which is acted upon next.
        case refused
        case ended
    }

    let request: OpenRequest
    private let place: StreamPlace
    private let changed: (Change) -> Void
    private var phase = Phase.awaitingReply(OpenReplyParser())
    private(set) var isConnected = false
    /// The forward asks for the same place, and is given it; any port would be another one then.
    let handover: StreamHandover
    let uploadedBytes: UInt64 = 0
    let downloadedBytes: UInt64 = 0

    /// - Parameter changed: told what becomes of the listener, until `close` or the session's end.
    init(_ request: ListenRequest, at place: StreamPlace, changed: @escaping (Change) -> Void) {
        self.request = .listen(request)
        handover = request.place.takesAnyPort ? .impossible : .leaves
        self.place = place
        self.changed = changed
        place.carrier.write(place.stream, self.request.encoded)
    }

    // MARK: Events of the stream

    func streamReadable() -> OpenReply? {
        var reply: OpenReply?
        var answer: ListenAnswer?
        // What is read is acted upon afterwards: within the body the carrier must not be called.
        let status = place.carrier.withReadable(place.stream) { blocks in
            for offset in 0..<blocks.byteCount {
                receive(blocks.byte(at: offset), &reply, &answer)
            }
            return blocks.byteCount
        }
        if let reply {
            isConnected = reply.status == .connected
            if !isConnected { end(.refused(reply)) }
        }
        if let answer { changed(.listening(answer.addresses)) }
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

    private func receive(_ byte: UInt8, _ reply: inout OpenReply?, _ answer: inout ListenAnswer?) {
        switch phase {
        case .awaitingReply(var parser):
            do {
                reply = try parser.receive(byte)
                phase = .awaitingReply(parser)
            } catch {
                reply = OpenReply(.generalFailure, detail: "the reply is unreadable")
            }
            guard let reply else { return }
            phase =
                reply.status == .connected ? .awaitingAnswer(ListenAnswerParser()) : .refused
        case .awaitingAnswer(var parser):
            answer = parser.receive(byte)
            phase = answer == nil ? .awaitingAnswer(parser) : .listening
        case .listening, .refused, .ended: break
        }
    }

    private func end(_ change: Change) {
        if case .ended = phase { return }
        close()
        changed(change)
    }
}
