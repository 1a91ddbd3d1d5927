/// The keys of one generation, which renew each other, and what they have protected so far.
///
/// A value without copies, so that a batch of packets enters it once: each access from outside to a
/// part of an object costs time that adds up over a million packets a second.
struct KeyRatchet: ~Copyable {
    /// AES-GCM may protect 2^23 packets with one key (RFC 9001 section 6.6).
    static let packetLimit: UInt64 = 1 << 23

    /// Whether a packet sealed by the peer with these keys was opened: only then does the
    /// responder know that the peer has them.
    private(set) var isConfirmed: Bool
    private(set) var phase: UInt8 = 0
    private var sendSecret: TrafficSecret
    private var receiveSecret: TrafficSecret
    private var sendKey: PacketKey
    private var receiveKey: PacketKey
    private var nextReceiveKey: PacketKey
    private var previousReceiveKey: PacketKey?
    private var previousKeyExpires = Instant.distantFuture

    /// The lowest packet number received in the current phase; older packets need the older key.
    private var firstReceivedOfPhase: UInt64 = 0
    private(set) var firstSentOfPhase: UInt64
    private(set) var packetsSealed: UInt64 = 0
    private(set) var bytesSealed: UInt64 = 0
    private(set) var phaseStartedAt: Instant

    init(_ outcome: HandshakeOutcome, nextPacketNumber: UInt64, now: Instant) {
        phaseStartedAt = now
        isConfirmed = outcome.isInitiator
        firstSentOfPhase = nextPacketNumber
        sendSecret = TrafficSecret(outcome.sendSecret)
        receiveSecret = TrafficSecret(outcome.receiveSecret)
        sendKey = sendSecret.makePacketKey()
        receiveKey = receiveSecret.makePacketKey()
        nextReceiveKey = receiveSecret.next.makePacketKey()
    }

    var isExhausted: Bool { packetsSealed >= Self.packetLimit }

    mutating func seal(
        _ storage: inout ByteStorage, header: Range<Int>, payload: Range<Int>,
        borrowed: borrowing BorrowedList, packetNumber: UInt64
    ) {
        precondition(!isExhausted, "a key must not protect more packets than it can")
        sendKey.seal(
            &storage, header: header, payload: payload, borrowed: borrowed,
            packetNumber: packetNumber)
        packetsSealed += 1
        bytesSealed += UInt64(payload.count)
    }

    /// Opens a packet in place; false if its tag is wrong for every key that could have sealed it.
    mutating func open(
        _ storage: inout ByteStorage, header: Range<Int>, sealed: Range<Int>,
        phase packetPhase: UInt8,
        packetNumber: UInt64, nextPacketNumber: UInt64, retention: Interval,
        now: Instant
    ) -> Bool {
        if packetPhase == phase {
            let opened = receiveKey.open(
                &storage, header: header, sealed: sealed, packetNumber: packetNumber)
            if opened { openedInPhase(packetNumber, retention: retention, now: now) }
            return opened
        }
        if packetNumber < firstReceivedOfPhase {
            guard previousReceiveKey != nil, now < previousKeyExpires else { return false }
            return previousReceiveKey!.open(  // Looked at one line above.
                &storage, header: header, sealed: sealed, packetNumber: packetNumber)
        }
        let opened = nextReceiveKey.open(
            &storage, header: header, sealed: sealed, packetNumber: packetNumber)
        guard opened else { return false }
        isConfirmed = true
        // The peer renewed its keys; ours follow, so that both directions stay in one phase.
        advance(nextPacketNumber: nextPacketNumber, firstReceived: packetNumber, now: now)
        previousKeyExpires = now + retention
        return true
    }

    /// Begins the next phase on our side; the peer follows when it sees the flipped bit.
    ///
    /// To be called only after a packet of the current phase was acknowledged, because two flips in
    /// flight could not be told from none.
    mutating func update(nextPacketNumber: UInt64, now: Instant) {
        // Until the peer has heard of it, everything it sends still needs the older key.
        advance(nextPacketNumber: nextPacketNumber, firstReceived: .max, now: now)
        previousKeyExpires = .distantFuture
    }

    /// The peer uses the current phase. If it was we who began it, the older key goes from here on.
    private mutating func openedInPhase(
        _ packetNumber: UInt64, retention: Interval, now: Instant
    ) {
        isConfirmed = true
        if firstReceivedOfPhase == .max { previousKeyExpires = now + retention }
        firstReceivedOfPhase = min(firstReceivedOfPhase, packetNumber)
    }

    private mutating func advance(nextPacketNumber: UInt64, firstReceived: UInt64, now: Instant) {
        sendSecret = sendSecret.next
        receiveSecret = receiveSecret.next
        sendKey = sendSecret.makePacketKey()
        let upcoming = receiveSecret.next.makePacketKey()
        let current = Self.exchange(&nextReceiveKey, with: upcoming)
        previousReceiveKey = Self.exchange(&receiveKey, with: current)
        phase ^= 1
        firstReceivedOfPhase = firstReceived
        firstSentOfPhase = nextPacketNumber
        packetsSealed = 0
        bytesSealed = 0
        phaseStartedAt = now
    }

    private static func exchange(
        _ key: inout PacketKey, with replacement: consuming PacketKey
    ) -> PacketKey {
        let old = key
        key = replacement
        return old
    }
}

extension KeyRatchet {
    var snapshot: KeyRatchetSnapshot {
        KeyRatchetSnapshot(
            isConfirmed: isConfirmed, phase: phase, sendSecret: sendSecret.bytes,
            receiveSecret: receiveSecret.bytes, firstReceivedOfPhase: firstReceivedOfPhase,
            firstSentOfPhase: firstSentOfPhase, packetsSealed: packetsSealed,
            bytesSealed: bytesSealed, phaseStartedAt: phaseStartedAt)
    }

    /// The keys of the phase in which the snapshot was taken. The older receiving key is not kept:
    /// what is still sealed with it counts as lost.
    init(restoring snapshot: KeyRatchetSnapshot) {
        isConfirmed = snapshot.isConfirmed
        phase = snapshot.phase
        sendSecret = TrafficSecret(snapshot.sendSecret)
        receiveSecret = TrafficSecret(snapshot.receiveSecret)
        sendKey = sendSecret.makePacketKey()
        receiveKey = receiveSecret.makePacketKey()
        nextReceiveKey = receiveSecret.next.makePacketKey()
        firstReceivedOfPhase = snapshot.firstReceivedOfPhase
        firstSentOfPhase = snapshot.firstSentOfPhase
        packetsSealed = snapshot.packetsSealed
        bytesSealed = snapshot.bytesSealed
        phaseStartedAt = snapshot.phaseStartedAt
    }
}
