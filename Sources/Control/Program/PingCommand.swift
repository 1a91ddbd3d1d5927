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
        let visit = try PeerVisit(
            to: options.peer,
            patience: min(options.connectTimeout, options.duration ?? options.connectTimeout),
            meeting: options.meeting, context: context, logger: logger
        ) { [unowned self] visit, change in
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
        guard connection.isEstablished, let path = connection.currentPath else { return }
        count += 1
        let kind = connection.pathKindText
        let roundTrip = connection.latestRoundTrip
        if options.json {
            context.output(
                JSONValue.object([
                    ("sequence", .number(Int64(count))), ("kind", .string(kind)),
                    ("path", .string(path.remote.pathText)),
                    ("rttMicroseconds", .number(roundTrip.nanoseconds / 1000)),
                    ("silent", .bool(connection.isSilent)),
                ]).text)
        } else {
            let silence = connection.isSilent ? ", silent" : ""
            context.output(
                "\(count): \(kind), \(path.remote.pathText), RTT \(roundTrip)\(silence)")
        }
    }

    /// The time is over.
    private func finish(_ runner: NodeRunner) {
        guard options.endsWhenDirect else { return runner.end() }
        runner.fail(
            CommandError(
                "no direct path to '\(options.peer)'", "the path is still relayed",
                hint: "p2pfwd why \(options.peer)", .noDirectPath))
    }
}
