import Forwarding
import SRMUDP

/// `p2pfwd -L ... PEER`: forwards until a signal ends them.
///
/// The listeners are bound before anything else, so that a mistake shows at once; connections that
/// come before the peer is reached wait. Once the peer was reached, the command never gives up.
package final class ForwardCommand {
    private let options: ForwardOptions
    private let context: CommandContext
    private var complaints = RepetitionFilter()
    private var wasUp = false
    /// The session with the peer itself, not with one on the way to it.
    private weak var target: Session?
    private var connectTimer: TimerID?
    /// Called once, when the peer is reached and every forward is up; nil once it was.
    private var ready: (() throws(CommandError) -> Void)?

    /// - Parameter ready: called once, when the peer is reached and every forward is up.
    package init(
        options: ForwardOptions, context: CommandContext,
        ready: @escaping () throws(CommandError) -> Void
    ) {
        self.options = options
        self.context = context
        self.ready = ready
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let lookup = PeerLookup(context: context)
        let peer = try peer(lookup, logger)
        var vias: [Peer] = []
        for via in options.vias { vias.append(try lookup.peer(named: via)) }
        let runner = try NodeRunner()
        let forwards = ForwardSet(
            options: options, loop: runner.loop, context: context, logger: logger
        ) { [unowned self] report in
            complain(report, now: runner.loop.now, logger)
        }
        try forwards.setUp()
        forwards.whenUp = { [unowned self] in checkReady(forwards, runner) }
        forwards.whenFailed = { runner.end(with: $0) }
        forwards.whenDone = { runner.end() }
        let nodeOptions = Node.Options(
            label: context.label, listen: options.listen, meeting: options.meeting,
            transport: options.transport)
        let node = try runner.makeNode(nodeOptions, context: context, logger: logger) {
            [unowned self] session, change in
            report(session, change, runner, logger)
            checkReady(forwards, runner)
        }
        let session = node.connect(to: peer, through: vias)
        target = session
        forwards.join(session)
        connectTimer = runner.loop.schedule(after: .seconds(options.connectTimeout.seconds)) {
            [options] in
            runner.fail(
                lookup.unreachable(
                    peer, after: options.connectTimeout, meeting: node.meeting,
                    connection: session.connection))
        }
        return try withExtendedLifetime(forwards) { () throws(CommandError) in
            try runner.run(node, as: "forward")
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

    // MARK: What happens

    private func checkReady(_ forwards: ForwardSet, _ runner: NodeRunner) {
        guard wasUp, forwards.isUp, let ready else { return }
        self.ready = nil
        do throws(CommandError) {
            try ready()
        } catch {
            runner.fail(error)
        }
    }

    private func report(
        _ session: Session, _ change: Session.Change, _ runner: NodeRunner, _ logger: Logger
    ) {
        let name = session.peer.name
        guard session === target else { return reportVia(session, change, runner, logger) }
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

    /// What happens with a peer that the way leads through.
    private func reportVia(
        _ session: Session, _ change: Session.Change, _ runner: NodeRunner, _ logger: Logger
    ) {
        let name = session.peer.name
        switch change {
        case .up(let connection):
            logger.info("the way leads through '\(name)': \(connection.pathText)")
        case .lost(let error) where error.isRefusal:
            runner.fail(.refused(by: name, error))
        case .lost(let error):
            logger.info("lost '\(name)', through which the way leads: \(error); waiting for it")
        case .silent: logger.info("'\(name)', through which the way leads, does not answer")
        case .heard: logger.info("'\(name)' answers again")
        case .pathChanged: break
        // The route itself says why it is refused.
        case .forwarding: break
        }
    }

    private func complain(_ report: ForwardingReport, now: Instant, _ logger: Logger) {
        if let line = report.complaint, let text = complaints.admit(line, now: now) {
            logger.warning(text)
        }
    }
}
