import Forwarding
import SRMUDP

/// What became of the connections of all sessions of a node, in numbers that only grow.
final class SessionTally {
    /// What came of a handshake that we began; those of others are counted when they have succeeded.
    enum HandshakeOutcome: Hashable, CaseIterable {
        case completed
        /// The peer does not want us.
        case refused
        /// Whoever wanted the session does not want it any more.
        case givenUp
        /// Nothing was heard for as long as a connection is held.
        case timedOut
        case failed
    }

    /// Why a connection that was up ended.
    enum ConnectionEnd: Hashable, CaseIterable {
        case closedHere, closedByPeer, refused, violation, peerRestarted, superseded, timedOut
    }

    private static let handshakeBounds: [Interval] = [
        .milliseconds(1), .milliseconds(5), .milliseconds(10), .milliseconds(25),
        .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500), .seconds(1),
        .milliseconds(2_500), .seconds(5), .seconds(10), .seconds(30),
    ]

    let flows = FlowTally()
    private(set) var initiations: [HandshakeOutcome: UInt64] = [:]
    private(set) var responses: UInt64 = 0
    /// From the beginning of a dial to the end of its handshake, if it succeeded.
    private(set) var handshakeTimes = DurationHistogram(bounds: handshakeBounds)
    private(set) var ends: [ConnectionEnd: UInt64] = [:]
    /// What the connections of each peer counted that are over.
    private var former: [PublicKey: ConnectionStatistics] = [:]

    /// What the former connections with a peer counted.
    func former(of peer: PublicKey) -> ConnectionStatistics {
        former[peer] ?? ConnectionStatistics()
    }

    /// Forgets whoever is no peer any more.
    func keepPeers(where isKnown: (PublicKey) -> Bool) {
        former = former.filter { isKnown($0.key) }
    }

    // MARK: For the sessions

    /// - Parameter time: since we began to dial; nil where the peer did.
    func established(after time: Interval?) {
        guard let time else { return responses += 1 }
        initiations[.completed, default: 0] += 1
        handshakeTimes.observe(time)
    }

    /// A dial came to nothing.
    func notEstablished(_ error: ConnectionError) {
        let outcome: HandshakeOutcome =
            switch error {
            case .abandoned, .closedLocally: .givenUp
            case .timedOut: .timedOut
            case .closedByPeer(.refused, _): .refused
            case .closedByPeer, .violation, .peerRestarted, .superseded: .failed
            }
        initiations[outcome, default: 0] += 1
    }

    /// A connection that was up is over.
    func ended(_ error: ConnectionError) {
        let end: ConnectionEnd =
            switch error {
            case .closedLocally, .abandoned: .closedHere
            case .closedByPeer(.refused, _): .refused
            case .closedByPeer: .closedByPeer
            case .violation: .violation
            case .peerRestarted: .peerRestarted
            case .superseded: .superseded
            case .timedOut: .timedOut
            }
        ends[end, default: 0] += 1
    }

    /// A session has let go of a connection with these counters.
    func released(_ statistics: ConnectionStatistics, of peer: PublicKey) {
        former[peer, default: ConnectionStatistics()].add(statistics)
    }
}

extension ConnectionStatistics {
    mutating func add(_ other: ConnectionStatistics) {
        packetsSent &+= other.packetsSent
        packetsReceived &+= other.packetsReceived
        bytesSent &+= other.bytesSent
        bytesReceived &+= other.bytesReceived
        packetsLost &+= other.packetsLost
        packetsDropped &+= other.packetsDropped
        keyUpdates &+= other.keyUpdates
        handshakes &+= other.handshakes
        pathChanges &+= other.pathChanges
        silences &+= other.silences
    }
}
