import SRMUDP

/// A code of ours that waits for whoever is told it: at a rendezvous server, and on the local
/// network.
///
/// With a server, the server gives the number of the code; where none answers in time, or none is
/// known, the code is good on the local network alone.
final class CodeInvitation {
    enum Change {
        /// The code, to be told to the other person; whether a server knows it.
        case ready(PairingCode, isLocalOnly: Bool)
        case paired(PairedPeer, usesLeft: Int)
        /// Nothing is left to be done.
        case finished
        case failed(PairingFailure)
        /// The server with the code is gone; on the local network the code is still good.
        case serverLost(String)
    }

    /// How long a server is waited for.
    private static let serverTime: Interval = .seconds(10)
    /// How long the last answer is given time to arrive.
    private static let farewellTime: Interval = .seconds(2)

    private let options: InvitationOptions
    private let profile: () -> PairingProfile
    private let meeting: Meeting?
    private let loop: EventLoop
    private let random: any RandomSource
    private let logger: Logger
    private let report: (Change) -> Void
    private var issuer: PairingIssuer?
    private var local: LANPairing?
    private var server: ServerSession?
    private var mailbox: MailboxID?
    private var timer: TimerID?
    private var isOver = false

    /// - Parameter profile: what a joiner is told about us.
    init(
        options: InvitationOptions, profile: @escaping () -> PairingProfile, meeting: Meeting?,
        loop: EventLoop, random: any RandomSource, logger: Logger,
        report: @escaping (Change) -> Void
    ) {
        self.options = options
        self.profile = profile
        self.meeting = meeting
        self.loop = loop
        self.random = random
        self.logger = logger
        self.report = report
    }

    func start() {
        guard let meeting, !meeting.servers.isEmpty else {
            return open(PairingCode.localNameplate(random: random), isLocalOnly: true)
        }
        if let up = meeting.servers.first(where: \.isUp) { return claim(at: up) }
        timer = loop.schedule(after: Self.serverTime) { [weak self] in self?.noServer() }
    }

    /// The user does not want to wait any more.
    func cancel() {
        guard var issuer, !isOver else { return end() }
        let actions = issuer.cancel(now: loop.now)
        self.issuer = issuer
        perform(actions)
    }

    /// Something happened with a server.
    func handle(_ change: ServerSession.Change, of server: ServerSession) {
        guard !isOver else { return }
        switch change {
        case .up:
            if issuer == nil, self.server == nil { claim(at: server) }
        case .down(let reason):
            guard server === self.server else { return }
            mailbox = nil
            if issuer == nil { self.server = nil } else { report(.serverLost(reason)) }
        case .event(let event):
            if server === self.server { handle(event) }
        case .observed, .moved, .denied: break
        }
    }

    private func handle(_ event: RendezvousClientEvent) {
        switch event {
        case .claimed(let mailbox, let nameplate, _):
            guard issuer == nil else { return }
            self.mailbox = mailbox
            open(nameplate.number, isLocalOnly: false)
        case .claimFailed(let failure):
            guard issuer == nil else { return }
            logger.warning("the rendezvous server gives no code: \(failure)")
            open(PairingCode.localNameplate(random: random), isLocalOnly: true)
        case .entered(let mailbox, let party, let message),
            .message(let mailbox, let party, let message):
            receive(message, from: .mailbox(mailbox.value, party: party))
        case .closed(let closed, let loss):
            guard closed == mailbox else { return }
            mailbox = nil
            closedByServer(loss)
        case .welcome, .incoming, .called, .callFailed, .answerRefused, .attached, .attachFailed,
            .joined, .detached, .joinedCode, .joinFailed, .postRefused, .counters, .failed:
            break
        }
    }

    private func closedByServer(_ loss: MailboxLoss) {
        guard issuer?.state == .open else { return end() }
        switch loss {
        case .ending(.crowded), .ending(.tooManyMessages): fail(.crowded)
        case .ending(.wrongCode): fail(.wrongCode)
        case .ending(.expired): fail(.expired)
        case .ending(let ending): report(.serverLost("\(ending)"))
        case .connectionLost: report(.serverLost("the connection was lost"))
        }
    }

    private func claim(at server: ServerSession) {
        self.server = server
        server.client.claim(
            ttl: UInt32(options.lifetime.seconds), uses: UInt8(options.uses), now: loop.now)
        server.flush()
    }

    private func noServer() {
        guard issuer == nil else { return }
        server = nil
        open(PairingCode.localNameplate(random: random), isLocalOnly: true)
    }

    private func open(_ nameplate: UInt32, isLocalOnly: Bool) {
        cancelTimer()
        let code = PairingCode(
            nameplate: nameplate, wordCount: options.wordCount, random: random)
        var configuration = PairingIssuer.Configuration()
        configuration.lifetime = .seconds(options.lifetime.seconds)
        configuration.uses = options.uses
        issuer = PairingIssuer(
            secret: code.stretched(), profile: profile(), configuration: configuration,
            random: random, now: loop.now)
        do throws(SystemError) {
            local = try LANPairing.issuer(nameplate: nameplate, loop: loop) {
                [weak self] message, route in
                self?.receive(message, from: route)
            }
        } catch {
            logger.debug("no pairing on the local network: \(error)")
        }
        report(.ready(code, isLocalOnly: isLocalOnly))
        schedule()
    }

    private func receive(_ message: [UInt8], from route: PairingRoute) {
        guard var issuer else { return }
        issuer.profile = profile()
        let actions = issuer.receive(message, from: route, now: loop.now)
        self.issuer = issuer
        perform(actions)
    }

    private func perform(_ actions: [PairingAction]) {
        for action in actions {
            switch action {
            case .send(let message, .mailbox(let number, let party)):
                server?.client.post(message, from: MailboxID(number), to: party)
                server?.flush()
            case .send(let message, .local(let address)): local?.send(message, to: address)
            case .completed(let peer): paired(peer)
            case .failed(let failure): fail(failure)
            }
        }
        schedule()
    }

    private func paired(_ peer: PairedPeer) {
        let usesLeft = issuer?.usesLeft ?? 0
        report(.paired(peer, usesLeft: usesLeft))
        guard usesLeft == 0 else { return }
        loop.schedule(after: Self.farewellTime) { [weak self] in self?.end() }
    }

    private func fail(_ failure: PairingFailure) {
        guard !isOver else { return }
        if let mailbox {
            server?.client.burn(mailbox, failure == .cancelled ? .withdrawn : .wrongCode)
            server?.flush()
        }
        isOver = true
        cancelTimer()
        report(.failed(failure))
    }

    private func end() {
        guard !isOver else { return }
        isOver = true
        cancelTimer()
        if let mailbox {
            server?.client.burn(mailbox, .finished)
            server?.flush()
        }
        local?.stop()
        report(.finished)
    }

    private func schedule() {
        cancelTimer()
        guard !isOver, let due = issuer?.nextTimeout else { return }
        timer = loop.schedule(at: due) { [weak self] in
            guard let self, var issuer else { return }
            let actions = issuer.handleTimeout(now: loop.now)
            self.issuer = issuer
            perform(actions)
        }
    }

    private func cancelTimer() {
        if let timer { loop.cancel(timer) }
        timer = nil
    }
}
