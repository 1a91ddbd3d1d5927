import SRMUDP

/// The last way to a direct path from behind a NAT that takes another port for each destination:
/// opens spare sockets towards the peer and asks it to find one (`PortStage`, `PortGuesser`).
///
///     state       event                                  becomes
///     waiting     time, and the path is still relayed    examining
///     examining   the report: a NAT of this kind         open
///                 another one                            over
///     open        a direct path, or the time is over     waiting, or over after the third time
///
/// One for each connection; ends with it.
final class PortOpening {
    private enum State {
        case waiting
        case examining(FreshProbe)
        case open(PortStage)
        case over
    }

    private static let farewellTime: Interval = .seconds(3)

    let connection: Connection
    private let services: MeetingServices
    /// Whether there is any point in trying now, and by which server's eyes.
    private let server: () -> SocketAddress?
    /// What the peer is to be told changed.
    private let announce: () -> Void
    private var state = State.waiting
    private var sockets: SpareSockets?
    private var count = 0
    private var timer: TimerID?

    init(
        _ connection: Connection, services: MeetingServices,
        server: @escaping () -> SocketAddress?, announce: @escaping () -> Void
    ) {
        self.connection = connection
        self.services = services
        self.server = server
        self.announce = announce
        wait(PortStage.patience)
    }

    /// What the peer is to be told besides the usual.
    var candidates: [Candidate] {
        if case .open(let stage) = state { stage.candidates } else { [] }
    }

    /// The connection is over, or is about to be.
    func end() {
        cancelTimer()
        if case .examining(let probe) = state { probe.stop() }
        state = .over
        guard let sockets else { return }
        self.sockets = nil
        // The good-bye to the peer may go by one of them.
        services.loop.schedule(after: Self.farewellTime) { sockets.close() }
    }

    private func wait(_ interval: Interval) {
        state = .waiting
        schedule(after: interval) { $0.begin() }
    }

    private func begin() {
        guard !connection.isClosed else { return end() }
        guard connection.isEstablished, !isDirect, count < PortStage.limit, let server = server()
        else { return wait(PortStage.rest) }
        count += 1
        let probe = FreshProbe(loop: services.loop)
        state = .examining(probe)
        probe.examine(server: server, services: services) { [weak self] report in
            guard let self, case .examining = state else { return }
            examined(report)
        }
    }

    private var isDirect: Bool { connection.pathKind == .direct }

    private func examined(_ report: NetworkReport?) {
        let budget = services.settings.probeBudget
        guard let report, let stage = PortStage(report, budget: budget),
            let remote = PortStage.remote(among: connection.remoteCandidates, near: stage.hint)
        else { return wait(PortStage.rest) }
        services.logger.info(
            "no direct path to '\(remote)' yet: opening \(stage.count) sockets towards it, a "
                + "datagram of a byte each (--probe-budget)")
        sockets?.close()
        let sockets = SpareSockets(
            towards: remote, carrier: services.driver, loop: services.loop
        ) { [weak self] link in
            self?.heard(link)
        }
        self.sockets = sockets
        state = .open(stage)
        open(sockets, stage, until: services.loop.now + PortStage.length)
    }

    private func open(_ sockets: SpareSockets, _ stage: PortStage, until end: Instant) {
        do throws(SystemError) {
            for _ in 0..<min(PortStage.batch, stage.count - sockets.count) {
                let number = services.linkNumbers.next()
                try sockets.open(
                    LinkAddress(.socket, number: number), hopLimit: PortStage.hopLimit)
            }
        } catch {
            services.logger.debug("\(sockets.count) sockets must do: \(error)")
            return opened(until: end)
        }
        guard sockets.count < stage.count else { return opened(until: end) }
        schedule(after: PortStage.pace) { $0.open(sockets, stage, until: end) }
    }

    private func opened(until end: Instant) {
        announce()
        watch(until: end)
    }

    private func watch(until end: Instant) {
        guard !isDirect, !connection.isClosed, services.loop.now < end else { return close() }
        schedule(after: .milliseconds(200)) { $0.watch(until: end) }
    }

    /// Something came in: the peer has found the port.
    private func heard(_ link: LinkAddress) {
        services.logger.debug("the peer found \(link)")
        connection.addAddress(link.socketAddress, now: services.loop.now)
    }

    /// Keeps what is in use.
    private func close() {
        let inUse = connection.currentPath?.remote
        sockets?.close { $0.socketAddress == inUse }
        wait(PortStage.rest)
        announce()
    }

    private func schedule(after interval: Interval, _ body: @escaping (PortOpening) -> Void) {
        cancelTimer()
        timer = services.loop.schedule(after: interval) { [weak self] in
            guard let self else { return }
            timer = nil
            body(self)
        }
    }

    private func cancelTimer() {
        if let timer { services.loop.cancel(timer) }
        timer = nil
    }
}
