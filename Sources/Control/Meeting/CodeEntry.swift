import SRMUDP

/// A code that we were told: pairs with the machine that shows it, through whichever of the
/// rendezvous servers and the local network gets there first.
final class CodeEntry {
    enum Change {
        case paired(PairedPeer)
        case failed(PairingFailure)
    }

    /// How long the local network has when all servers say that they do not know the code.
    private static let localTime: Interval = .seconds(3)
    /// How long the last messages are given time to leave.
    static let farewellTime: Interval = .milliseconds(500)

    private let code: PairingCode
    private let meeting: Meeting?
    private let loop: EventLoop
    private let logger: Logger
    private let report: (Change) -> Void
    private var joiner: PairingJoiner
    private var local: LANPairing?
    private var mailboxes: [(id: MailboxID, server: ServerSession)] = []
    private var refusals: [(server: ServerSession, failure: RequestFailure)] = []
    private var timer: TimerID?
    private var isOver = false

    init(
        code: PairingCode, profile: PairingProfile, meeting: Meeting?, loop: EventLoop,
        random: any RandomSource, logger: Logger, report: @escaping (Change) -> Void
    ) {
        self.code = code
        self.meeting = meeting
        self.loop = loop
        self.logger = logger
        self.report = report
        joiner = PairingJoiner(
            secret: code.stretched(), profile: profile, random: random, now: loop.now)
        do throws(SystemError) {
            local = try LANPairing.joiner(
                nameplate: code.nameplate, firstMessage: joiner.firstMessage, random: random,
                loop: loop
            ) { [weak self] message, route in
                self?.receive(message, from: route)
            }
        } catch {
            logger.debug("no pairing on the local network: \(error)")
        }
    }

    func start() {
        for server in meeting?.servers ?? [] where server.isUp { join(at: server) }
        schedule()
    }

    /// What the servers said, for people.
    var refusalText: String? {
        guard !refusals.isEmpty else { return nil }
        return refusals.map { "\($0.server.address.place): \($0.failure)" }
            .joined(separator: "; ")
    }

    /// Something happened with a server.
    func handle(_ change: ServerSession.Change, of server: ServerSession) {
        guard !isOver else { return }
        switch change {
        case .up: join(at: server)
        case .down: mailboxes.removeAll { $0.server === server }
        case .event(let event): handle(event, of: server)
        case .observed, .moved, .denied: break
        }
    }

    private func handle(_ event: RendezvousClientEvent, of server: ServerSession) {
        switch event {
        case .joinedCode(let mailbox, let nameplate):
            if nameplate.number == code.nameplate { mailboxes.append((mailbox, server)) }
        case .joinFailed(let nameplate, let failure):
            if nameplate.number == code.nameplate { refused(failure, by: server) }
        case .message(let mailbox, let party, let message):
            receive(message, from: .mailbox(mailbox.value, party: party))
        case .closed(let mailbox, let loss):
            mailboxes.removeAll { $0.id == mailbox }
            if case .ending(.crowded) = loss { finish(.crowded) }
        case .welcome, .incoming, .called, .callFailed, .answerRefused, .attached, .attachFailed,
            .joined, .detached, .claimed, .claimFailed, .entered, .postRefused, .counters, .failed:
            break
        }
    }

    private func join(at server: ServerSession) {
        server.client.join(
            Nameplate(code.nameplate), first: joiner.firstMessage, now: loop.now)
        server.flush()
    }

    /// Perhaps another server, or the local network, knows better.
    private func refused(_ failure: RequestFailure, by server: ServerSession) {
        refusals.append((server, failure))
        let count = meeting?.servers.count ?? 0
        guard refusals.count >= count else { return }
        loop.schedule(after: Self.localTime) { [weak self] in
            guard let self, !isOver, mailboxes.isEmpty, !joiner.isAnswered else { return }
            perform(joiner.refuse(failureOfRefusals))
        }
    }

    private var failureOfRefusals: PairingFailure {
        let isKnown = refusals.contains { $0.failure == .status(.crowded) }
        return isKnown ? .crowded : .unknownCode
    }

    private func receive(_ message: [UInt8], from route: PairingRoute) {
        guard !isOver else { return }
        perform(joiner.receive(message, from: route, now: loop.now))
    }

    private func perform(_ actions: [PairingAction]) {
        for action in actions {
            switch action {
            case .send(let message, .mailbox(let number, let party)):
                guard let mailbox = mailboxes.first(where: { $0.id.value == number }) else {
                    continue
                }
                mailbox.server.client.post(message, from: mailbox.id, to: party)
                mailbox.server.flush()
            case .send(let message, .local(let address)): local?.send(message, to: address)
            case .completed(let peer): finish(peer)
            case .failed(let failure): finish(failure)
            }
        }
        schedule()
    }

    private func finish(_ peer: PairedPeer) {
        guard !isOver else { return }
        close(.finished)
        report(.paired(peer))
    }

    private func finish(_ failure: PairingFailure) {
        guard !isOver else { return }
        close(failure == .wrongCode ? .wrongCode : .withdrawn)
        report(.failed(failure))
    }

    private func close(_ ending: MailboxEnding) {
        isOver = true
        cancelTimer()
        for mailbox in mailboxes {
            mailbox.server.client.burn(mailbox.id, ending)
            mailbox.server.flush()
        }
        local?.stop()
        local = nil
    }

    private func schedule() {
        cancelTimer()
        guard !isOver, let due = joiner.nextTimeout else { return }
        timer = loop.schedule(at: due) { [weak self] in
            guard let self, !isOver else { return }
            perform(joiner.handleTimeout(now: loop.now))
        }
    }

    private func cancelTimer() {
        if let timer { loop.cancel(timer) }
        timer = nil
    }
}
