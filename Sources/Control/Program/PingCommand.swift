import SRMUDP

/// `p2pfwd ping PEER`: path and round trip each second, until it is interrupted, the time is over,
/// or the path is direct (`--until-direct`).
package final class PingCommand {
    private static let interval: Interval = .seconds(1)

    private let options: PingOptions
    private let context: CommandContext
    private var count = 0

    package init(options: PingOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let visit = try PeerVisit(options, context: context, logger: logger) {
            [unowned self] visit, change in
            switch change {
            case .up(let connection): ask(connection, visit)
            case .lost(let error): logger.info("lost '\(options.peer)': \(error)")
            case .silent: logger.info("'\(options.peer)' does not answer")
            }
        }
        if let duration = options.duration {
            visit.runner.loop.schedule(after: .seconds(duration.seconds)) { [unowned self] in
                finish(visit.runner)
            }
        }
        return try visit.run()
    }

    /// Has the peer answer, and looks at the time it took a second later.
    private func ask(_ connection: Connection, _ visit: PeerVisit) {
        let loop = visit.runner.loop
        connection.ping(now: loop.now)
        loop.schedule(after: Self.interval) { [weak self, weak connection] in
            guard let self, let connection, connection === visit.session?.connection else {
                return
            }
            tell(connection)
            if options.endsWhenDirect, connection.pathKind == .direct {
                visit.runner.end()
            } else {
                ask(connection, visit)
            }
        }
    }

    private func tell(_ connection: Connection) {
        guard connection.isEstablished, connection.currentPath != nil else { return }
        count += 1
        let answer = PingAnswer(sequence: count, of: connection).json
        context.output(options.json ? answer.text : PingAnswer.line(of: answer))
    }

    /// The time is over.
    private func finish(_ runner: NodeRunner) {
        guard options.endsWhenDirect else { return runner.end() }
        runner.fail(.noDirectPath(to: options.peer))
    }
}
