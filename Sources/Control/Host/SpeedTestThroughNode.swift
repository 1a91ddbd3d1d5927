internal import Glibc
import SRMUDP

/// `p2pfwd speedtest` by way of the running node: it measures the session that flows use.
final class SpeedTestThroughNode {
    private let options: SpeedTestOptions
    private let context: CommandContext
    private let visit: NodeVisit

    init(options: SpeedTestOptions, context: CommandContext) throws(CommandError) {
        self.options = options
        self.context = context
        visit = try NodeVisit("speedtest", to: options, context: context)
    }

    func run(logger: Logger) throws(CommandError) -> ExitCode {
        visit.client.notified = { method, parameters in
            guard method == "progress" else { return }
            if let progress = SpeedTest.Progress(parameters) { logger.info(progress.line) }
        }
        var members = visit.members(of: options)
        members.append(("seconds", .number(Int64(options.seconds))))
        if options.isUp != options.isDown {
            let direction: SpeedTest.Direction = options.isUp ? .up : .down
            members.append(("direction", .string(direction.rawValue)))
        }
        return try visit.ask("path.speedtest", members) { [options, context] answer in
            guard !options.json else { return context.output(answer.text) }
            for line in SpeedTestResult(answer).lines { context.output(line) }
        }
    }
}
