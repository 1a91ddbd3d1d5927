/// Decides, cheapest check first, whether an INITIATION is worth a Diffie-Hellman agreement.
///
/// 1. Length, kind, version, pattern, reserved byte: no computation.
/// 2. mac1: one HMAC (for `nnpsk0` one per key). A stranger who does not know us ends here.
/// 3. The limit of the source.
/// 4. When 32 were admitted within the last second: mac2, or else a COOKIE.
///
/// No answer is longer than what it answers, and everything kept here is bounded.
package struct HandshakeGuard: ~Copyable {
    package enum Admission: Equatable {
        /// Give the datagram to `ResponderHandshake.open`.
        case process
        /// Say nothing.
        case drop(Reason)
        /// Send this back to the source, and nothing else.
        case reply([UInt8])
    }

    /// Why a datagram was dropped, for counters.
    package enum Reason: String, Sendable, CaseIterable {
        case length, kind, version, pattern, reserved, mac1, rate
    }

    /// So many admissions within a second are a load.
    package static let loadThreshold = 32

    private let random: any RandomSource
    private var staticMAC: HandshakeMAC?
    private var preSharedKeyMACs: [HandshakeMAC]
    private var limiter = SourceLimiter()
    private var cookies: CookieSecret
    private var versionReplies: TokenBucket
    /// When the latest admissions were, at most `loadThreshold` of them.
    private var admissions: [Instant] = []

    package init(keys: ResponderKeys, random: any RandomSource, now: Instant) {
        self.random = random
        preSharedKeyMACs = []
        cookies = CookieSecret(random: random, now: now)
        versionReplies = TokenBucket(rate: 10, burst: 10, now: now)
        use(keys)
    }

    /// Replaces the keys that we are known by; limits and cookies stay.
    package mutating func use(_ keys: ResponderKeys) {
        staticMAC = keys.localStatic.map { HandshakeMAC(receiver: $0.publicKey) }
        preSharedKeyMACs = keys.preSharedKeys.map { HandshakeMAC(preSharedKey: $0) }
    }

    /// - Parameters:
    ///   - datagram: whatever came; only an INITIATION can be admitted.
    ///   - source: IPv6 address (IPv4 mapped) 16, port 2.
    package mutating func admit(
        _ datagram: [UInt8], source: [UInt8], now: Instant
    ) -> Admission {
        guard datagram.count >= HandshakeFormat.initiationLength else { return .drop(.length) }
        guard datagram[0] == HandshakeFormat.Kind.initiation else { return .drop(.kind) }
        guard datagram[1] == HandshakeFormat.version else {
            return versionReplies.take(now: now)
                ? .reply(VersionMessage.make(answering: datagram)) : .drop(.version)
        }
        guard datagram.count == HandshakeFormat.initiationLength else { return .drop(.length) }
        guard let pattern = HandshakePattern(rawValue: datagram[2]) else { return .drop(.pattern) }
        guard datagram[3] == 0 else { return .drop(.reserved) }
        guard let mac = matchingMAC(pattern, datagram) else { return .drop(.mac1) }
        guard limiter.admit(source, now: now) else { return .drop(.rate) }
        if isUnderLoad(now: now), !cookies.isValid(datagram, source: source, now: now) {
            let cookie = cookies.cookie(for: source, now: now)
            return .reply(
                CookieMessage.make(
                    answering: datagram, cookie: cookie, identity: mac.identity, random: random))
        }
        countAdmission(now: now)
        return .process
    }

    private func matchingMAC(_ pattern: HandshakePattern, _ datagram: [UInt8]) -> HandshakeMAC? {
        let offset = HandshakeFormat.mac1Offset
        switch pattern {
        case .ikpsk2:
            guard let staticMAC, staticMAC.isValid(datagram, at: offset) else { return nil }
            return staticMAC
        case .nnpsk0:
            return preSharedKeyMACs.first { $0.isValid(datagram, at: offset) }
        }
    }

    private func isUnderLoad(now: Instant) -> Bool {
        admissions.count == Self.loadThreshold
            && admissions[0] + .seconds(1) > now
    }

    private mutating func countAdmission(now: Instant) {
        if admissions.count == Self.loadThreshold { admissions.removeFirst() }
        admissions.append(now)
    }
}
