import Forwarding
import SRMUDP

/// One key link: whole messages, ordered and reliable, to whoever holds the same key.
///
/// Made by `KeyLinkHub.open`. It dials for as long as it is there, and again whenever a connection
/// is lost; `KeyLinkLife` says when. Over a connection each side opens one stream for its messages
/// (`KeyLinkFrame`); see `KeyLink+Connection.swift`.
///
/// None of the closures is called from within a call of the link's or the hub's.
package final class KeyLink {
    /// What `queuedCount` may come to, in bytes; a single message may be longer.
    package static let queueLimit = 16 << 20
    /// `drained` is called when `queuedCount` falls below this.
    package static let lowMark = 256 << 10

    package var stateChanged: (KeyLinkState) -> Void = { _ in }
    package var received: (KeyLinkMessage) -> Void = { _ in }
    /// `queuedCount` was at `lowMark` or more and is less now, or `unconfirmedCount` fell because a
    /// connection was lost.
    package var drained: () -> Void = {}
    /// Everything that was sent has been delivered at the other end.
    package var confirmed: () -> Void = {}

    package let request: KeyLinkRequest
    let keyName: KeyLinkKeyring.Name
    let loop: EventLoop
    let logger: Logger
    weak var hub: KeyLinkHub?
    var life: KeyLinkLife
    var outbox = KeyLinkOutbox()
    /// 32 bytes; nil until it is derived.
    private(set) var key: SecretBytes?

    // The connection in use or being dialled: see KeyLink+Connection.
    var connection: Connection?
    /// One that wants to take the place of a living connection, until that has shown itself.
    var challenger: Connection?
    var sendStream: StreamID?
    var receiveStream: StreamID?
    var reader = KeyLinkReader()
    /// Messages of this connection that `received` was called with, and how many of them the other
    /// end was told of.
    var deliveredCount: UInt64 = 0
    var receiptedCount: UInt64 = 0
    var receiptTimer: TimerID?
    var challengeTimer: TimerID?
    /// Addresses of an unanswered dial.
    var dialled: [IPAddress] = []
    var query: Resolver.Query?
    var dialTimer: TimerID?

    private var lifeTimer: TimerID?
    private var isFull = false
    private var isHalted = false

    init(
        _ request: KeyLinkRequest, keyName: KeyLinkKeyring.Name, hub: KeyLinkHub, loop: EventLoop,
        logger: Logger
    ) {
        self.request = request
        self.keyName = keyName
        self.hub = hub
        self.loop = loop
        self.logger = logger
        life = KeyLinkLife(dials: request.remote != nil)
    }

    package var state: KeyLinkState { life.state }

    /// Bytes of messages that have not left for the connection yet, and 64 for each of them.
    package var queuedCount: Int { outbox.queuedCount }
    /// Messages that the other end has not confirmed, the queued ones included. Those of a
    /// connection that was lost do not count any more.
    package var unconfirmedCount: Int { outbox.messageCount + outbox.underWayCount }
    /// Where the other end is, while there is a connection.
    package var remoteAddress: SocketAddress? {
        guard life.isUp else { return nil }
        return connection?.currentPath?.remote ?? connection?.target.addresses.first
    }
    package var roundTrip: Interval? { life.isUp ? connection?.currentPath?.roundTrip : nil }

    /// Whether received messages are left where they are; the other end has to wait then.
    package var isPaused: Bool {
        get { isHalted }
        set {
            guard newValue != isHalted else { return }
            isHalted = newValue
            if !newValue { loop.schedule(at: loop.now) { [weak self] in self?.readMessages() } }
        }
    }

    /// Sends a message; in other states than `established` it waits for that.
    package func send(_ message: KeyLinkMessage) throws(KeyLinkSendError) {
        if case .failed = state { throw .closed }
        guard message.bytes.count <= KeyLinkMessage.longest else { throw .tooLong }
        guard message.kind == .binary || message.bytes.isUTF8 else { throw .notUTF8 }
        guard outbox.messageCount == 0 || queuedCount + message.bytes.count <= Self.queueLimit
        else { throw .queueFull }
        outbox.append(message)
        writeMessages()
    }

    /// Ends the link at once; the other end is told. To have everything delivered, wait for
    /// `confirmed` before. The closures are not called any more.
    package func close() {
        _ = end(.closed, "closed")
    }

    // MARK: From the hub

    /// The key is there.
    func prepared(_ key: SecretBytes) {
        if case .failed = state { return }
        self.key = key
        perform(life.prepared(now: loop.now))
    }

    /// The link is over for a reason that its owner does not know yet.
    func fail(_ failure: KeyLinkFailure) {
        let actions = end(failure, "\(failure)")
        // The loop holds the link until it has told; the hub does not any more.
        loop.schedule(at: loop.now) { self.perform(actions) }
    }

    private func end(_ failure: KeyLinkFailure, _ reason: String) -> [KeyLinkLife.Action] {
        let actions = life.ended(failure)
        guard !actions.isEmpty else { return [] }
        for timer in [lifeTimer, receiptTimer, challengeTimer, dialTimer] {
            if let timer { loop.cancel(timer) }
        }
        if let query { hub?.resolver.cancel(query) }
        endDial(isAnswered: false)
        challenger?.close(code: .goingAway, reason: reason, now: loop.now)
        connection?.close(code: .goingAway, reason: reason, now: loop.now)
        challenger = nil
        connection = nil
        sendStream = nil
        receiveStream = nil
        hub?.forget(self)
        return actions
    }

    // MARK: Life

    func perform(_ actions: [KeyLinkLife.Action]) {
        for action in actions {
            switch action {
            case .tell(let state): tell(state)
            case .dial: lookUp(isNew: true)
            case .lookAgain: lookUp(isNew: false)
            case .giveUp:
                connection?.close(code: .refused, reason: "no messages begin", now: loop.now)
            }
        }
        schedule()
    }

    private func tell(_ state: KeyLinkState) {
        logger.debug("link to \(request.remote?.description ?? "anybody"): \(state)")
        stateChanged(state)
    }

    private func schedule() {
        if let lifeTimer { loop.cancel(lifeTimer) }
        lifeTimer = life.nextTimeout.map { deadline in
            loop.schedule(at: deadline) { [weak self] in
                guard let self else { return }
                lifeTimer = nil
                let hearsOthers = connection.map { !$0.peerVersions.isEmpty } ?? false
                perform(life.handleTimeout(hearsOtherVersion: hearsOthers, now: loop.now))
            }
        }
    }

    // MARK: Dialling

    private func lookUp(isNew: Bool) {
        guard let remote = request.remote, let hub else { return }
        // An address leads to the same place next time.
        if !isNew, Resolver.literal(remote.host) != nil { return }
        if let query { hub.resolver.cancel(query) }
        query = hub.resolver.resolve(remote.host) { [weak self] result in
            guard let self else { return }
            query = nil
            switch result {
            case .addresses(let found): dial(found, port: remote.port, isNew: isNew)
            case .failure(let reason) where isNew:
                perform(life.unresolved(reason, now: loop.now))
            case .failure: break
            }
        }
    }

    /// Dials where nothing is dialled yet, as far as the hub's budget goes; tries again if it does
    /// not.
    private func dial(_ found: [IPAddress], port: UInt16, isNew: Bool) {
        guard let key, let hub, connection == nil || !isNew else { return }
        let known = connection?.knownAddresses.map(\.ip) ?? []
        let admitted = found.filter { !known.contains($0) && hub.mayDial($0) }
        dialled += admitted
        let addresses = admitted.map { SocketAddress($0, port: port) }
        if let connection {
            guard !addresses.isEmpty else { return }
            hub.extend(connection, key: key, addresses)
        } else if !addresses.isEmpty {
            connection = hub.dial(key: key, addresses)
        } else {
            dialTimer = loop.schedule(after: DialBudget.interval) { [weak self] in
                guard let self else { return }
                dialTimer = nil
                dial(found, port: port, isNew: isNew)
            }
        }
    }

    /// The dial ended one way or the other.
    func endDial(isAnswered: Bool) {
        for address in dialled { hub?.dialEnded(address, isAnswered: isAnswered) }
        dialled = []
    }

    // MARK: The queue

    /// Remembers that there was much, so that it is told when there is little.
    func noteQueue() -> Bool {
        if queuedCount >= Self.lowMark {
            isFull = true
        } else if isFull {
            isFull = false
            return true
        }
        return false
    }
}
