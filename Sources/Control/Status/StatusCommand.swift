import SRMUDP

package struct StatusOptions: Equatable {
    package var json = false
    /// Whether it is shown again each second, until somebody ends it.
    package var isWatching = false
    /// Whether each flow is listed.
    package var listsFlows = false
}

/// `p2pfwd status`: what the running processes of this home do.
package struct StatusCommand {
    private let options: StatusOptions
    private let context: CommandContext

    package init(options: StatusOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run() throws(CommandError) -> ExitCode {
        let loop: EventLoop
        do throws(SystemError) {
            loop = try EventLoop()
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
        if options.isWatching {
            return try StatusWatch(options: options, context: context, loop: loop).run()
        }
        let inquiry = StatusInquiry(home: context.home, loop: loop, complain: context.report)
        let answers = try inquiry.ask(listsFlows: options.listsFlows)
        if options.json {
            context.output(JSONValue.array(answers).text)
        } else if answers.isEmpty {
            context.report("nothing of this home is running; p2pfwd serve would")
        } else {
            for report in answers.compactMap(StatusReport.init) {
                for line in report.lines { context.output(line) }
            }
        }
        return answers.isEmpty ? .failure : .success
    }
}
