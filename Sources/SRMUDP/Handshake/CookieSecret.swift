/// Makes and checks cookies: proofs that somebody receives at the address that he sends from.
///
/// A cookie is HMAC-SHA256(secret, address)[0..<16]; nothing is stored per address. The secret is
/// replaced after 120 s, and the one before is good for 5 s more.
struct CookieSecret {
    private static let lifetime = Interval.seconds(120)
    private static let grace = Interval.seconds(5)

    private let random: any RandomSource
    private var current: SecretBytes
    private var currentSince: Instant
    private var previous: SecretBytes?

    init(random: any RandomSource, now: Instant) {
        self.random = random
        current = Self.draw(from: random)
        currentSince = now
    }

    /// The cookie of `source` now; 16 bytes.
    mutating func cookie(for source: [UInt8], now: Instant) -> [UInt8] {
        refresh(now: now)
        return Self.cookie(current, source)
    }

    /// Whether `initiation` (1200 bytes) carries a mac2 made with a cookie for `source`.
    mutating func isValid(_ initiation: [UInt8], source: [UInt8], now: Instant) -> Bool {
        refresh(now: now)
        let authenticated = initiation[..<HandshakeFormat.mac2Offset]
        let mac2 = initiation[HandshakeFormat.mac2Offset...]
        for secret in [current, previous] {
            guard let secret else { continue }
            let cookie = Self.cookie(secret, source)
            let expected = HandshakeMAC.mac2(cookie: cookie, over: authenticated)
            if constantTimeEqual(expected[...], mac2) { return true }
        }
        return false
    }

    private mutating func refresh(now: Instant) {
        let age = now - currentSince
        if age >= Self.lifetime {
            previous = age < Self.lifetime + Self.grace ? current : nil
            current = Self.draw(from: random)
            currentSince = now
        } else if age >= Self.grace {
            previous = nil
        }
    }

    private static func cookie(_ secret: SecretBytes, _ source: [UInt8]) -> [UInt8] {
        [UInt8](HMACSHA256.code(key: secret, source).prefix(CookieMessage.cookieLength))
    }

    private static func draw(from random: any RandomSource) -> SecretBytes {
        var bytes = random.bytes(count: 32)
        return SecretBytes(taking: &bytes)
    }
}
