import SRMUDP

/// Tells what a command waits for, and for how long: on one line of the terminal, which is written
/// anew each second and goes away.
///
/// Whatever takes less than a second is not told. Where there is no such line each text is one of
/// level debug (`-v`), once.
final class ProgressLine {
    private static let interval: Interval = .seconds(1)

    private let loop: EventLoop
    private let logger: Logger
    private let show: (String?) -> Void
    private var text: String?
    private var since: Instant?
    private var timer: TimerID?

    /// - Parameter show: puts a line in the place of the one before; nil takes it away.
    init(loop: EventLoop, logger: Logger, show: @escaping (String?) -> Void) {
        self.loop = loop
        self.logger = logger
        self.show = show
    }

    deinit { if let timer { loop.cancel(timer) } }

    /// Something is waited for, or something else than before.
    func tell(_ text: String) {
        guard text != self.text else { return }
        self.text = text
        since = since ?? loop.now
        logger.debug(text)
        if logger.level == .info, timer == nil { schedule() }
    }

    /// Nothing is waited for any more.
    func end() {
        if let timer { loop.cancel(timer) }
        timer = nil
        guard text != nil else { return }
        text = nil
        since = nil
        show(nil)
    }

    private func schedule() {
        timer = loop.schedule(after: Self.interval) { [weak self] in
            guard let self, let text = self.text, let since = self.since else { return }
            show("p2pfwd: \(text) (\((loop.now - since).nanoseconds / 1_000_000_000) s)")
            schedule()
        }
    }
}
