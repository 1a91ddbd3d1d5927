/// The keys that one handshake produced, and the pair of connection IDs that names them.
///
/// A connection outlives its keys: an hourly handshake, or one after sleep, makes a new generation,
/// and when both sides dial at once there are two for a moment. Within a generation keys are
/// renewed by a ratchet; the phase bit of the header tells which of the two neighbouring keys
/// sealed a packet (RFC 9001 section 6).
///
/// Packet numbers belong to the connection and never start again, so no nonce can be used twice,
/// whatever happens here.
final class KeyGeneration {
    let localID: ConnectionID
    let remoteID: ConnectionID
    /// True if the node that opens even streams began the handshake. When both dial at once, that
    /// handshake's generation is the one both go on with.
    let isPreferred: Bool
    let createdAt: Instant
    /// When it is forgotten; nil while it is in use.
    var retiresAt: Instant?
    /// The keys themselves.
    var keys: KeyRatchet

    init(_ outcome: HandshakeOutcome, isPreferred: Bool, nextPacketNumber: UInt64, now: Instant) {
        localID = outcome.localConnectionID
        remoteID = outcome.remoteConnectionID
        self.isPreferred = isPreferred
        createdAt = now
        keys = KeyRatchet(outcome, nextPacketNumber: nextPacketNumber, now: now)
    }

    init(restoring snapshot: KeyGenerationSnapshot) {
        localID = snapshot.localID
        remoteID = snapshot.remoteID
        isPreferred = snapshot.isPreferred
        createdAt = snapshot.createdAt
        retiresAt = snapshot.retiresAt
        keys = KeyRatchet(restoring: snapshot.keys)
    }

    var snapshot: KeyGenerationSnapshot {
        KeyGenerationSnapshot(
            localID: localID, remoteID: remoteID, isPreferred: isPreferred, createdAt: createdAt,
            retiresAt: retiresAt, keys: keys.snapshot)
    }
}
