import Forwarding
import SRMUDP

/// Whether connections with peers that are met through servers come to a direct path, and how soon.
///
///     state      event                                 becomes
///     calling    the peer answered                     answered
///     either     up over a direct path                 forgotten: direct
///     either     up over a relay                       relayed
///     either     closed                                forgotten: unreached
///     relayed    the path is direct                    forgotten: direct
///     relayed    30 s since it was up, or closed       forgotten: relayed
///
/// A path that becomes direct later still, or is lost again, is counted by its connection.
final class PunchWatch {
    enum Outcome: Hashable, CaseIterable {
        case direct, relayed, unreached
    }

    /// What people may want to know while it lasts.
    enum Stage: Equatable {
        /// Servers are asked to introduce us, and known addresses are dialled.
        case calling
        /// The peer told its addresses, and both sides try each other's.
        case answered
        /// The peer is reached by a relay, and both sides go on trying.
        case relayed
        case ended(Outcome)
    }

    private struct Attempt {
        let connection: Connection
        let since: Instant
        var hasAnswered = false
        /// Not nil from the time on when it is up.
        var timer: TimerID?
    }

    /// How long a connection may take from being up to a direct path.
    private let patience: Interval

    static let emptyTimes = DurationHistogram(bounds: [
        .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500), .seconds(1),
        .seconds(2), .seconds(3), .seconds(5), .seconds(10), .seconds(20), .seconds(30),
        .seconds(60),
    ])

    private let loop: EventLoop
    private var attempts: [ObjectIdentifier: Attempt] = [:]
    private(set) var outcomes: [Outcome: UInt64] = [:]
    /// From the first dial or the peer's call to the first direct path.
    private(set) var times = emptyTimes
    /// Is told of each stage, with the time since the attempt began.
    var changed: (Connection, Stage, Interval) -> Void = { _, _, _ in }

    init(loop: EventLoop, patience: Interval = .seconds(30)) {
        self.loop = loop
        self.patience = patience
    }

    /// A peer is dialled, or called us, and servers carry the addresses.
    func began(_ connection: Connection) {
        let id = ObjectIdentifier(connection)
        guard attempts[id] == nil else { return }
        attempts[id] = Attempt(connection: connection, since: loop.now)
        changed(connection, .calling, .zero)
    }

    /// The peer has told through a server where it may be reached.
    func answered(_ connection: Connection) {
        let id = ObjectIdentifier(connection)
        guard let attempt = attempts[id], !attempt.hasAnswered, attempt.timer == nil else { return }
        attempts[id]?.hasAnswered = true
        changed(connection, .answered, loop.now - attempt.since)
    }

    func handle(_ event: ConnectionEvent, on connection: Connection) {
        let id = ObjectIdentifier(connection)
        guard let attempt = attempts[id] else { return }
        switch event {
        case .established, .pathChanged:
            if connection.pathKind == .direct { return end(attempt, .direct) }
            guard attempt.timer == nil else { return }
            attempts[id]?.timer = loop.schedule(after: patience) { [weak self] in
                self?.giveUp(id)
            }
            changed(connection, .relayed, loop.now - attempt.since)
        case .closed: end(attempt, attempt.timer == nil ? .unreached : .relayed)
        case .silent, .heard, .candidates, .datagram: break
        }
    }

    private func giveUp(_ id: ObjectIdentifier) {
        guard let attempt = attempts[id] else { return }
        end(attempt, .relayed)
    }

    private func end(_ attempt: Attempt, _ outcome: Outcome) {
        if let timer = attempt.timer { loop.cancel(timer) }
        attempts[ObjectIdentifier(attempt.connection)] = nil
        outcomes[outcome, default: 0] += 1
        let time = loop.now - attempt.since
        if outcome == .direct { times.observe(time) }
        changed(attempt.connection, .ended(outcome), time)
    }
}
