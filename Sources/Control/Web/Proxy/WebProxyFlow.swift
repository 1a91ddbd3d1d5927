import Forwarding
import SRMUDP

/// A WebSocket joined to a flow to a peer's target.
///
/// Every message of the client is bytes for the target, and the target's bytes come in binary
/// messages; the only text that the client gets is an `error` before a close that is not 1000.
final class WebProxyFlow {
    /// How long the session with the peer may take to be up.
    private static let patience: Int64 = 30

    private let messenger: WebSocketMessenger
    private let channel: WebSocketByteChannel
    private let request: OpenRequest
    private let connectionID: String
    private let name: String
    private let logger: Logger

    /// - Parameter name: what it is called in the log.
    init(
        _ messenger: WebSocketMessenger, request: OpenRequest, connectionID: String, name: String,
        loop: EventLoop, logger: Logger
    ) {
        self.messenger = messenger
        self.request = request
        self.connectionID = connectionID
        self.name = name
        self.logger = logger
        channel = WebSocketByteChannel(messenger, loop: loop)
    }

    /// Opens the flow once the session is up. What the client says meanwhile is kept, up to a bound.
    func begin(to peer: Peer, host: NodeHost) {
        host.whenUp(peer, seconds: Self.patience) { [self, weak host] _ in
            guard let host else { return }
            if channel.isWorthOpening { open(peer, host) }
            host.releaseIfUnneeded(peer)
        } failed: { [self] error in
            fail(error.why, .internalError)
        }
    }

    private func open(_ peer: Peer, _ host: NodeHost) {
        let session = host.node.sessions.first { $0.peer.publicKey == peer.publicKey }
        guard let forwarding = session?.forwarding, forwarding.isOpen else {
            return fail("the session with the peer was lost", .internalError)
        }
        let isOpen = forwarding.open { place in
            WebSocketFlow.opening(request, channel: channel, at: place) { [self] in failed($0) }
        }
        guard isOpen else {
            return fail("the peer has no stream to spare now", .tryAgainLater)
        }
        logger.info("web: \(name) opens '\(peer.name)' \(request)")
    }

    private func failed(_ failure: WebSocketFlow.Failure) {
        switch failure {
        case .refused(let reply):
            fail(
                "\(request): \(reply.reason)",
                reply.status == .notPermitted ? .policyViolation : .internalError)
        case .broken(let end):
            fail("\(request): \(end.text(near: "client", far: "target"))", .internalError)
        }
    }

    private func fail(_ reason: String, _ code: WebSocketClose.Code) {
        messenger.send(
            .text,
            WebProxyAnswer.error(.flowFailed, message: reason).encoded(
                connectionID: connectionID))
        messenger.close(code, reason: reason)
    }
}
