/// The answer of a busy responder: repeat the INITIATION with this, and I will compute.
///
///     COOKIE, 68 bytes
///      0  F3 | version | 00 00
///      4  initiator's connection ID
///     12  salt, 24 bytes
///     36  AES-256-GCM(K, nonce 0, cookie 16; associated data: mac1 of the INITIATION)
///
/// K = HKDF-Expand(HKDF-Extract(salt, identity), "srmudp cookie", 32) is new in every message. Only
/// who saw the INITIATION can answer it with a COOKIE, and only who knows the responder can read
/// it.
enum CookieMessage {
    static let length = 68
    static let cookieLength = 16

    private static let zeroNonce = [UInt8](repeating: 0, count: AES256GCM.nonceLength)

    /// - Parameters:
    ///   - initiation: 1200 bytes.
    ///   - identity: what the responder is known by, of `HandshakeMAC`.
    static func make(
        answering initiation: [UInt8], cookie: [UInt8], identity: SecretBytes,
        random: any RandomSource
    ) -> [UInt8] {
        let salt = random.bytes(count: 24)
        var cipher = AES256GCM(key: key(salt: salt, identity: identity))
        let mac1 = initiation[HandshakeFormat.mac1Offset..<HandshakeFormat.mac2Offset]
        let sealed = cipher.seal(cookie, nonce: zeroNonce, associatedData: [UInt8](mac1))
        let header = [HandshakeFormat.Kind.cookie, HandshakeFormat.version, 0, 0]
        return header + initiation[4..<12] + salt + sealed
    }

    /// The cookie of 16 bytes, or nil if the datagram is no COOKIE for the INITIATION with `mac1`.
    static func open(
        _ datagram: [UInt8], initiator: ConnectionID, mac1: ArraySlice<UInt8>,
        identity: SecretBytes
    ) -> [UInt8]? {
        let header = [HandshakeFormat.Kind.cookie, HandshakeFormat.version, 0, 0] + initiator.bytes
        guard datagram.count == length, datagram.starts(with: header) else { return nil }
        var cipher = AES256GCM(key: key(salt: [UInt8](datagram[12..<36]), identity: identity))
        return cipher.open(
            [UInt8](datagram[36...]), nonce: zeroNonce, associatedData: [UInt8](mac1))
    }

    private static func key(salt: [UInt8], identity: SecretBytes) -> SecretBytes {
        let extracted = HKDF.extract(salt: salt, inputKeyMaterial: identity)
        return HKDF.expand(extracted, label: "srmudp cookie")
    }
}
