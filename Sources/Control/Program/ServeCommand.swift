import Forwarding
import SRMUDP

/// `p2pfwd serve`: a node that peers may connect to, in the foreground, until a signal ends it.
package final class ServeCommand {
    private let options: ServeOptions
    private let context: CommandContext
    private var complaints = RepetitionFilter()

    package init(options: ServeOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let runner = try NodeRunner()
        var nodeOptions = Node.Options(
            label: options.name ?? context.label, listen: options.listen,
            meeting: options.meeting, transport: options.transport)
        nodeOptions.keepsPort = true
        nodeOptions.policy = options.policy
        nodeOptions.listenPolicy = CommonListenPolicy(
            rules: options.listenRules, gatewayPorts: options.gatewayPorts)
        nodeOptions.permitsRelay = options.permitsRelay
        nodeOptions.isCallable = true
        let node = try runner.makeNode(nodeOptions, context: context, logger: logger) {
            [unowned self] session, change in
            Self.report(session, change, &complaints, logger: logger, now: runner.loop.now)
        }
        node.reportServer = { server, change in
            if case .up(isFirst: true) = change {
                logger.info("registered at \(server.address.place)")
            }
            ServerReporter(logger: logger).report(server, change)
        }
        announce(node, logger)
        return try runner.run(node, as: "serve")
    }

    private func announce(_ node: Node, _ logger: Logger) {
        logger.info("node \(NodeID(node.publicKey))")
        logger.info("listening on \(node.address) (UDP)")
        if options.policy.isEmpty {
            logger.warning("nothing is permitted: peers can connect but reach nothing (--permit)")
        } else {
            logger.info("permitting \(options.policy)")
        }
        if !options.listenRules.isEmpty {
            let rules = options.listenRules.map(\.description).joined(separator: ", ")
            logger.info("peers may listen at \(rules)")
        }
    }

    /// What people are told of the sessions of a serving node.
    static func report(
        _ session: Session, _ change: Session.Change, _ complaints: inout RepetitionFilter,
        logger: Logger, now: Instant
    ) {
        let name = session.peer.name
        switch change {
        case .up(let connection):
            logger.info("'\(name)' connected from \(connection.pathText)")
        case .lost(let error): logger.info("'\(name)' is gone: \(error)")
        case .silent: logger.info("'\(name)' is silent; its flows are kept")
        case .heard: logger.info("'\(name)' is back")
        case .pathChanged(let connection):
            logger.info("'\(name)' is now at \(connection.pathText)")
        case .forwarding(let event):
            if let line = event.complaint, let text = complaints.admit(line, now: now) {
                logger.warning("'\(name)': \(text)")
            }
        }
    }
}
