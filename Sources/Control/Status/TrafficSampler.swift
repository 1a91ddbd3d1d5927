import SRMUDP

/// Reads the byte counters of all sessions once a second, as long as there are any.
final class TrafficSampler {
    private static let interval: Interval = .seconds(1)

    private let loop: EventLoop
    private let sessions: () -> [Session]
    private var meters: [ObjectIdentifier: RateMeter] = [:]
    private var timer: TimerID?

    init(loop: EventLoop, sessions: @escaping () -> [Session]) {
        self.loop = loop
        self.sessions = sessions
    }

    /// There is a session now.
    func watch() {
        guard timer == nil else { return }
        timer = loop.schedule(after: Self.interval) { [weak self] in self?.sample() }
    }

    /// Over the last second.
    func rates(of session: Session) -> RateMeter {
        meters[ObjectIdentifier(session)] ?? RateMeter()
    }

    private func sample() {
        timer = nil
        let sessions = sessions()
        var next: [ObjectIdentifier: RateMeter] = [:]
        for session in sessions {
            var meter = rates(of: session)
            let statistics = session.connection?.statistics ?? ConnectionStatistics()
            meter.read(
                sent: statistics.bytesSent, received: statistics.bytesReceived, now: loop.now)
            next[ObjectIdentifier(session)] = meter
        }
        meters = next
        if !sessions.isEmpty { watch() }
    }
}
