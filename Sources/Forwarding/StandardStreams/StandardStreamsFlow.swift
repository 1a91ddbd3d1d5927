import SRMUDP

/// How the one flow of a command that has no other ended.
package enum StandardStreamsEnd: Equatable, Sendable {
    /// Both directions were carried to their ends.
    case complete
    case refused(OpenReply)
    /// The far side, the session or a local failure broke it off.
    case broken
}

/// A flow between a stream and the command's standard streams, which tells its end.
final class StandardStreamsFlow: StreamUser {
    private let flow: Flow
    private var ended: ((StandardStreamsEnd) -> Void)?

    init(_ flow: Flow, ended: @escaping (StandardStreamsEnd) -> Void) {
        self.flow = flow
        self.ended = ended
    }

    var request: OpenRequest { flow.request }
    var isConnected: Bool { flow.isConnected }
    var uploadedBytes: UInt64 { flow.uploadedBytes }
    var downloadedBytes: UInt64 { flow.downloadedBytes }
    var endReason: FlowEnd? { flow.endReason }

    func streamReadable() -> OpenReply? {
        let reply = flow.streamReadable()
        if let reply, reply.status != .connected { end(.refused(reply)) }
        return reply
    }

    func streamWritable() { flow.streamWritable() }
    func streamReset() { flow.streamReset() }
    func streamReset(code: UInt64) { flow.streamReset(code: code) }
    func streamStopped() { flow.streamStopped() }

    func streamClosed() {
        flow.streamClosed()
        let isComplete = flow.state.upload == .finished && flow.state.download == .finished
        end(isComplete ? .complete : .broken)
    }

    func carrierLost() {
        flow.carrierLost()
        end(.broken)
    }

    func abort() {
        flow.abort()
        end(.broken)
    }

    private func end(_ end: StandardStreamsEnd) {
        let ended = ended
        self.ended = nil
        ended?(end)
    }
}
