import Forwarding
import SRMUDP

/// `p2pfwd -L ... PEER`: forwards until a signal ends them, in a process of its own.
///
/// The listeners are bound before anything else, so that a mistake shows at once; connections that
/// come before the peer is reached wait. Once the peer was reached, the command never gives up.
package final class ForwardCommand {
    private let options: ForwardOptions
    private let context: CommandContext
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
        let announcement = ForwardAnnouncement(
            json: options.json, printsPorts: options.printsPorts, context: context, logger: logger)
        let group = try ForwardGroup(
            options: options, to: peer, through: vias, loop: runner.loop, logger: logger,
            inheritance: context.inheritance, forwardName: { "g1.\($0 + 1)" },
            announce: { announcement.listening($1) }
        ) { [unowned self] change in
            switch change {
            case .up: tellReady(runner)
            case .ended(let error?): runner.end(with: error)
            case .ended(nil): runner.end()
            }
        }
        let nodeOptions = Node.Options(
            label: context.label, listen: options.listen, meeting: options.meeting,
            transport: options.transport)
        let node = try runner.makeNode(nodeOptions, context: context, logger: logger) {
            session, change in
            group.handle(change, of: session)
        }
        node.namedOrigins = { [unowned group] in group.namedOrigins }
        group.begin(with: node)
        return try withExtendedLifetime(group) { () throws(CommandError) in
            try runner.run(node, as: "forward", group: group)
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

    private func tellReady(_ runner: NodeRunner) {
        guard let ready else { return }
        self.ready = nil
        do throws(CommandError) {
            try ready()
        } catch {
            runner.fail(error)
        }
    }
}
