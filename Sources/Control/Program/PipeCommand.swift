import Forwarding
import SRMUDP

/// `p2pfwd pipe PEER`: the standard streams of this command joined to those of the peer's.
///
/// Whoever is there first waits. Other peers have no business with this node.
package final class PipeCommand {
    private let options: PipeOptions
    private let context: CommandContext

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
        let pipe = PipeForward(streams: streams) { end in
            guard let reason = end.failure else { return runner.end() }
            runner.end(with: CommandError("pipe to '\(peer.name)'", reason, .forwardFailed))
        }
        var nodeOptions = Node.Options(
            label: context.label, listen: options.listen, meeting: options.meeting,
            transport: options.transport)
        nodeOptions.isCallable = true
        var connectTimer: TimerID?
        let node = try runner.makeNode(nodeOptions, context: context, logger: logger) {
            session, change in
            if case .up = change, let timer = connectTimer {
                runner.loop.cancel(timer)
                connectTimer = nil
            }
            Self.report(session, change, runner, logger)
        }
        node.pipe = (peer.publicKey, pipe)
        let session = node.connect(to: peer)
        if let patience = options.connectTimeout {
            connectTimer = runner.loop.schedule(after: .seconds(patience.seconds)) {
                runner.fail(
                    lookup.unreachable(
                        peer, after: patience, meeting: node.meeting,
                        connection: session.connection))
            }
        }
        return try runner.run(node, as: "pipe")
    }

    private static func report(
        _ session: Session, _ change: Session.Change, _ runner: NodeRunner, _ logger: Logger
    ) {
        let name = session.peer.name
        switch change {
        case .up(let connection): logger.info("connected to '\(name)': \(connection.pathText)")
        case .lost(let error) where error.isRefusal: runner.fail(.refused(by: name, error))
        case .lost(let error): logger.info("lost '\(name)': \(error); waiting for it")
        case .silent: logger.info("'\(name)' does not answer; waiting")
        case .heard: logger.info("'\(name)' answers again")
        case .pathChanged, .forwarding: break
        }
    }
}
