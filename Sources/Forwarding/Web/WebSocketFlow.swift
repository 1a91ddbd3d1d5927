import SRMUDP

/// A flow whose near end is a WebSocket, and whose owner tells the client why it failed.
package final class WebSocketFlow: StreamUser {
    package enum Failure: Equatable {
        case refused(OpenReply)
        case broken(FlowEnd)
    }

    private let flow: Flow
    private let channel: WebSocketByteChannel
    private var failed: ((Failure) -> Void)?
    private var refusal: OpenReply?

    private init(
        _ flow: Flow, _ channel: WebSocketByteChannel, failed: @escaping (Failure) -> Void
    ) {
        self.flow = flow
        self.channel = channel
        self.failed = failed
    }

    /// Sends the request and, without waiting for the reply, whatever the client has to say.
    ///
    /// - Parameter failed: called at most once, and never from within here. What ends in good order
    ///   closes the WebSocket by itself.
    package static func opening(
        _ request: OpenRequest, channel: WebSocketByteChannel, at place: StreamPlace,
        failed: @escaping (Failure) -> Void
    ) -> WebSocketFlow {
        WebSocketFlow(
            Flow.opening(request, socket: channel, at: place), channel, failed: failed)
    }

    package var request: OpenRequest { flow.request }
    package var isConnected: Bool { flow.isConnected }
    package var uploadedBytes: UInt64 { flow.uploadedBytes }
    package var downloadedBytes: UInt64 { flow.downloadedBytes }
    package var endReason: FlowEnd? { flow.endReason }

    package func streamReadable() -> OpenReply? {
        let reply = flow.streamReadable()
        if let reply, reply.status != .connected { refusal = reply }
        settle()
        return reply
    }

    package func streamWritable() { flow.streamWritable() }

    package func streamReset() {
        flow.streamReset()
        settle()
    }

    package func streamReset(code: UInt64) {
        flow.streamReset(code: code)
        settle()
    }

    package func streamStopped() {
        flow.streamStopped()
        settle()
    }

    package func streamClosed() {
        flow.streamClosed()
        settle()
    }

    package func carrierLost() {
        flow.carrierLost()
        settle()
    }

    package func abort() {
        flow.abort()
        settle()
    }

    package func cancel() {
        flow.cancel()
        settle()
    }

    package func withdraw() {
        flow.withdraw()
        settle()
    }

    /// Tells the owner if the client was given up.
    private func settle() {
        guard channel.isAborted, let failed else { return }
        self.failed = nil
        failed(refusal.map(Failure.refused) ?? .broken(flow.endReason ?? .sessionLost))
    }
}
