import SRMUDP

/// `p2pfwd ping PEER`: path and round trip each second, until it is interrupted, the time is over,
/// or the path is direct (`--until-direct`).
package final class PingCommand {
    private static let interval: Interval = .seconds(1)

    private let options: PingOptions
    private let context: CommandContext
    private var count = 0
    private var connectTimer: TimerID?

    package init(options: PingOptions, context: CommandContext) {
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
            report(session, change, runner, logger)
        }
        node.reportServer = { ServerReporter(logger: logger).report($0, $1) }
        let session = node.connect(to: peer)
        let patience = min(options.connectTimeout, options.duration ?? options.connectTimeout)
        connectTimer = runner.loop.schedule(after: .seconds(patience.seconds)) {
            runner.fail(
                lookup.unreachable(
                    peer, after: patience, meeting: node.meeting, connection: session.connection))
        }
        if let duration = options.duration {
            runner.loop.schedule(after: .seconds(duration.seconds)) { [unowned self] in
                finish(runner)
            }
        }
        return try runner.run(node, logger: logger)
    }

    private func report(
        _ session: Session, _ change: Session.Change, _ runner: NodeRunner, _ logger: Logger
    ) {
        switch change {
        case .up(let connection):
            if let connectTimer { runner.loop.cancel(connectTimer) }
            ask(connection, session, runner)
        case .lost(let error) where error.isRefusal:
            runner.fail(.refused(by: session.peer.name, error))
        case .lost(let error): logger.info("lost '\(session.peer.name)': \(error)")
        case .silent: logger.info("'\(session.peer.name)' does not answer")
        case .heard, .pathChanged, .forwarding: break
        }
    }

    /// Has the peer answer, and looks at the time it took a second later.
    private func ask(_ connection: Connection, _ session: Session, _ runner: NodeRunner) {
        connection.ping(now: runner.loop.now)
        runner.loop.schedule(after: Self.interval) { [weak self, weak connection] in
            guard let self, let connection, connection === session.connection else { return }
            tell(connection)
            if options.endsWhenDirect, connection.pathKind == .direct {
                runner.end()
            } else {
                ask(connection, session, runner)
            }
        }
    }

    private func tell(_ connection: Connection) {
        guard connection.isEstablished, let path = connection.currentPath else { return }
        count += 1
        let kind = connection.pathKindText
        let roundTrip = connection.latestRoundTrip
        if options.json {
            context.output(
                JSONText.object([
                    ("sequence", .number(Int64(count))), ("kind", .string(kind)),
                    ("path", .string(path.remote.pathText)),
                    ("rttMicroseconds", .number(roundTrip.nanoseconds / 1000)),
                    ("silent", .bool(connection.isSilent)),
                ]).text)
        } else {
            let silence = connection.isSilent ? ", silent" : ""
            context.output("\(count): \(kind), \(path.remote.pathText), RTT \(roundTrip)\(silence)")
        }
    }

    private func finish(_ runner: NodeRunner) {
        guard !options.endsWhenDirect else {
            return runner.fail(
                CommandError(
                    "no direct path to '\(options.peer)'", "the path is still relayed",
                    hint: "p2pfwd why \(options.peer)", .noDirectPath))
        }
        runner.end()
    }
}
