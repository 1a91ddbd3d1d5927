import Forwarding
import SRMUDP

/// What a node counts and measures, as it is at one moment.
///
/// Everything is asked for when somebody wants to know it; only events count in between.
struct NodeReading {
    /// The sessions with one peer together.
    struct PeerReading {
        var isConnected = false
        /// The shortest of its sessions; nil without a path.
        var roundTrip: Interval?
        var minimumRoundTrip: Interval?
        /// Of all its connections so far.
        var statistics = ConnectionStatistics()
        /// Those that are open now.
        var flows: [FlowTally.Opener: FlowSums] = [:]

        fileprivate mutating func add(_ session: Session) {
            guard let connection = session.connection else { return }
            statistics.add(connection.statistics)
            for (opener, sums) in session.forwarding?.flowSums ?? [:] {
                flows[opener, default: FlowSums()] += sums
            }
            guard case .up = session.state else { return }
            isConnected = true
            let times = [roundTrip, connection.currentPath?.roundTrip]
            roundTrip = times.compactMap(\.self).min()
            let minima = [minimumRoundTrip, connection.minimumRoundTrip]
            minimumRoundTrip = minima.compactMap(\.self).min()
        }
    }

    var version = Version.text
    var process = ProcessUsage()
    /// When counting began.
    var started = UnixTime(seconds: 0)
    var sessions: [SessionLabel: Int] = [:]
    var paths: [PathLabel: Int] = [:]
    /// By name.
    var peers: [String: PeerReading] = [:]
    var tally = SessionTally()
    var punches: [PunchWatch.Outcome: UInt64] = [:]
    var punchTimes = PunchWatch.emptyTimes
    var endpoint = EndpointStatistics()
    /// By name, whether the node is registered there.
    var servers: [String: Bool] = [:]
    /// Of what happened with them, and at the web server.
    var tallies = NodeTallies()
}

extension NodeReading {
    init(of node: Node, started: UnixTime, tallies: NodeTallies) {
        let known = node.directory.peers
        node.tally.keepPeers { known.peer(with: $0) != nil }
        self.started = started
        self.tallies = tallies
        process = .current
        tally = node.tally
        punches = node.punches.outcomes
        punchTimes = node.punches.times
        endpoint = node.endpoint.statistics
        for server in node.meeting?.servers ?? [] { servers[server.address.place] = server.isUp }
        for peer in known.peers {
            peers[peer.name] = PeerReading()
            peers[peer.name]?.statistics = tally.former(of: peer.publicKey)
        }
        for session in node.sessions {
            guard let state = SessionLabel(session) else { continue }
            sessions[state, default: 0] += 1
            if let path = session.connection?.currentPath {
                paths[PathLabel(path.remote), default: 0] += 1
            }
            // Who was met for this one time is in no file.
            let name = known.peer(with: session.peer.publicKey)?.name ?? session.peer.name
            peers[name, default: PeerReading()].add(session)
        }
    }

    /// The flows that are open now, of all peers.
    func openFlows(of opener: FlowTally.Opener) -> FlowSums {
        peers.values.reduce(into: FlowSums()) { $0 += $1.flows[opener] ?? FlowSums() }
    }
}
