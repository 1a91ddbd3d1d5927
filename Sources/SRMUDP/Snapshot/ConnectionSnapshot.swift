/// A connection as it goes on in another process: what the peer may notice nothing of.
///
/// The keys go along, so that there is no handshake and no pause. Numbers of packets go on behind a
/// gap (`packetNumberGap`), so that no nonce is used twice even if something was sealed after the
/// snapshot was taken. What was in flight counts as lost, waiting datagrams are dropped, and what was
/// measured on the paths is measured anew but for their round-trip times. Ways that end in the process
/// (relays, WebSockets) are not kept: they are found again as after any outage.
///
/// The peer's pre-shared key is not part of it; whoever restores the connection knows the peer.
package struct ConnectionSnapshot {
    /// A packet number is at least this much above that of the snapshot.
    static let packetNumberGap: UInt64 = 256
    static let version: UInt8 = 1
    static let unconfirmedLimit = 16

    /// The peer's static key, or the name made of a shared key.
    package let peer: PublicKey
    let instance: UInt64
    let remoteInstance: UInt64
    let remoteParameters: TransportParameters
    let observedAddress: SocketAddress?
    let knownAddresses: [SocketAddress]
    /// Oldest first.
    let generations: [KeyGenerationSnapshot]
    /// Which of them seals.
    let sending: Int
    let claims: [(id: ConnectionID, resetToken: [UInt8])]
    /// IDs of ours in answers to handshakes of the peer that it has not confirmed. The keys go with
    /// the process; a packet to one of these is dropped and not answered by a reset, and the peer
    /// begins another handshake.
    let unconfirmedIDs: [ConnectionID]
    let packets: PacketNumbersSnapshot
    /// The one in use first.
    let paths: [PathSnapshot]
    let pathPolicy: PathPolicy
    let announcedSequence: UInt64
    let announcedCandidates: [Candidate]
    let remoteCandidatesSequence: UInt64
    let remoteCandidates: [Candidate]
    let lastHeard: Instant
    let statistics: ConnectionStatistics
    let streams: StreamSetSnapshot
}

/// The keys of a handshake and the connection IDs that name them.
struct KeyGenerationSnapshot {
    let localID: ConnectionID
    let remoteID: ConnectionID
    let isPreferred: Bool
    let createdAt: Instant
    let retiresAt: Instant?
    let keys: KeyRatchetSnapshot
}

struct KeyRatchetSnapshot {
    let isConfirmed: Bool
    let phase: UInt8
    let sendSecret: SecretBytes
    let receiveSecret: SecretBytes
    let firstReceivedOfPhase: UInt64
    let firstSentOfPhase: UInt64
    let packetsSealed: UInt64
    let bytesSealed: UInt64
    let phaseStartedAt: Instant
}

/// How far both sides are in counting packets.
struct PacketNumbersSnapshot {
    /// The next one of ours.
    let next: UInt64
    /// Of the peer's: one above the newest, the newest ones that arrived, and when.
    let nextExpected: UInt64
    let received: RangeSet
    let largestReceivedTime: Instant
    let nextProbe: UInt64
    let receivedECN: ECNCounts
    let ecnSentCount: UInt64
    let ecnKnown: ECNCounts
}

/// A proven path.
struct PathSnapshot {
    let remote: SocketAddress
    let isOurChoice: Bool
    let carriesFullSize: Bool
    let isECNBroken: Bool
    /// Nil if it was never measured.
    let roundTrip: Interval?
}

extension Endpoint {
    /// What another process needs in order to go on with a connection; nil for one that is not
    /// established, or has events that nobody has been told of yet.
    package func snapshot(of connection: Connection) -> ConnectionSnapshot? {
        guard let instance = connection.remoteInstance else { return nil }
        let ids = pendingResponders.unconfirmedIDs(
            of: connection.target.publicKey, instance: instance,
            limit: ConnectionSnapshot.unconfirmedLimit)
        return ConnectionSnapshot(of: connection, unconfirmedIDs: ids)
    }
}

extension ConnectionSnapshot {
    fileprivate init?(of connection: Connection, unconfirmedIDs: [ConnectionID]) {
        guard connection.isEstablished, connection.events.isEmpty,
            !connection.streams.hasNewsForOwner,
            let remoteInstance = connection.remoteInstance,
            let remoteParameters = connection.remoteParameters,
            let sending = connection.generations.firstIndex(where: { $0 === connection.sending })
        else { return nil }
        peer = connection.target.publicKey
        instance = connection.instance
        self.remoteInstance = remoteInstance
        self.remoteParameters = remoteParameters
        observedAddress = connection.observedAddress
        knownAddresses = connection.knownAddresses.filter(\.isDialable)
        generations = connection.generations.map(\.snapshot)
        self.sending = sending
        claims = connection.claims
        self.unconfirmedIDs = unconfirmedIDs
        packets = connection.packetNumbers
        paths = connection.provenPaths
        pathPolicy = connection.pathPolicy
        announcedSequence = connection.announcedCandidates.sequence
        announcedCandidates = connection.announcedCandidates.candidates
        remoteCandidatesSequence = connection.remoteCandidatesSequence
        remoteCandidates = connection.remoteCandidates
        lastHeard = connection.lastHeard
        statistics = connection.statistics
        streams = connection.streams.snapshot
    }

    /// The streams that are open in one direction at least.
    package var streamIDs: [StreamID] { streams.streams.map(\.id) }
}

extension Connection {
    fileprivate var packetNumbers: PacketNumbersSnapshot {
        PacketNumbersSnapshot(
            next: recovery.nextPacketNumber, nextExpected: replayWindow.next,
            received: received.numbers, largestReceivedTime: received.largestReceivedTime,
            nextProbe: nextProbeNumber, receivedECN: receivedECN,
            ecnSentCount: ecnValidation.sentCount, ecnKnown: ecnValidation.known)
    }

    /// The one in use first, then those heard last.
    fileprivate var provenPaths: [PathSnapshot] {
        let proven = paths.filter { $0.state == .proven && $0.remote.isDialable }
        let others = proven.filter { $0 !== activePath }.sorted { $0.lastHeard > $1.lastHeard }
        return (proven.filter { $0 === activePath } + others).map { path in
            PathSnapshot(
                remote: path.remote, isOurChoice: path.isOurChoice,
                carriesFullSize: path.carriesFullSize, isECNBroken: path.ecn == .broken,
                roundTrip: recovery.path(path.id)?.rtt.measured)
        }
    }
}
