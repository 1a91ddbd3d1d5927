import SRMUDP

package struct SpeedTestOptions: Equatable {
    package static let defaultSeconds = 10

    package var peer: String
    /// 1...60, for each direction.
    package var seconds = defaultSeconds
    package var isUp = true
    package var isDown = true
    package var json = false
    package var connectTimeout: Lifetime
    package var meeting = MeetingSettings()
    /// Whether the node that commands share is left alone.
    package var isStandalone = false
}

/// `p2pfwd speedtest PEER`: how fast the way to a peer is, and what load does to its round trip, over
/// a session of its own.
package final class SpeedTestCommand {
    private let options: SpeedTestOptions
    private let context: CommandContext
    private var test: SpeedTest?

    package init(options: SpeedTestOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let visit = try PeerVisit(options, context: context, logger: logger) {
            [unowned self] visit, change in
            switch change {
            case .up(let connection):
                logger.info("connected to '\(options.peer)': \(connection.pathText)")
                begin(visit, logger)
            case .lost(let error): visit.lost(error)
            case .silent: logger.info("'\(options.peer)' does not answer")
            }
        }
        return try visit.run()
    }

    private func begin(_ visit: PeerVisit, _ logger: Logger) {
        guard test == nil, let session = visit.session else { return }
        var plan = SpeedTest.Plan(seconds: options.seconds, directions: [])
        if options.isUp { plan.directions.append(.up) }
        if options.isDown { plan.directions.append(.down) }
        let test = SpeedTest(over: session, loop: visit.runner.loop, plan: plan) {
            logger.info($0.line)
        } completion: { [unowned self] result in
            switch result {
            case .success(let result): tell(result, visit)
            case .failure(let error): visit.runner.end(with: error)
            }
        }
        self.test = test
        test.start()
    }

    private func tell(_ result: SpeedTestResult, _ visit: PeerVisit) {
        if options.json {
            context.output(result.json.text)
        } else {
            for line in result.lines { context.output(line) }
        }
        visit.runner.end()
    }
}
