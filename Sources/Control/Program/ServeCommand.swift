import Forwarding
import SRMUDP

/// `p2pfwd serve`: a node that peers may connect to, in the foreground, until a signal ends it.
package final class ServeCommand {
    /// How long a node may take to make way.
    private static let handoverTime: Interval = .seconds(10)

    /// What the command line says, with the configuration file as it is by then.
    struct Reading {
        var options: ServeOptions
        var messages = MessageSettings()
        /// What is to be told of it.
        var warnings: [String] = []
    }

    var current: Reading
    let reread: () throws(CommandError) -> Reading
    let errors: ErrorOutput
    private let context: CommandContext
    private var complaints = RepetitionFilter()
    var desk: QuestionDesk?

    var options: ServeOptions { current.options }

    /// - Parameters:
    ///   - errors: where messages go.
    ///   - reread: reads the same command line again.
    init(
        _ reading: Reading, context: CommandContext, errors: ErrorOutput,
        reread: @escaping () throws(CommandError) -> Reading
    ) {
        current = reading
        self.context = context
        self.errors = errors
        self.reread = reread
    }

    func run(logger: Logger) throws(CommandError) -> ExitCode {
        let runner = try NodeRunner()
        let auditor = FlowAuditor(
            file: try auditFile(options, logger), logger: logger, clock: Program.now)
        let host = try makeHost(
            NodeHost.Options(command: "serve", node: nodeOptions(options)), runner, logger)
        let logger = host.nodeLogger
        host.observe = { [unowned self] session, change in
            Self.report(session, change, &complaints, logger: logger, now: runner.loop.now)
            auditor.note(change, of: session.peer, now: runner.loop.now)
        }
        let node = host.node
        runner.onReload = { [unowned self, unowned host] (reloading) throws(CommandError) in
            try prepare(&reloading, host, auditor)
        }
        host.observeServer = { server, change in
            if case .up(isFirst: true) = change {
                logger.info("registered at \(server.address.place)")
            }
        }
        use(try questioner(options, node), of: node)
        runner.service = ServiceNotifier(variable: Program.variable, logger: logger).map {
            ($0, { [unowned node] in Self.summary(of: node) })
        }
        announce(node, logger)
        if let web = options.web { try host.startWeb(web) }
        host.carry(options.autostarted)
        return try host.run()
    }

    /// The node that a command has started makes way; its commands come to this one then.
    ///
    /// They may be faster and start another one, which has to make way as well.
    private func makeHost(
        _ hostOptions: NodeHost.Options, _ runner: NodeRunner, _ logger: Logger
    ) throws(CommandError) -> NodeHost {
        let deadline = runner.loop.now + Self.handoverTime
        while true {
            do throws(CommandError) {
                return try NodeHost(
                    options: hostOptions, runner: runner, context: context, logger: logger)
            } catch {
                guard error.tellsOfRunningNode, runner.loop.now < deadline else { throw error }
                guard try replaceStartedNode(runner.loop, logger) else { throw error }
            }
        }
    }

    /// - Returns: false if the node of this home is kept.
    private func replaceStartedNode(
        _ loop: EventLoop, _ logger: Logger
    ) throws(CommandError) -> Bool {
        let visit: NodeVisit
        do throws(CommandError) {
            visit = try NodeVisit("serve", context: context)
        } catch {
            // It is just beginning or ending.
            logger.debug("\(error.why); trying again")
            try loop.takeTurn(waitingAtMost: .milliseconds(20))
            return true
        }
        do throws(CommandError) {
            let info = try visit.call("node.info", patience: Self.handoverTime)
            guard info["isKept"]?.boolValue == false else { return false }
            logger.info("the node that a command has started makes way")
            _ = try visit.call("node.stop", patience: Self.handoverTime)
        } catch {
            // Whatever it meant to say, it is gone.
            guard !visit.client.isOpen else { throw error }
        }
        _ = try visit.waitForEnd(Self.handoverTime)
        return true
    }

    // MARK: What it is made with

    func nodeOptions(_ options: ServeOptions) -> Node.Options {
        var node = Node.Options(
            label: options.name ?? context.label, listen: options.listen,
            meeting: options.meeting, transport: options.transport)
        node.keepsPort = true
        node.grants = options.grants
        node.isCallable = true
        return node
    }

    /// Nil where nothing is to be recorded.
    func auditFile(
        _ options: ServeOptions, _ logger: Logger
    ) throws(CommandError) -> AuditFile? {
        guard let path = options.auditFile else { return nil }
        do throws(FileError) {
            return try AuditFile(path: path, logger: logger)
        } catch {
            throw CommandError("--audit", error)
        }
    }

    /// Nil where nobody is to be asked.
    func questioner(
        _ options: ServeOptions, _ node: Node
    ) throws(CommandError) -> (any Questioner)? {
        if options.asking.usesTerminal { return try TerminalQuestioner(loop: node.loop) }
        guard let command = options.asking.command else { return nil }
        return try CommandQuestioner(program: command, loop: node.loop, logger: node.logger)
    }

    /// Has this one be asked from now on.
    func use(_ questioner: (any Questioner)?, of node: Node) {
        let former = desk
        desk = questioner.map { questioner in
            QuestionDesk(questioner: questioner, loop: node.loop, logger: node.logger) {
                [unowned node] question in
                node.permitFromNowOn(question)
            }
        }
        node.use(desk)
        former?.end()
    }

    // MARK: What is told

    private func announce(_ node: Node, _ logger: Logger) {
        logger.info("node \(NodeID(node.publicKey))")
        logger.info("listening on \(node.address) (UDP)")
        announceGrants(logger)
    }

    func announceGrants(_ logger: Logger) {
        let grants = options.grants
        if grants.open.isEmpty, grants.listen.isEmpty, !grants.asks, !grants.mayRelay {
            logger.warning("nothing is permitted: peers can connect but reach nothing (--permit)")
            return
        }
        logger.info("permitting \(grants.open)")
        if !grants.listen.isEmpty {
            let places = grants.listen.map(\.description).joined(separator: ", ")
            logger.info(
                "permitting peers to listen at \(places); gateway ports: "
                    + grants.gateway.rawValue)
        }
        if grants.asks { logger.info("asking about everything else") }
    }

    /// What the service manager shows.
    private static func summary(of node: Node) -> String {
        let count = node.sessions.count { session in
            if case .up = session.state { true } else { false }
        }
        return switch count {
        case 0: "serving; no peer is connected"
        case 1: "serving; 1 peer is connected"
        default: "serving; \(count) peers are connected"
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
