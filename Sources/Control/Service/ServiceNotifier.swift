internal import Glibc
import SRMUDP

/// Tells the service manager how the process is, in the words of sd_notify(3).
///
///     begin ──▸ READY=1 ◂──────────── reloaded
///                  │ reloading            ▲
///                  ├──▸ RELOADING=1 ──────┘
///                  │ stopping
///                  └──▸ STOPPING=1, once
///
/// Besides, WATCHDOG=1 in half the time of WATCHDOG_USEC, and a STATUS line when it changed, at most
/// once a second. NOTIFY_SOCKET stays in the environment: the program that goes on with this process
/// (`Handover`) tells the manager again that it is ready, and the process is the same one.
final class ServiceNotifier {
    private enum State {
        case starting
        case ready
        case reloading
        case stopping
    }

    private static let statusInterval: Interval = .seconds(1)

    private let socket: NotificationSocket
    /// Between two signs of life; nil where nobody waits for them.
    let watchdogInterval: Interval?
    private let logger: Logger
    private var state = State.starting
    private var summary: () -> String = { "" }
    private var lastSummary = ""
    private var nextSummary: Instant?
    private var hasFailed = false

    /// Nil where no service manager listens.
    ///
    /// - Parameter variable: looks an environment variable up.
    init?(variable: (String) -> String?, logger: Logger) {
        guard let text = variable("NOTIFY_SOCKET"), !text.isEmpty else { return nil }
        do throws(SystemError) {
            socket = try NotificationSocket(text)
        } catch {
            logger.warning("the service manager cannot be told anything: \(error)")
            return nil
        }
        self.logger = logger
        watchdogInterval = Self.watchdogInterval(variable, processID: getpid())
    }

    /// Half of WATCHDOG_USEC, if it is meant for this process.
    static func watchdogInterval(
        _ variable: (String) -> String?, processID: Int32
    ) -> Interval? {
        guard let text = variable("WATCHDOG_USEC"), let microseconds = Int64(text),
            (1...Int64.max / 1_000).contains(microseconds)
        else { return nil }
        if let process = variable("WATCHDOG_PID"), process != "\(processID)" { return nil }
        return Interval(nanoseconds: max(1_000_000, microseconds * 500))
    }

    /// Everything is up: says so, and from now on gives signs of life from the loop.
    ///
    /// - Parameter summary: one sentence about what is going on.
    func begin(on loop: EventLoop, summary: @escaping () -> String) {
        guard state == .starting else { return }
        self.summary = summary
        state = .ready
        tellReady()
        nextSummary = loop.now + Self.statusInterval
        loop.addTurnHook { [weak self] now in self?.tellSummary(now: now) }
        if let watchdogInterval { scheduleSign(on: loop, after: watchdogInterval) }
    }

    func reloading() {
        guard state == .ready else { return }
        state = .reloading
        var time = timespec()
        // What systemd compares it with is this clock, and not the one of the loop.
        clock_gettime(CLOCK_MONOTONIC, &time)
        let microseconds = time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
        tell("RELOADING=1\nMONOTONIC_USEC=\(microseconds)\nSTATUS=reading files again")
    }

    func reloaded() {
        guard state == .reloading else { return }
        state = .ready
        tellReady()
    }

    func stopping() {
        guard state != .stopping else { return }
        state = .stopping
        tell("STOPPING=1\nSTATUS=ending")
    }

    private func tellReady() {
        lastSummary = summary()
        tell("READY=1\nSTATUS=\(lastSummary)")
    }

    /// - Returns: when to look again if it was too early.
    private func tellSummary(now: Instant) -> Instant? {
        guard state == .ready, let due = nextSummary else { return nil }
        guard now >= due else { return due }
        nextSummary = now + Self.statusInterval
        let text = summary()
        guard text != lastSummary else { return nil }
        lastSummary = text
        tell("STATUS=\(text)", patience: .none)
        return nil
    }

    private func scheduleSign(on loop: EventLoop, after interval: Interval) {
        loop.schedule(after: interval) { [weak self, weak loop] in
            guard let self, let loop else { return }
            tell("WATCHDOG=1", patience: .none)
            scheduleSign(on: loop, after: interval)
        }
    }

    private func tell(_ text: String, patience: NotificationSocket.Patience = .second) {
        do throws(SystemError) {
            try socket.send(text, patience: patience)
            hasFailed = false
        } catch {
            if !hasFailed { logger.warning("the service manager does not listen: \(error)") }
            hasFailed = true
        }
    }
}
