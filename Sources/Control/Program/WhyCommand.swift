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
    private var connectTimer: TimerID?
    private var theirs: PathReport?
    private var isTelling = false

    package init(options: WhyOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let lookup = PeerLookup(context: context)
        let peer = try lookup.peer(named: options.peer)
        let runner = try NodeRunner()
        var nodeOptions = Node.Options()
        nodeOptions.label = context.label
        nodeOptions.meeting = options.meeting
        let node = try Node(
            options: nodeOptions, context: context, loop: runner.loop, clock: Program.now,
            logger: logger
        ) { [unowned self] session, change in
            report(session, change, runner)
        }
        node.reportServer = { ServerReporter(logger: logger).report($0, $1) }
        node.receivedReport = { [unowned self] in theirs = $1 }
        let session = node.connect(to: peer)
        connectTimer = runner.loop.schedule(after: .seconds(options.connectTimeout.seconds)) {
            runner.fail(
                lookup.unreachable(
                    peer, after: self.options.connectTimeout, meeting: node.meeting,
                    connection: session.connection))
        }
        self.node = node
        return try runner.run(node, logger: logger)
    }

    private var node: Node?

    private func report(
        _ session: Session, _ change: Session.Change, _ runner: NodeRunner
    ) {
        switch change {
        case .up(let connection):
            if let connectTimer { runner.loop.cancel(connectTimer) }
            connectTimer = nil
            runner.loop.schedule(after: Self.trialTime) { [weak self] in
                self?.askForReport(connection, runner, attempts: Self.reportAttempts)
            }
            watch(connection, runner)
        case .lost(let error) where error.isRefusal:
            runner.fail(.refused(by: session.peer.name, error))
        case .lost(let error):
            runner.fail(CommandError("lost '\(session.peer.name)'", "\(error)", .notReachable))
        case .silent, .heard, .pathChanged, .forwarding: break
        }
    }

    /// A direct path needs no long trial.
    private func watch(_ connection: Connection, _ runner: NodeRunner) {
        runner.loop.schedule(after: .seconds(1)) { [weak self, weak connection] in
            guard let self, let connection, !isTelling else { return }
            if connection.pathKind == .direct {
                askForReport(connection, runner, attempts: Self.reportAttempts)
            } else {
                watch(connection, runner)
            }
        }
    }

    private func askForReport(_ connection: Connection, _ runner: NodeRunner, attempts: Int) {
        guard !isTelling || attempts < Self.reportAttempts else { return }
        isTelling = true
        guard theirs == nil, attempts > 0 else { return tell(connection, runner) }
        _ = connection.sendDatagram(NodeMessage.reportRequest(UInt32(attempts)).encoded)
        runner.loop.schedule(after: Self.reportTime / Int64(Self.reportAttempts)) {
            [weak self, weak connection] in
            guard let self, let connection else { return }
            askForReport(connection, runner, attempts: attempts - 1)
        }
    }

    private func tell(_ connection: Connection, _ runner: NodeRunner) {
        guard let node else { return }
        let explanation = PathExplanation(
            peer: options.peer, connection: connection, ours: node.pathReport(of: connection),
            theirs: theirs, servers: node.meeting?.outcomes(for: connection) ?? [],
            policy: options.meeting.path)
        if options.json {
            context.output(explanation.json)
        } else {
            for line in explanation.lines { context.output(line) }
        }
        runner.end()
    }
}
