import SRMUDP

/// A node's side of the talk with its rendezvous server, over one connection after the other.
///
/// A calculator: what the application wants, the server's messages and the time go in; messages
/// for the server and events come out. After any input drain `pollMessage` and `pollEvent`, then
/// read `nextTimeout`. Connecting, and waiting between two attempts, is its owner's part.
///
///     state       event               becomes
///     away        connected           greeting (sends HELLO)
///     greeting    WELCOME             ready
///     greeting    10 s, REFUSED       failed
///     any         nonsense            failed
///     any         disconnected        away (calls, channels and mailboxes are lost and told)
///
/// A registration is made again by the HELLO of the next connection. Each request ends with exactly
/// one event, also when the server is silent or gone.
package final class RendezvousClient {
    package enum State: Equatable {
        /// There is no connection.
        case away
        /// HELLO is on its way.
        case greeting(deadline: Instant)
        case ready(ServerMessage.Welcome)
        /// Nothing goes in or out any more until the next connection.
        case failed(ServerFailure)
    }

    /// How long the server may take for WELCOME, ...
    static let welcomeTime: Interval = .seconds(10)
    /// ... for the end of a call: five seconds for the callee, the rest for the way, ...
    static let callTime: Interval = .seconds(8)
    /// ... and for anything else.
    static let answerTime: Interval = .seconds(5)
    /// Calls of peers that wait for our answer; more are refused.
    static let incomingLimit = 64
    /// Events that may wait to be taken. Who takes them after each input never has so many.
    static let eventLimit = 1_024

    package private(set) var state: State = .away
    package let isCallable: Bool
    /// What we call ourselves from the next HELLO on; for the server's log.
    var label: String
    private let random: any RandomSource

    var requests = PendingRequests()
    /// Calls of peers, and until when they can be answered.
    var incoming: [CallID: Instant] = [:]
    var channels: Set<RelayChannelID> = []
    var mailboxes: Set<MailboxID> = []
    private var messages: [ClientMessage] = []
    private var events: [RendezvousClientEvent] = []
    /// Messages that came too late or that this version does not know.
    package internal(set) var ignoredMessageCount: UInt64 = 0

    /// - Parameters:
    ///   - isCallable: whether peers may call us.
    ///   - label: what we call ourselves; for the server's log.
    package init(isCallable: Bool, label: String, random: any RandomSource) {
        self.isCallable = isCallable
        self.label = label
        self.random = random
    }

    // MARK: The connection

    /// There is a new connection with the server.
    package func connected(now: Instant) {
        if state != .away { disconnected() }
        state = .greeting(deadline: now + Self.welcomeTime)
        messages.append(.hello(isCallable: isCallable, label: label))
    }

    /// The connection is gone: whatever was under way or open is lost.
    package func disconnected() {
        guard state != .away else { return }
        state = .away
        messages = []
        for request in requests.removeAll() { tell(request, .notConnected) }
        for channel in channels { tell(.detached(channel, .connectionLost)) }
        for mailbox in mailboxes { tell(.closed(mailbox, .connectionLost)) }
        channels = []
        mailboxes = []
        incoming = [:]
    }

    /// Takes one message: type and fields.
    package func receive(_ bytes: [UInt8], now: Instant) {
        switch state {
        case .away, .failed: return
        case .greeting, .ready: break
        }
        guard events.count < Self.eventLimit else { return fail(.flood) }
        do throws(MessageError) {
            let message = try ServerMessage(decoding: bytes)
            switch state {
            case .greeting: try greeted(by: message)
            case .ready: try handle(message, now: now)
            case .away, .failed: break
            }
        } catch {
            switch error {
            case .unknownType: ignoredMessageCount += 1
            case .malformed(let type): fail(.malformed(type: type))
            case .unsupportedVersion(let version): fail(.unsupportedVersion(version))
            }
        }
    }

    /// The stream cannot be cut into messages.
    package func receivedNonsense() {
        switch state {
        case .away, .failed: return
        case .greeting, .ready: fail(.malformed(type: 0))
        }
    }

    package func handleTimeout(now: Instant) {
        if case .greeting(let deadline) = state, deadline <= now { return fail(.noWelcome) }
        for request in requests.abandonDue(now: now) { tell(request, .serverSilent) }
        incoming = incoming.filter { $0.value > now }
    }

    // MARK: What the application wants

    /// Calls a peer; ends with `called` or `callFailed`.
    ///
    /// - Parameter sealed: makes our candidates ready for the call of this number (`CallSealing`);
    ///   at most 2 KiB.
    @discardableResult
    package func call(
        _ callee: PublicKey, wantsRelay: Bool, now: Instant, sealed: (CallID) -> [UInt8]
    ) -> CallID {
        let call = CallID(random.next())
        request(.call(call), until: now + Self.callTime) {
            .call(call, callee: callee, wantsRelay: wantsRelay, sealed: sealed(call))
        }
        return call
    }

    /// Accepts a peer's call. Where there is a token and we want the relay, `attach` goes before.
    /// - Returns: false if it is too late.
    @discardableResult
    package func answer(_ call: CallID, sealed: [UInt8]) -> Bool {
        guard incoming.removeValue(forKey: call) != nil else { return false }
        messages.append(.answer(call, isAccepted: true, sealed: sealed))
        return true
    }

    @discardableResult
    package func refuse(_ call: CallID) -> Bool {
        guard incoming.removeValue(forKey: call) != nil else { return false }
        messages.append(.answer(call, isAccepted: false, sealed: []))
        return true
    }

    /// Takes our side of a channel; ends with `attached` or `attachFailed`.
    package func attach(_ token: RelayToken, now: Instant) {
        request(.attach(token), until: now + Self.answerTime) { .attach(token) }
    }

    /// Gives our side of a channel up; no event follows.
    package func detach(_ channel: RelayChannelID) {
        guard channels.remove(channel) != nil else { return }
        messages.append(.detach(channel))
    }

    /// Asks for a nameplate; ends with `claimed` or `claimFailed`.
    ///
    /// - Parameters:
    ///   - ttl: seconds for which the code is open, in `ClientMessage.ttlRange`.
    ///   - uses: pairings that it is good for, in `ClientMessage.usesRange`.
    package func claim(ttl: UInt32, uses: UInt8, now: Instant) {
        precondition(
            ClientMessage.ttlRange.contains(ttl) && ClientMessage.usesRange.contains(uses),
            "the caller checks what the user asked for")
        request(.claim, until: now + Self.answerTime) { .claim(ttl: ttl, uses: uses) }
    }

    /// Joins the code of a nameplate; ends with `joinedCode` or `joinFailed`.
    package func join(_ nameplate: Nameplate, first: [UInt8], now: Instant) {
        request(.join(nameplate), until: now + Self.answerTime) {
            .join(nameplate, first: first)
        }
    }

    /// Sends a pairing message of at most `MessageLimits.blob` bytes.
    ///
    /// - Parameter party: the issuer names the joiner, a joiner names 0.
    /// - Returns: false if the mailbox is closed.
    @discardableResult
    package func post(_ bytes: [UInt8], from mailbox: MailboxID, to party: UInt8) -> Bool {
        guard mailboxes.contains(mailbox) else { return false }
        messages.append(.post(mailbox, party: party, bytes))
        return true
    }

    /// Gives a mailbox up; `closed` follows with the server's word.
    @discardableResult
    package func burn(_ mailbox: MailboxID, _ ending: MailboxEnding) -> Bool {
        guard mailboxes.contains(mailbox), ending.isForParties else { return false }
        messages.append(.burn(mailbox, ending))
        return true
    }

    /// Asks for the server's counters; no event follows if it does not want to tell.
    package func requestCounters() {
        if case .ready = state { messages.append(.status) }
    }

    // MARK: Outputs

    package var nextTimeout: Instant? {
        if case .greeting(let deadline) = state { return deadline }
        return [requests.nextDeadline, incoming.values.min()].compactMap(\.self).min()
    }

    package func pollMessage() -> ClientMessage? {
        messages.isEmpty ? nil : messages.removeFirst()
    }

    package func pollEvent() -> RendezvousClientEvent? {
        events.isEmpty ? nil : events.removeFirst()
    }

    // MARK: Parts

    private func request(
        _ request: PendingRequest, until deadline: Instant, _ message: () -> ClientMessage
    ) {
        guard case .ready = state else { return tell(request, .notConnected) }
        requests.append(request, deadline: deadline)
        messages.append(message())
    }

    private func greeted(by message: ServerMessage) throws(MessageError) {
        switch message {
        case .welcome(let welcome):
            state = .ready(welcome)
            tell(.welcome(welcome, isNew: true))
        case .refused(_, _, let status): fail(.refused(status))
        case .incoming, .called, .attached, .joined, .detached, .claimed, .entered, .message,
            .closed, .counters:
            throw .malformed(type: message.kind.rawValue)
        }
    }

    func welcomedAgain(_ welcome: ServerMessage.Welcome) {
        state = .ready(welcome)
        tell(.welcome(welcome, isNew: false))
    }

    private func fail(_ failure: ServerFailure) {
        disconnected()
        state = .failed(failure)
        events.append(.failed(failure))
    }

    func send(_ message: ClientMessage) { messages.append(message) }

    func tell(_ event: RendezvousClientEvent) { events.append(event) }

    func tell(_ request: PendingRequest, _ failure: RequestFailure) {
        switch request {
        case .call(let call): tell(.callFailed(call, failure))
        case .attach(let token): tell(.attachFailed(token, failure))
        case .claim: tell(.claimFailed(failure))
        case .join(let nameplate): tell(.joinFailed(nameplate, failure))
        }
    }
}
