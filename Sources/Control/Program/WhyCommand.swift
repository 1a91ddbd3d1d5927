import SRMUDP

/// `p2pfwd why PEER`: connects, lets all candidates be tried, has the peer tell what it tried, and
/// explains the path that came of it.
package final class WhyCommand {
    private let options: WhyOptions
    private let context: CommandContext
    private var inquiry: PathInquiry?

    package init(options: WhyOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let visit = try PeerVisit(options, context: context, logger: logger) {
            [unowned self] visit, change in
            switch change {
            case .up(let connection): arrived(connection, visit)
            case .lost(let error): visit.lost(error)
            case .silent: break
            }
        }
        visit.node.receivedReport = { [unowned self] connection, _, report in
            inquiry?.received(report, on: connection)
        }
        return try visit.run()
    }

    private func arrived(_ connection: Connection, _ visit: PeerVisit) {
        let inquiry = PathInquiry(
            node: visit.node, connection: connection, policy: options.meeting.path
        ) { [options, context] explanation in
            if options.json {
                context.output(explanation.json.text)
            } else {
                for line in explanation.lines { context.output(line) }
            }
        }
        self.inquiry = inquiry
        inquiry.begin { visit.runner.end() }
    }
}
