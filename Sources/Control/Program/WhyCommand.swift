import SRMUDP

/// `p2pfwd why PEER`: connects, lets all candidates be tried, has the peer tell what it tried, and
/// explains the path that came of it.
package final class WhyCommand {
    /// How long candidates are tried before the verdict, unless the path is direct before.
    private static let trialTime: Interval = .seconds(7)
    private static let reportTime: Interval = .seconds(3)
    private static let reportAttempts = 6

    private let options: WhyOptions
    private let context: CommandContext
    private var theirs: PathReport?
    private var isTelling = false

    package init(options: WhyOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let visit = try PeerVisit(
            to: options.peer, patience: options.connectTimeout, meeting: options.meeting,
            context: context, logger: logger
        ) { [unowned self] visit, change in
            switch change {
            case .up(let connection): arrived(connection, visit)
            case .lost(let error):
                visit.runner.fail(
                    CommandError("lost '\(options.peer)'", "\(error)", .notReachable))
            case .silent: break
            }
        }
        visit.node.receivedReport = { [unowned self] in theirs = $1 }
        return try visit.run()
    }

    private func arrived(_ connection: Connection, _ visit: PeerVisit) {
        visit.runner.loop.schedule(after: Self.trialTime) { [weak self] in
            self?.askForReport(connection, visit, attempts: Self.reportAttempts)
        }
        watch(connection, visit)
    }

    /// A direct path needs no long trial.
    private func watch(_ connection: Connection, _ visit: PeerVisit) {
        visit.runner.loop.schedule(after: .seconds(1)) { [weak self, weak connection] in
            guard let self, let connection, !isTelling else { return }
            if connection.pathKind == .direct {
                askForReport(connection, visit, attempts: Self.reportAttempts)
            } else {
                watch(connection, visit)
            }
        }
    }

    private func askForReport(_ connection: Connection, _ visit: PeerVisit, attempts: Int) {
        guard !isTelling || attempts < Self.reportAttempts else { return }
        isTelling = true
        guard theirs == nil, attempts > 0 else { return tell(connection, visit) }
        _ = connection.sendDatagram(NodeMessage.reportRequest(UInt32(attempts)).encoded)
        visit.runner.loop.schedule(after: Self.reportTime / Int64(Self.reportAttempts)) {
            [weak self, weak connection] in
            guard let self, let connection else { return }
            askForReport(connection, visit, attempts: attempts - 1)
        }
    }

    private func tell(_ connection: Connection, _ visit: PeerVisit) {
        let node = visit.node
        let explanation = PathExplanation(
            peer: options.peer, connection: connection, ours: node.pathReport(of: connection),
            theirs: theirs, servers: node.meeting?.outcomes(for: connection) ?? [],
            policy: options.meeting.path)
        if options.json {
            context.output(explanation.json)
        } else {
            for line in explanation.lines { context.output(line) }
        }
        visit.runner.end()
    }
}
