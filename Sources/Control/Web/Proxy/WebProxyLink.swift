import Forwarding
import SRMUDP

/// A WebSocket joined to a key link: carries out what `WebProxyConversation` says.
///
/// Whoever is slow makes the other one wait: while much is queued towards the client nothing is
/// taken from the link, and while much is queued in the link nothing is read from the client. It
/// lives for as long as the WebSocket, which holds it.
final class WebProxyLink {
    /// The client waits while so many bytes, or messages however short, are on their way.
    private static let queueMark = 1 << 20
    private static let messageMark = 16_384
    /// How long the key may be missing.
    private static let keyPatience = Interval.seconds(10)
    /// How long what the client has said may take to arrive when it is gone.
    private static let farewell = Interval.seconds(5)

    /// What may wait for the client: little, and one message in its longest spelling, where each
    /// character is an escape.
    private static let queueLimit = KeyLinkMessage.longest * 6 + (1 << 20)

    private let messenger: WebSocketMessenger
    private let remote: HostPort
    private let loop: EventLoop
    private let open: (KeyLinkRequest) throws(CommandError) -> KeyLink
    private var conversation: WebProxyConversation
    private var link: KeyLink?
    private var keyTimer: TimerID?

    /// - Parameter open: makes the link, or says why not.
    init(
        _ messenger: WebSocketMessenger, to remote: HostPort, conversation: WebProxyConversation,
        loop: EventLoop, open: @escaping (KeyLinkRequest) throws(CommandError) -> KeyLink
    ) {
        self.messenger = messenger
        self.remote = remote
        self.conversation = conversation
        self.loop = loop
        self.open = open
        messenger.queueLimit = Self.queueLimit
    }

    /// Begins, in the turn in which the WebSocket was opened.
    func begin(key: WebProxyKey?) {
        messenger.received = { [self] kind, bytes in
            perform(conversation.clientSaid(kind, bytes))
        }
        messenger.closed = { [self] in end($0) }
        messenger.drained = { [self] in link?.isPaused = false }
        perform(conversation.begin(key: key))
        guard key == nil else { return }
        keyTimer = loop.schedule(after: Self.keyPatience) { [weak self] in
            guard let self else { return }
            perform(conversation.keyOverdue())
        }
    }

    private func perform(_ actions: [WebProxyConversation.Action]) {
        for action in actions {
            switch action {
            case .send(let kind, let bytes): messenger.send(kind, bytes)
            case .pass(let kind, let bytes): pass(KeyLinkMessage(kind.linkKind, bytes))
            case .openLink(let key): openLink(key)
            case .close(let code, let reason):
                messenger.close(code, reason: reason)
                dropLink()
            }
        }
    }

    // MARK: The link

    private func openLink(_ key: WebProxyKey) {
        if let keyTimer { loop.cancel(keyTimer) }
        keyTimer = nil
        do throws(CommandError) {
            let link = try open(KeyLinkRequest(remote: remote, key: key.linkKey))
            self.link = link
            link.stateChanged = { [self] in perform(conversation.linkChanged(.init($0))) }
            link.received = { [self] in receive($0) }
            link.drained = { [self] in resume() }
            link.confirmed = { [self] in resume() }
        } catch {
            perform(conversation.linkChanged(.failed(error.why)))
        }
    }

    private func receive(_ message: KeyLinkMessage) {
        perform(conversation.peerSaid(message.kind == .text ? .text : .binary, message.bytes))
        if messenger.queuedCount > WebSocketMessenger.highMark { link?.isPaused = true }
    }

    private func pass(_ message: KeyLinkMessage) {
        guard let link else { return }
        do throws(KeyLinkSendError) {
            try link.send(message)
        } catch {
            return perform(conversation.linkChanged(.failed("\(error)")))
        }
        if isFull(link) { messenger.isPaused = true }
    }

    private func isFull(_ link: KeyLink) -> Bool {
        link.queuedCount >= Self.queueMark || link.unconfirmedCount >= Self.messageMark
    }

    private func resume() {
        guard let link, !isFull(link) else { return }
        messenger.isPaused = false
    }

    // MARK: The end

    /// The WebSocket is over. What a client said that has closed in good order still arrives.
    private func end(_ close: WebSocketClose?) {
        if let keyTimer { loop.cancel(keyTimer) }
        keyTimer = nil
        guard let link, close != nil, link.state == .established, link.unconfirmedCount > 0 else {
            return dropLink()
        }
        link.received = { _ in }
        link.drained = {}
        link.stateChanged = { [self] state in
            if state != .established { dropLink() }
        }
        link.confirmed = { [self] in dropLink() }
        loop.schedule(after: Self.farewell) { [self] in dropLink() }
    }

    private func dropLink() {
        guard let link else { return }
        self.link = nil
        link.stateChanged = { _ in }
        link.received = { _ in }
        link.drained = {}
        link.confirmed = {}
        link.close()
    }
}

extension WebSocketMessage.Kind {
    fileprivate var linkKind: KeyLinkMessage.Kind {
        switch self {
        case .text: .text
        case .binary: .binary
        }
    }
}

extension WebProxyConversation.LinkEvent {
    fileprivate init(_ state: KeyLinkState) {
        switch state {
        case .waiting(let obstacle): self = .waiting(obstacle.map { "\($0)" })
        case .established: self = .established
        case .reconnecting(let interruption): self = .reconnecting("\(interruption)")
        case .failed(let failure): self = .failed("\(failure)")
        }
    }
}
