import SRMUDP

/// `p2pfwd netcheck`: what the network between this machine and its rendezvous servers does.
package final class NetcheckCommand {
    private let options: NetcheckOptions
    private let context: CommandContext

    package init(options: NetcheckOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let loop: EventLoop
        do throws(SystemError) {
            loop = try EventLoop()
        } catch {
            throw CommandError("netcheck", "\(error)", .localError)
        }
        let check = NetworkCheck(
            settings: options.meeting, listen: options.listen, context: context, loop: loop,
            logger: logger)
        var outcome: Result<NetcheckReport, CommandError>?
        try check.begin { outcome = $0 }
        do throws(SystemError) {
            while outcome == nil { try loop.runTurn() }
        } catch {
            throw CommandError("netcheck", "\(error)", .localError)
        }
        guard let report = try outcome?.get() else { return .internalError }
        if options.json {
            context.output(report.json.text)
        } else {
            for line in report.lines { context.output(line) }
        }
        return report.isReached ? .success : .notReachable
    }
}
