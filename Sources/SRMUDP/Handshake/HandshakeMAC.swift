/// The cheap first check of a handshake datagram, keyed by what its receiver is known by.
///
/// mac1 = HMAC-SHA256(SHA256("srmudp mac1" ‖ identity), all bytes before)[0..<16]. The identity is
/// the receiver's static public key or, where none exists, HKDF-Expand(psk, "srmudp mac1", 32). So
/// a stranger who knows neither cannot make the receiver do more than one HMAC.
final class HandshakeMAC {
    /// 32 bytes that the receiver is known by.
    let identity: SecretBytes
    private var authentication: HMACSHA256

    convenience init(receiver: PublicKey) { self.init(identity: SecretBytes(receiver.bytes)) }

    convenience init(preSharedKey: SecretBytes) {
        self.init(identity: HKDF.expand(preSharedKey, label: "srmudp mac1"))
    }

    private init(identity: SecretBytes) {
        self.identity = identity
        let key = SHA256.digest([UInt8]("srmudp mac1".utf8), identity.exposed)
        authentication = HMACSHA256(key: SecretBytes(key))
    }

    /// mac1 over `bytes`; 16 bytes.
    func code(over bytes: ArraySlice<UInt8>) -> [UInt8] {
        authentication.update(bytes)
        return [UInt8](authentication.finish().prefix(HandshakeFormat.macLength))
    }

    /// Whether the 16 bytes at `offset` are mac1 of all bytes before them.
    func isValid(_ datagram: [UInt8], at offset: Int) -> Bool {
        let expected = code(over: datagram[..<offset])
        return constantTimeEqual(
            expected[...], datagram[offset..<offset + HandshakeFormat.macLength])
    }

    /// mac2: the same over all bytes before it, with the cookie as key; 16 bytes.
    static func mac2(cookie: [UInt8], over bytes: ArraySlice<UInt8>) -> [UInt8] {
        var authentication = HMACSHA256(key: SecretBytes(cookie))
        authentication.update(bytes)
        return [UInt8](authentication.finish().prefix(HandshakeFormat.macLength))
    }
}
