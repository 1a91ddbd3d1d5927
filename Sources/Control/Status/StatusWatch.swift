internal import Glibc
import SRMUDP

/// `p2pfwd status --watch`: what the processes of this home do, each second anew.
///
/// On a terminal it is a screen that stays in its place; otherwise a block of lines each time, and
/// with `--json` an object on one line: `time`, and `processes` as `status --json` has them.
final class StatusWatch {
    private static let interval: Interval = .seconds(1)

    private let options: StatusOptions
    private let context: CommandContext
    private let loop: EventLoop
    private var model = WatchModel()
    private var isEnded = false
    private var isOutdated = false
    private var hasSeenAny = false

    init(options: StatusOptions, context: CommandContext, loop: EventLoop) {
        self.options = options
        self.context = context
        self.loop = loop
    }

    func run() throws(CommandError) -> ExitCode {
        let variable = { (name: String) in getenv(name).map { String(cString: $0) } }
        let isScreen = !options.json && WatchTerminal.isPossible(variable)
        let terminal = isScreen ? WatchTerminal(loop: loop) : nil
        defer { terminal?.leave() }
        do throws(SystemError) {
            try loop.onSignal([SIGINT, SIGTERM, SIGHUP, SIGWINCH]) { [unowned self] number in
                if number == SIGWINCH { isOutdated = true } else { isEnded = true }
            }
            try terminal?.enter()
        } catch {
            throw CommandError("terminal", "\(error)", .localError)
        }
        let isUnicode = WatchTerminal.isUnicode(variable)
        while !isOver(terminal) {
            let next = loop.now + Self.interval
            try look(isScreen: isScreen)
            draw(on: terminal, isUnicode: isUnicode)
            try wait(until: next, terminal, isUnicode: isUnicode)
        }
        return hasSeenAny ? .success : .failure
    }

    private func isOver(_ terminal: WatchTerminal?) -> Bool {
        isEnded || terminal?.isEnded == true
    }

    private func look(isScreen: Bool) throws(CommandError) {
        // Complaints would spoil the screen; the process is missing on it then.
        let complain: (String) -> Void = isScreen ? { _ in } : context.report
        let inquiry = StatusInquiry(home: context.home, loop: loop, complain: complain)
        let answers = try inquiry.ask(listsFlows: options.listsFlows)
        if !answers.isEmpty { hasSeenAny = true }
        if options.json {
            let members: [JSONValue.Member] = [
                ("time", .string("\(Program.now())")), ("processes", .array(answers)),
            ]
            return context.output(JSONValue.object(members).text)
        }
        model.take(answers.compactMap(StatusReport.init))
        guard !isScreen else { return }
        context.output("\(Program.now())")
        for report in model.reports {
            for line in report.lines { context.output(line) }
        }
    }

    private func draw(on terminal: WatchTerminal?, isUnicode: Bool) {
        guard let terminal else { return }
        let size = terminal.size
        let view = WatchView(width: size.columns, height: size.rows, isUnicode: isUnicode)
        terminal.draw(view.lines(of: model, time: "\(Program.now())"))
        isOutdated = false
    }

    private func wait(
        until deadline: Instant, _ terminal: WatchTerminal?, isUnicode: Bool
    ) throws(CommandError) {
        do throws(SystemError) {
            while !isOver(terminal), loop.now < deadline {
                try loop.runTurn(waitingAtMost: deadline - loop.now)
                if isOutdated { draw(on: terminal, isUnicode: isUnicode) }
            }
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
    }
}
