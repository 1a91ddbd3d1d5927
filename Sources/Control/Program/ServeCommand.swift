import Forwarding
import SRMUDP

/// `p2pfwd serve`: a node that peers may connect to, in the foreground, until a signal ends it.
package final class ServeCommand {
    /// How long a node may take to make way.
    private static let handoverTime: Interval = .seconds(10)

    private var options: ServeOptions
    /// Reads the same command line with the configuration file as it is by then.
    private let reread: () throws(CommandError) -> ServeOptions
    private let context: CommandContext
    private var complaints = RepetitionFilter()

    package init(
        options: ServeOptions, context: CommandContext,
        reread: @escaping () throws(CommandError) -> ServeOptions
    ) {
        self.options = options
        self.context = context
        self.reread = reread
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let runner = try NodeRunner()
        let auditor = try auditor(logger)
        var nodeOptions = Node.Options(
            label: options.name ?? context.label, listen: options.listen,
            meeting: options.meeting, transport: options.transport)
        nodeOptions.keepsPort = true
        nodeOptions.grants = options.grants
        nodeOptions.isCallable = true
        let host = try makeHost(
            NodeHost.Options(command: "serve", node: nodeOptions), runner, logger)
        let logger = host.nodeLogger
        host.observe = { [unowned self] session, change in
            Self.report(session, change, &complaints, logger: logger, now: runner.loop.now)
            auditor.note(change, of: session.peer, now: runner.loop.now)
        }
        let node = host.node
        runner.onReload = { [unowned self, unowned node] () throws(CommandError) in
            auditor.reopen()
            try reload(node, logger)
        }
        host.observeServer = { server, change in
            if case .up(isFirst: true) = change {
                logger.info("registered at \(server.address.place)")
            }
        }
        node.asker = try makeAsker(node, logger)
        runner.service = ServiceNotifier(variable: Program.variable, logger: logger).map {
            ($0, { [unowned node] in Self.summary(of: node) })
        }
        announce(node, logger)
        if let web = options.web { try host.startWeb(web) }
        // Another program of this process has begun them already.
        if context.inheritance == nil { startForwards(host, logger) }
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

    /// Takes over what peers may do; a file with a mistake changes nothing.
    private func reload(_ node: Node, _ logger: Logger) throws(CommandError) {
        let new = try reread()
        guard new != options else { return }
        var expected = options
        expected.grants = new.grants
        if new.web != options.web {
            logger.warning("what is new of the web server holds from the next start on")
        }
        expected.web = new.web
        if new != expected {
            logger.warning("what is new besides permissions holds from the next start on")
        }
        options.grants = new.grants
        node.use(new.grants)
        announceGrants(logger)
    }

    /// A forward that cannot be set up does not keep the node from serving.
    private func startForwards(_ host: NodeHost, _ logger: Logger) {
        for options in options.autostarted {
            do throws(CommandError) {
                try host.add(options, isKept: true)
            } catch {
                logger.error("forwards to '\(options.peer)': \(error.what): \(error.why)")
            }
        }
    }

    private func auditor(_ logger: Logger) throws(CommandError) -> FlowAuditor {
        var file: AuditFile?
        if let path = options.auditFile {
            do throws(FileError) {
                file = try AuditFile(path: path, logger: logger)
            } catch {
                throw CommandError("--audit", error)
            }
        }
        return FlowAuditor(file: file, logger: logger, clock: Program.now)
    }

    /// Nil where nobody is to be asked.
    private func makeAsker(
        _ node: Node, _ logger: Logger
    ) throws(CommandError) -> QuestionDesk? {
        let questioner: any Questioner
        if options.asking.usesTerminal {
            questioner = try TerminalQuestioner(loop: node.loop)
        } else if let command = options.asking.command {
            questioner = try CommandQuestioner(program: command, loop: node.loop, logger: logger)
        } else {
            return nil
        }
        return QuestionDesk(questioner: questioner, loop: node.loop, logger: logger) {
            [unowned node] question in
            node.permitFromNowOn(question)
        }
    }

    private func announce(_ node: Node, _ logger: Logger) {
        logger.info("node \(NodeID(node.publicKey))")
        logger.info("listening on \(node.address) (UDP)")
        announceGrants(logger)
    }

    private func announceGrants(_ logger: Logger) {
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
