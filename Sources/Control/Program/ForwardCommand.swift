import Forwarding
import SRMUDP

/// `p2pfwd -L ... PEER`: forwards until a signal ends them, in a process of its own.
///
/// The listeners are bound before anything else, so that a mistake shows at once; connections that
/// come before the peer is reached wait. Once the peer was reached, the command never gives up.
final class ForwardCommand {
    private let options: ForwardOptions
    private let context: CommandContext
    private let builder: InvocationBuilder
    /// Called once, when the peer is reached and every forward is up; nil once it was.
    private var ready: (() throws(CommandError) -> Void)?
    /// Reads ssh's `~` escapes; nil where nobody types.
    private var console: EscapeConsole?

    /// - Parameters:
    ///   - builder: reads the lines of `~C`.
    ///   - ready: called once, when the peer is reached and every forward is up.
    init(
        options: ForwardOptions, context: CommandContext, builder: InvocationBuilder,
        ready: @escaping () throws(CommandError) -> Void
    ) {
        self.options = options
        self.context = context
        self.builder = builder
        self.ready = ready
    }

    func run(logger: Logger) throws(CommandError) -> ExitCode {
        let lookup = PeerLookup(context: context)
        let peer = try peer(lookup, logger)
        var vias: [Peer] = []
        for via in options.vias { vias.append(try lookup.peer(named: via)) }
        let runner = try NodeRunner()
        let log = LogQueue()
        defer { tell(log, logger) }
        let nodeLogger = isTypedAt ? log.logger(below: logger) : logger
        let forwards = forwards(to: peer, through: vias, runner, logger, nodeLogger)
        let progress = ProgressLine(
            loop: runner.loop, logger: logger, show: context.showProgress)
        try forwards.setUp(options) { [unowned self] change in
            progress.end()
            switch change {
            case .up: tellReady(runner)
            case .ended(let error?): runner.end(with: error)
            case .ended(nil): runner.end()
            }
        }
        let nodeOptions = Node.Options(
            label: context.label, listen: options.listen, meeting: options.meeting,
            transport: options.transport)
        let node = try runner.makeNode(nodeOptions, context: context, logger: nodeLogger) {
            session, change in
            forwards.handle(change, of: session)
        }
        // Behind the node's hook, in which most things are said.
        runner.loop.addTurnHook { [unowned self] _ in
            tell(log, logger)
            return nil
        }
        node.punches.changed = { [unowned self] _, stage, time in
            let event = NodeEvent(stage, of: peer.name, after: time)
            ready == nil ? logger.debug(event.text) : progress.tell(event.text)
        }
        progress.tell("connecting to '\(peer.name)'")
        forwards.begin(with: node)
        defer { console?.end() }
        return try withExtendedLifetime(forwards) { () throws(CommandError) in
            try runner.run(node, as: "forward") { [unowned forwards] in forwards.groups }
        }
    }

    private func forwards(
        to peer: Peer, through vias: [Peer], _ runner: NodeRunner, _ logger: Logger,
        _ nodeLogger: Logger
    ) -> StandaloneForwards {
        let announcement = ForwardAnnouncement(
            json: options.json, printsPorts: options.printsPorts, context: context, logger: logger)
        let forwards = StandaloneForwards(
            .init(
                peer: peer, vias: vias, runner: runner, logger: nodeLogger,
                inheritance: context.inheritance, builder: builder
            ) { [unowned self] notice in
                write { announcement.listening(notice) }
            })
        if isTypedAt {
            console = EscapeConsole(
                loop: runner.loop, actions: forwards, printLine: context.report)
        }
        runner.whenHandingOver = { [unowned self] in console?.leave() }
        runner.whenGoingOn = { [unowned self] in console?.begin() }
        return forwards
    }

    // MARK: The terminal

    /// Whether escapes are read: not in the background, and not where standard input is the flow's.
    private var isTypedAt: Bool {
        !options.goesToBackground && LineEditor.isPossible
            && !options.forwards.contains { $0.kind == .standardStreams }
    }

    /// Runs `body`, which writes to the terminal, with a line that is being typed out of its way.
    private func write(_ body: () -> Void) {
        guard let console else { return body() }
        console.write(body)
    }

    private func tell(_ log: LogQueue, _ logger: Logger) {
        let lines = log.take()
        guard !lines.isEmpty else { return }
        write { for line in lines { logger.log(line.text, at: line.level) } }
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

    private func tellReady(_ runner: NodeRunner) {
        console?.begin()
        guard let ready else { return }
        self.ready = nil
        do throws(CommandError) {
            try ready()
        } catch {
            runner.fail(error)
        }
    }
}
