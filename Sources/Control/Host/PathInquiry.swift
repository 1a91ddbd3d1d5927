import SRMUDP

/// Lets all candidates of a connection be tried, has the peer tell what it tried, and explains the
/// path that came of it.
final class PathInquiry {
    /// How long candidates are tried before the verdict, unless the path is direct before.
    private static let trialTime: Interval = .seconds(7)
    private static let watchInterval: Interval = .seconds(1)
    private static let reportTime: Interval = .seconds(3)
    private static let reportAttempts = 6

    private enum State {
        case trying
        case asking
        case over
    }

    private let node: Node
    private let connection: Connection
    private let policy: PathPolicy
    private let tell: (PathExplanation) -> Void
    private var state: State = .trying
    private var theirs: PathReport?
    private var ended: () -> Void = {}

    /// - Parameter tell: called once, unless the connection ends before.
    init(
        node: Node, connection: Connection, policy: PathPolicy,
        tell: @escaping (PathExplanation) -> Void
    ) {
        self.node = node
        self.connection = connection
        self.policy = policy
        self.tell = tell
    }

    var key: PublicKey { connection.target.publicKey }

    /// - Parameter ended: called once, when nothing more happens.
    func begin(ended: @escaping () -> Void) {
        self.ended = ended
        node.loop.schedule(after: Self.trialTime) { [weak self] in self?.beginAsking() }
        watch()
    }

    /// A peer told what it tried.
    func received(_ report: PathReport, on connection: Connection) {
        if connection === self.connection { theirs = report }
    }

    /// A direct path needs no long trial.
    private func watch() {
        node.loop.schedule(after: Self.watchInterval) { [weak self] in
            guard let self, state == .trying else { return }
            connection.pathKind == .direct ? beginAsking() : watch()
        }
    }

    private func beginAsking() {
        guard state == .trying else { return }
        state = .asking
        ask(attempts: Self.reportAttempts)
    }

    private func ask(attempts: Int) {
        guard theirs == nil, attempts > 0, connection.isEstablished else { return finish() }
        _ = connection.sendDatagram(NodeMessage.reportRequest(UInt32(attempts)).encoded)
        node.loop.schedule(after: Self.reportTime / Int64(Self.reportAttempts)) { [weak self] in
            self?.ask(attempts: attempts - 1)
        }
    }

    private func finish() {
        state = .over
        let peer = node.directory.peers.peer(with: key)?.name ?? "\(NodeID(key))"
        tell(
            PathExplanation(
                peer: peer, connection: connection, ours: node.pathReport(of: connection),
                theirs: theirs, servers: node.meeting?.outcomes(for: connection) ?? [],
                policy: policy))
        ended()
    }
}
