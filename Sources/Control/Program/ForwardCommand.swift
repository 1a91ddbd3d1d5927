import Forwarding
import SRMUDP

/// `p2pfwd -L ... PEER`: forwards in the foreground until a signal ends them.
///
/// The listeners are bound before anything else, so that a mistake shows at once; connections that
/// come before the peer is reached wait. Once the peer was reached, the command never gives up.
package final class ForwardCommand {
    private let options: ForwardOptions
    private let context: CommandContext
    private var complaints = RepetitionFilter()
    private var wasUp = false
    private var connectTimer: TimerID?

    package init(options: ForwardOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let lookup = PeerLookup(context: context)
        let peer = try peer(lookup, logger)
        let runner = try NodeRunner()
        var forwards: [LocalForward] = []
        for specification in options.forwards {
            forwards.append(try bind(specification, runner.loop, logger))
        }
        var nodeOptions = Node.Options()
        nodeOptions.listen = options.listen
        nodeOptions.label = context.label
        nodeOptions.meeting = options.meeting
        nodeOptions.transport = options.transport
        let node = try Node(
            options: nodeOptions, context: context, loop: runner.loop, clock: Program.now,
            logger: logger
        ) { [unowned self] session, change in
            report(session, change, runner, logger)
        }
        node.reportServer = { ServerReporter(logger: logger).report($0, $1) }
        let session = node.connect(to: peer)
        for forward in forwards { session.add(forward) }
        connectTimer = runner.loop.schedule(after: .seconds(options.connectTimeout.seconds)) {
            [options] in
            runner.fail(
                lookup.unreachable(
                    peer, after: options.connectTimeout, meeting: node.meeting,
                    connection: session.connection))
        }
        let status = StatusServer(node: node, command: "forward", context: context, logger: logger)
        return try withExtendedLifetime(status) { () throws(CommandError) in
            try runner.run(node, logger: logger)
        }
    }

    /// The peer that is named; with a code it is met now, for this one time.
    private func peer(_ lookup: PeerLookup, _ logger: Logger) throws(CommandError) -> Peer {
        guard PairingCode.looksLikeCode(options.peer) else {
            return try lookup.peer(named: options.peer)
        }
        let pairing = CodePairing(
            code: try PairCommand.code(options.peer), name: nil, meeting: options.meeting,
            context: context)
        let (peer, paired) = try pairing.runOnce(logger: logger)
        logger.info("met '\(peer.name)'; check phrase: \(paired.checkPhraseText)")
        return peer
    }

    // MARK: Listeners

    private func bind(
        _ specification: ForwardSpecification, _ loop: EventLoop, _ logger: Logger
    ) throws(CommandError) -> LocalForward {
        guard let target = specification.openRequest else {
            throw CommandError(
                "forward \(specification)", "the destination cannot be asked for", .usage)
        }
        let addresses = try listenAddresses(specification, loop)
        do throws(SystemError) {
            let forward = try LocalForward(
                loop: loop, listening: addresses, request: target,
                hold: .seconds(options.transport.hold.seconds), logger: logger
            ) { [unowned self] report in
                complain(report, now: loop.now, logger)
            }
            announce(forward, requested: addresses.first?.port ?? 0, logger)
            return forward
        } catch {
            throw CommandError("cannot listen for \(specification)", "\(error)", .forwardFailed)
        }
    }

    private func listenAddresses(
        _ specification: ForwardSpecification, _ loop: EventLoop
    ) throws(CommandError) -> [SocketAddress] {
        if let addresses = specification.listenAddresses { return addresses }
        guard case .port(.name(let name), let port) = specification.entry else {
            throw CommandError("forward \(specification)", "this entry is no TCP port", .usage)
        }
        let resolver = Resolver(loop: loop)
        var answer: Resolver.Result?
        _ = resolver.resolve(name) { answer = $0 }
        do throws(SystemError) {
            while answer == nil { try loop.runTurn() }
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
        guard case .addresses(let addresses) = answer else {
            throw CommandError(
                "forward \(specification)", "the bind address '\(name)' has no address",
                .forwardFailed)
        }
        return addresses.map { SocketAddress($0, port: port) }
    }

    private func announce(_ forward: LocalForward, requested: UInt16, _ logger: Logger) {
        for address in forward.addresses {
            logger.info("listening on \(address) -> \(forward.request)")
        }
        guard let port = forward.addresses.first?.port else { return }
        if options.json {
            let addresses = forward.addresses.map { JSONText.string("\($0)") }
            Console.output(
                JSONText.object([
                    ("event", .string("listening")), ("requested", .number(Int64(requested))),
                    ("port", .number(Int64(port))), ("addresses", .array(addresses)),
                    ("target", .string("\(forward.request)")),
                ]).text)
        } else if options.printsPorts {
            Console.output("local \(requested)->\(port)")
        }
    }

    // MARK: What happens

    private func report(
        _ session: Session, _ change: Session.Change, _ runner: NodeRunner, _ logger: Logger
    ) {
        let name = session.peer.name
        switch change {
        case .up(let connection):
            if let connectTimer { runner.loop.cancel(connectTimer) }
            connectTimer = nil
            logger.info("connected to '\(name)'\(wasUp ? " again" : ""): \(connection.pathText)")
            wasUp = true
        case .lost(let error) where error.isRefusal:
            runner.fail(.refused(by: name, error))
        case .lost(let error):
            logger.info("lost '\(name)': \(error); waiting for it")
        case .silent: logger.info("'\(name)' does not answer; waiting, all flows are kept")
        case .heard: logger.info("'\(name)' answers again")
        case .pathChanged(let connection):
            logger.info("'\(name)' is now reached at \(connection.pathText)")
        case .forwarding(let event): complain(event, now: runner.loop.now, logger)
        }
    }

    private func complain(_ report: ForwardingReport, now: Instant, _ logger: Logger) {
        if let line = report.complaint, let text = complaints.admit(line, now: now) {
            logger.warning(text)
        }
    }
}
