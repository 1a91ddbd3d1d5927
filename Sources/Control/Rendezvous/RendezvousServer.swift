import SRMUDP

/// The meeting point of nodes that cannot reach each other: carries calls between them, joins them
/// by a relay, and keeps mailboxes in which strangers with a code meet.
///
/// A calculator like `Endpoint`: clients that come and go, their messages and the time go in;
/// messages, and clients to be dropped, come out. After any input drain `pollOutput`, then read
/// `nextTimeout`. It knows no connection and no socket. Who a client is, its connection has proved:
/// the key that it is connected under is its registration.
///
/// Everything that clients can make it hold has a bound (`RendezvousLimits`). It looks into nothing
/// that it carries, and its log shows neither tokens nor nameplates.
package final class RendezvousServer {
    /// Names one connection of a client.
    package struct ClientID: Hashable, Sendable {
        package let number: UInt64
    }

    package struct Settings: Sendable {
        package var limits = RendezvousLimits()
        /// The server's second UDP port, if it has one.
        package var otherPort: UInt16?
        /// What each channel may carry, in KiB a second; 0: as much as there is.
        package var relayRate: UInt32 = 0

        package init() {}
    }

    package enum Output: Equatable {
        case send(ClientID, ServerMessage)
        /// The connection is to be closed when what was sent before is on its way. The server has
        /// forgotten the client already.
        case drop(ClientID, DropReason)
    }

    package enum DropReason: Equatable, Sendable {
        /// It said no HELLO in time.
        case silent
        /// A message that makes no sense, or one out of turn.
        case malformed
        /// Too many messages.
        case flood
        /// No room, or its source is kept away.
        case quota
        case unsupportedVersion
    }

    /// What is looked at when its time has come.
    enum Deadline {
        case hello(ClientID)
        case call(CallKey)
        case token([UInt8])
        case code(Nameplate)
    }

    let settings: Settings
    var limits: RendezvousLimits { settings.limits }
    let relay: (any RelayChannels)?
    let takeNameplate: () -> Nameplate?
    let random: any RandomSource
    let logger: Logger
    /// Tells this process from the ones before it.
    package let instance: UInt64

    /// What is told with our own counters: those of the relay and the like.
    package var additionalCounters: () -> [(name: String, value: UInt64)] = { [] }

    var clients = ClientRegistry()
    var calls: [CallKey: PendingCall] = [:]
    var relayed = RelayBook()
    var mailboxes = MailboxTable()
    var deadlines = DeadlineQueue<Deadline>()
    var penalties: PenaltyTable
    var callRates: RateTable<PublicKey>
    var claimRates: RateTable<SourceNetwork>
    private var messageRates: RateTable<ClientID>
    private var statusRates: RateTable<ClientID>
    package internal(set) var counters = RendezvousCounters()
    private var outputs: [Output] = []
    private var nextClient: UInt64 = 1

    /// - Parameters:
    ///   - relay: nil where the server does not relay.
    ///   - takeNameplate: chooses a nameplate that was not used lately and records its use; nil if
    ///     that is not possible now.
    package init(
        settings: Settings, relay: (any RelayChannels)?, takeNameplate: @escaping () -> Nameplate?,
        random: any RandomSource, logger: Logger
    ) {
        let limits = settings.limits
        self.settings = settings
        self.relay = relay
        self.takeNameplate = takeNameplate
        self.random = random
        self.logger = logger
        instance = random.next()
        penalties = PenaltyTable(
            threshold: limits.penaltyThreshold, maximum: limits.longestPenalty,
            capacity: limits.rememberedSources)
        callRates = RateTable(
            burst: limits.callBurst, every: limits.callInterval, capacity: limits.rememberedSources)
        claimRates = RateTable(
            burst: limits.claimBurst, every: limits.claimInterval,
            capacity: limits.rememberedSources)
        messageRates = RateTable(
            burst: limits.messageBurst, every: limits.messageInterval, capacity: limits.clients)
        statusRates = RateTable(
            burst: limits.statusBurst, every: limits.statusInterval, capacity: limits.clients)
    }

    package var clientCount: Int { clients.count }
    /// Whether one more client has room.
    package var hasRoom: Bool { clients.count < limits.clients }

    // MARK: Inputs

    /// Somebody connected who proved to have `key`.
    ///
    /// - Returns: its name; if it is not welcome, it is dropped at once.
    package func connected(_ key: PublicKey, at place: ClientPlace, now: Instant) -> ClientID {
        let id = ClientID(number: nextClient)
        nextClient += 1
        guard hasRoom, clients.count(of: place.source) < limits.clientsPerSource,
            !penalties.isKeptAway(place.source, now: now)
        else {
            counters.clientsRefused += 1
            refuse(id, .hello, reference: 0, .quota)
            outputs.append(.drop(id, .quota))
            return id
        }
        counters.clientsAccepted += 1
        clients.insert(ClientRegistry.Client(id: id, key: key, place: place))
        deadlines.insert(.hello(id), at: now + limits.helloTime)
        return id
    }

    /// Takes one message: type and fields.
    package func receive(_ bytes: [UInt8], from id: ClientID, now: Instant) {
        guard let client = clients[id] else { return }
        guard messageRates.take(id, now: now) else {
            penalties.add(limits.malformedPenalty, to: client.place.source, now: now)
            return drop(client, .flood, now: now)
        }
        counters.messages += 1
        do throws(MessageError) {
            try handle(try ClientMessage(decoding: bytes), from: client, now: now)
        } catch {
            switch error {
            case .unknownType: counters.messagesUnknown += 1
            case .malformed: receivedNonsense(from: id, now: now)
            case .unsupportedVersion:
                refuse(id, .hello, reference: 0, .unsupportedVersion)
                drop(client, .unsupportedVersion, now: now)
            }
        }
    }

    /// The client's stream cannot be cut into messages, or it broke another rule.
    package func receivedNonsense(from id: ClientID, now: Instant) {
        guard let client = clients[id] else { return }
        counters.messagesMalformed += 1
        penalties.add(limits.malformedPenalty, to: client.place.source, now: now)
        drop(client, .malformed, now: now)
    }

    /// The path in use to the client changed.
    package func moved(_ id: ClientID, to place: ClientPlace, now: Instant) {
        guard let client = clients[id], client.place != place else { return }
        clients.move(id, to: place)
        for channel in client.channels { relay?.move(channel, to: place.address, now: now) }
        if client.greeting != .awaited { welcome(id, at: place) }
    }

    /// The client's connection is gone.
    package func disconnected(_ id: ClientID, now: Instant) {
        guard let client = clients[id] else { return }
        forget(client, now: now)
    }

    package func handleTimeout(now: Instant) {
        while let deadline = deadlines.removeDue(now: now) {
            switch deadline {
            case .hello(let id):
                guard let client = clients[id], client.greeting == .awaited else { continue }
                drop(client, .silent, now: now)
            case .call(let key): callDue(key, now: now)
            case .token(let digest): tokenDue(digest, now: now)
            case .code(let nameplate): codeDue(nameplate, now: now)
            }
        }
    }

    // MARK: Outputs

    package var nextTimeout: Instant? { deadlines.next }

    package func pollOutput() -> Output? { outputs.isEmpty ? nil : outputs.removeFirst() }

    /// All outputs that there are.
    package func takeOutputs() -> [Output] {
        defer { outputs = [] }
        return outputs
    }

    /// Lines `name value`: what there is now, what has been, and what the owner adds.
    package var report: String {
        let present: [(name: String, value: UInt64)] = [
            ("clients", UInt64(clients.count)), ("clients_callable", UInt64(clients.callableCount)),
            ("calls_pending", UInt64(calls.count)), ("tokens_waiting", UInt64(relayed.tokenCount)),
            ("channel_sides", UInt64(relayed.channelCount)),
            ("nameplates_open", UInt64(mailboxes.openCount)),
            ("sources_with_penalty", UInt64(penalties.count)),
        ]
        let all = present + counters.named + additionalCounters()
        return all.reduce(into: "") { text, counter in
            let line = "\(counter.name) \(counter.value)\n"
            if text.utf8.count + line.utf8.count <= MessageLimits.blob { text += line }
        }
    }

    // MARK: Parts

    private func handle(
        _ message: ClientMessage, from client: ClientRegistry.Client, now: Instant
    ) throws(MessageError) {
        // HELLO comes first and once.
        let isHello = message.kind == .hello
        guard isHello == (client.greeting == .awaited) else {
            throw .malformed(type: message.kind.rawValue)
        }
        switch message {
        case .hello(let isCallable, _):
            clients.greet(client.id, isCallable: isCallable)
            welcome(client.id, at: client.place)
        case .call(let call, let callee, let wantsRelay, let sealed):
            let request = CallRequest(
                call: call, callee: callee, wantsRelay: wantsRelay, sealed: sealed)
            self.call(request, from: client, now: now)
        case .answer(let call, let isAccepted, let sealed):
            answer(call, isAccepted: isAccepted, sealed: sealed, from: client, now: now)
        case .attach(let token): attach(token, from: client, now: now)
        case .detach(let channel): detach(channel, from: client)
        case .claim(let ttl, let uses): claim(ttl: ttl, uses: uses, from: client, now: now)
        case .join(let nameplate, let first): join(nameplate, first, from: client, now: now)
        case .post(let mailbox, let party, let bytes):
            post(bytes, from: mailbox, to: party, of: client)
        case .burn(let mailbox, let ending): burn(mailbox, ending, of: client)
        case .status:
            guard statusRates.take(client.id, now: now) else {
                return refuse(client.id, .status, reference: 0, .quota)
            }
            send(.counters(report), to: client.id)
        }
    }

    private func welcome(_ id: ClientID, at place: ClientPlace) {
        send(
            .welcome(
                ServerMessage.Welcome(
                    instance: instance, observed: place.observed, otherPort: settings.otherPort,
                    relays: relay != nil, relayRate: settings.relayRate)), to: id)
    }

    private func drop(_ client: ClientRegistry.Client, _ reason: DropReason, now: Instant) {
        counters.clientsDropped += 1
        logger.debug("client \(client.key) is dropped: \(reason)")
        forget(client, now: now)
        outputs.append(.drop(client.id, reason))
    }

    private func forget(_ client: ClientRegistry.Client, now: Instant) {
        guard let client = clients.remove(client.id) else { return }
        endCalls(of: client.id, now: now)
        for channel in client.channels.sorted(by: { $0.number < $1.number }) {
            end(channel, telling: .peerDetached)
        }
        closeMailboxes(of: client)
        sweepDeadlines()
    }

    /// Deadlines of what is over are forgotten before they become many.
    func sweepDeadlines() {
        let alive = clients.count + calls.count + relayed.tokenCount + mailboxes.openCount
        deadlines.sweep(aliveCount: alive) { deadline in
            switch deadline {
            case .hello(let id): clients[id]?.greeting == .awaited
            case .call(let key): calls[key] != nil
            case .token(let digest): relayed.token(digest) != nil
            case .code(let nameplate): mailboxes.code(nameplate) != nil
            }
        }
    }

    func send(_ message: ServerMessage, to id: ClientID) { outputs.append(.send(id, message)) }

    func refuse(
        _ id: ClientID, _ kind: ClientMessage.Kind, reference: UInt64, _ status: RendezvousStatus
    ) {
        send(.refused(type: kind.rawValue, reference: reference, status), to: id)
    }
}
