/// A handshake that we answered and that the initiator has not yet shown to be its own.
///
/// An INITIATION can be replayed by anybody who saw it, so it changes nothing: only the first
/// packet sealed with the new keys proves that the initiator is there, and makes a connection.
final class PendingResponder {
    private static let maximumAddresses = 4

    let localID: ConnectionID
    let remoteInstance: UInt64
    let remoteEphemeral: PublicKey
    /// What the handshake gave; nil once a connection took it over, or newer keys of the same peer
    /// came into use: nobody else has a use for the secrets.
    private(set) var keys: (outcome: HandshakeOutcome, generation: KeyGeneration)?
    /// Its addresses are those that the RESPONSE was sent to.
    private(set) var target: PeerTarget
    /// The instance of ours that the RESPONSE named.
    let instance: UInt64
    /// Whether that was the instance of a connection we had.
    let continuesConnection: Bool
    let response: [UInt8]
    let createdAt: Instant
    /// From the RESPONSE to the initiator's first packet.
    private(set) var roundTrip: FirstRoundTrip

    var isConfirmed: Bool { keys == nil }

    init(
        outcome: HandshakeOutcome, generation: KeyGeneration, target: PeerTarget, instance: UInt64,
        continuesConnection: Bool, response: [UInt8], now: Instant
    ) {
        localID = outcome.localConnectionID
        remoteInstance = outcome.remoteInstance
        remoteEphemeral = outcome.remoteEphemeral
        keys = (outcome, generation)
        self.target = target
        self.instance = instance
        self.continuesConnection = continuesConnection
        self.response = response
        createdAt = now
        roundTrip = FirstRoundTrip(sentAt: now)
    }

    func forgetKeys() { keys = nil }

    /// A peer may run several processes, which differ in instance and address.
    func isOfSameProcess(as other: PendingResponder) -> Bool {
        remoteInstance == other.remoteInstance
            || target.addresses.contains { other.target.addresses.contains($0) }
    }

    /// Whether a packet sealed with the new keys that came from `address` shows that the RESPONSE
    /// arrived there. If it went elsewhere too, then the INITIATION was replayed, and the packet may
    /// have been as well.
    func isProven(_ address: SocketAddress) -> Bool { target.addresses == [address] }

    /// The RESPONSE was sent again.
    func answered(to address: SocketAddress) {
        roundTrip.repeatMessage()
        guard !target.addresses.contains(address) else { return }
        if target.addresses.count < Self.maximumAddresses { target.addresses.append(address) }
    }
}

/// The handshakes that were answered last, by what identifies them.
///
/// A repeated INITIATION finds its answer here, byte for byte, without any new key agreement. At
/// most 256 are remembered; the oldest goes first.
struct PendingResponders {
    static let limit = 256

    private var byEphemeral: [PublicKey: PendingResponder] = [:]
    private var byID: [ConnectionID: PendingResponder] = [:]
    private var order: [PublicKey] = []

    func pending(ephemeral: PublicKey) -> PendingResponder? { byEphemeral[ephemeral] }
    func pending(id: ConnectionID) -> PendingResponder? { byID[id] }

    /// The instance last named to a peer whose handshake may still be confirmed, however late.
    func instance(towards peer: PublicKey) -> UInt64? {
        let candidates = byEphemeral.values.filter {
            !$0.isConfirmed && !$0.continuesConnection && $0.target.publicKey == peer
        }
        return candidates.max { $0.createdAt < $1.createdAt }?.instance
    }

    /// Our IDs in the newest answers to one process of a peer that it has not confirmed.
    func unconfirmedIDs(of peer: PublicKey, instance: UInt64, limit: Int) -> [ConnectionID] {
        let pending = byEphemeral.values.filter {
            !$0.isConfirmed && $0.target.publicKey == peer && $0.remoteInstance == instance
        }
        return pending.sorted { $0.createdAt > $1.createdAt }.prefix(limit).map(\.localID)
    }

    /// Whether an answer to somebody with a ticket that was given since then is not confirmed.
    func hasTicket(since: Instant) -> Bool {
        byEphemeral.values.contains {
            !$0.isConfirmed && $0.target.ticketID != nil && $0.createdAt > since
        }
    }

    /// The peer used the keys of `pending`, so it will not begin to use older ones: whoever does is
    /// replaying what it kept back. They stay known, so that what is late is dropped in silence.
    func confirm(_ pending: PendingResponder) {
        for other in byEphemeral.values
        where other.createdAt <= pending.createdAt
            && other.target.publicKey == pending.target.publicKey
            && other.isOfSameProcess(as: pending)
        {
            other.forgetKeys()
        }
    }

    mutating func insert(_ pending: PendingResponder) {
        if order.count >= Self.limit { remove(order.removeFirst()) }
        order.append(pending.remoteEphemeral)
        byEphemeral[pending.remoteEphemeral] = pending
        byID[pending.localID] = pending
    }

    private mutating func remove(_ ephemeral: PublicKey) {
        guard let old = byEphemeral.removeValue(forKey: ephemeral) else { return }
        byID[old.localID] = nil
    }
}

extension ResponderHandshake {
    /// The initiator's ephemeral key, which both patterns send first and in the clear.
    static func ephemeral(of initiation: [UInt8]) -> PublicKey? {
        let start = HandshakeFormat.initiationHeaderLength
        guard initiation.count >= start + PublicKey.length else { return nil }
        return PublicKey(initiation[start..<start + PublicKey.length])
    }
}
