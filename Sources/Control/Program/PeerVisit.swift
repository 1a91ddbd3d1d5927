import SRMUDP

/// A node that goes to one peer for a command that looks around there and ends: `ping`, `why`.
///
/// The command ends with an error if the peer is not reached in time or does not want us.
final class PeerVisit {
    /// What the command is told.
    enum Change {
        case up(Connection)
        case lost(ConnectionError)
        case silent
    }

    let runner: NodeRunner
    private(set) var session: Session?
    private let report: (PeerVisit, Change) -> Void
    private var madeNode: Node?
    private var connectTimer: TimerID?

    /// - Parameters:
    ///   - visit: where it goes.
    ///   - report: never called from within here.
    init(
        _ visit: some VisitOptions, context: CommandContext, logger: Logger,
        report: @escaping (PeerVisit, Change) -> Void
    ) throws(CommandError) {
        let patience = visit.patience
        self.report = report
        runner = try NodeRunner()
        let lookup = PeerLookup(context: context)
        let peer = try lookup.peer(named: visit.peer)
        let options = Node.Options(label: context.label, meeting: visit.meeting)
        let node = try runner.makeNode(options, context: context, logger: logger) {
            [unowned self] session, change in
            handle(change, of: session)
        }
        madeNode = node
        let session = node.connect(to: peer)
        self.session = session
        connectTimer = runner.loop.schedule(after: .seconds(patience.seconds)) {
            [unowned self] in
            runner.fail(
                PeerLookup.unreachable(
                    peer, after: patience, meeting: node.meeting, connection: session.connection))
        }
    }

    var node: Node {
        guard let madeNode else { preconditionFailure("init makes it") }
        return madeNode
    }

    /// Ends the visit: the peer was reached and is gone.
    func lost(_ error: ConnectionError) {
        let name = session?.peer.name ?? ""
        runner.fail(CommandError("lost '\(name)'", "\(error)", .notReachable))
    }

    /// Runs until the command calls `runner.end` or `runner.fail`, or a signal comes.
    func run() throws(CommandError) -> ExitCode { try runner.run(node) }

    private func handle(_ change: Session.Change, of session: Session) {
        switch change {
        case .up(let connection):
            if let connectTimer { runner.loop.cancel(connectTimer) }
            connectTimer = nil
            report(self, .up(connection))
        case .lost(let error) where error.isRefusal:
            runner.fail(.refused(by: session.peer.name, error))
        case .lost(let error): report(self, .lost(error))
        case .silent: report(self, .silent)
        case .heard, .pathChanged, .forwarding: break
        }
    }
}
