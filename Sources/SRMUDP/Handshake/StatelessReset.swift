/// Tells a peer that we have lost its connection, without any state (RFC 9000 section 10.3).
///
/// A peer learns the token of our connection ID in the handshake. After a crash the key on disk
/// still gives the same token, so a packet for an unknown connection can be answered by a reset:
///
///     80 | random bytes | token 16      29...42 bytes
///
/// A datagram that no key opens and that ends with a known token is a reset; to anybody else it
/// looks like a data packet. It is shorter than every packet that it answers, so two nodes that
/// know
/// nothing cannot answer each other for long, and at most ten go out per second.
package struct StatelessReset {
    package static let tokenLength = 16
    /// Shorter packets are not answered.
    package static let minimumTriggerLength = 43
    /// The shortest and the longest reset.
    package static let lengths = 29...42

    private let key: SecretBytes
    private let random: any RandomSource
    private var limiter: TokenBucket

    /// The key is HKDF-Expand(HKDF-Extract(no salt, private key), "srmudp reset", 32).
    package init(staticKey: X25519.KeyPair, random: any RandomSource, now: Instant) {
        let extracted = HKDF.extract(salt: [], inputKeyMaterial: staticKey.privateKey)
        self.init(
            key: HKDF.expand(extracted, label: "srmudp reset"), random: random, now: now)
    }

    /// With a key of 32 bytes of the caller's own, where there is no static key.
    package init(key: SecretBytes, random: any RandomSource, now: Instant) {
        self.key = key
        self.random = random
        limiter = TokenBucket(rate: 10, burst: 10, now: now)
    }

    /// HMAC-SHA256(key, connection ID)[0..<16].
    package func token(for connectionID: ConnectionID) -> [UInt8] {
        [UInt8](HMACSHA256.code(key: key, connectionID.bytes).prefix(Self.tokenLength))
    }

    /// The reset that answers a packet to an unknown connection.
    ///
    /// - Parameter triggerLength: the length of that packet.
    /// - Returns: nil if the packet is too short, or too many resets went out already.
    package mutating func datagram(
        for connectionID: ConnectionID, triggerLength: Int, now: Instant
    ) -> [UInt8]? {
        guard triggerLength >= Self.minimumTriggerLength, limiter.take(now: now) else { return nil }
        let choices = UInt64(Self.lengths.count)
        let length = Self.lengths.lowerBound + Int(random.next(below: choices))
        var datagram = random.bytes(count: length - Self.tokenLength)
        datagram[0] = 0x80
        return datagram + token(for: connectionID)
    }
}
