import Forwarding
import SRMUDP

/// `p2pfwd pipe PEER`: the standard streams of this command joined to those of the peer's.
///
/// Whoever is there first waits. Other peers have no business with this node.
package final class PipeCommand {
    /// How long a command that is done answers the peer, unless that is done as well.
    private static let farewellTime: Interval = .milliseconds(500)

    private let options: PipeOptions
    private let context: CommandContext
    private var isComplete = false

    package init(options: PipeOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let lookup = PeerLookup(context: context)
        let peer = try lookup.peer(named: options.peer)
        let runner = try NodeRunner()
        let streams: StandardStreams
        do throws(SystemError) {
            streams = try StandardStreams(loop: runner.loop)
        } catch {
            throw CommandError("standard streams", "\(error)", .localError)
        }
        let pipe = PipeForward(streams: streams) { [unowned self] end in
            guard let reason = end.failure else { return finish(runner) }
            runner.end(with: CommandError("pipe to '\(peer.name)'", reason, .forwardFailed))
        }
        var nodeOptions = Node.Options(
            label: context.label, listen: options.listen, meeting: options.meeting,
            transport: options.transport)
        nodeOptions.isCallable = true
        var connectTimer: TimerID?
        let node = try runner.makeNode(nodeOptions, context: context, logger: logger) {
            [unowned self] session, change in
            if case .up = change, let timer = connectTimer {
                runner.loop.cancel(timer)
                connectTimer = nil
            }
            report(session, change, runner, logger)
        }
        node.pipe = (peer.publicKey, pipe)
        let session = node.connect(to: peer)
        if let patience = options.connectTimeout {
            connectTimer = runner.loop.schedule(after: .seconds(patience.seconds)) {
                runner.fail(
                    PeerLookup.unreachable(
                        peer, after: patience, meeting: node.meeting,
                        connection: session.connection))
            }
        }
        return try runner.run(node, as: "pipe")
    }

    /// Everything has arrived at both ends, but the peer may not know yet that its last bytes did.
    private func finish(_ runner: NodeRunner) {
        isComplete = true
        runner.loop.schedule(after: Self.farewellTime) { runner.end() }
    }

    private func report(
        _ session: Session, _ change: Session.Change, _ runner: NodeRunner, _ logger: Logger
    ) {
        let name = session.peer.name
        switch change {
        case .up(let connection): logger.info("connected to '\(name)': \(connection.pathText)")
        case .lost where isComplete: runner.end()
        case .lost(let error) where error.isRefusal: runner.fail(.refused(by: name, error))
        case .lost(let error): logger.info("lost '\(name)': \(error); waiting for it")
        case .silent: logger.info("'\(name)' does not answer; waiting")
        case .heard: logger.info("'\(name)' answers again")
        case .pathChanged, .forwarding: break
        }
    }
}
