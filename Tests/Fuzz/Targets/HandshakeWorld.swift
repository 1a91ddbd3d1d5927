import SRMUDP
import TestSupport

/// An initiator whose INITIATION is on its way, and the keys of the responder; always the same.
struct HandshakeWorld {
    let random = SeededRandomSource(seed: 7)
    let now = Instant(nanoseconds: 1_000_000_000)
    let initiatorKey: X25519.KeyPair
    let responderKey: X25519.KeyPair
    let preSharedKey: SecretBytes
    var initiator: InitiatorHandshake

    init() {
        initiatorKey = X25519.KeyPair.generate(from: random)
        responderKey = X25519.KeyPair.generate(from: random)
        preSharedKey = SecretBytes(random.bytes(count: 32))
        let initiator = InitiatorHandshake(
            pattern: .ikpsk2, localStatic: initiatorKey, remoteStatic: responderKey.publicKey,
            preSharedKey: preSharedKey, localConnectionID: ConnectionID.random(from: random),
            instance: 1, resetToken: random.bytes(count: 16), parameters: TransportParameters(),
            random: random)
        guard let initiator else { preconditionFailure("both keys are good") }
        self.initiator = initiator
    }

    var responderKeys: ResponderKeys { ResponderKeys(localStatic: responderKey) }

    /// The genuine RESPONSE.
    func response() -> [UInt8]? {
        let opened = ResponderHandshake.open(initiator.initiation, keys: responderKeys)
        return opened?.respond(
            preSharedKey: preSharedKey, localConnectionID: ConnectionID.random(from: random),
            instance: 2, resetToken: random.bytes(count: 16),
            observedAddress: SocketAddress.simulated(host: 9).encoded,
            parameters: TransportParameters(), random: random)?.response
    }

    /// The genuine COOKIE of a responder under load.
    func cookie() -> [UInt8]? {
        var handshakeGuard = HandshakeGuard(keys: responderKeys, random: random, now: now)
        for host in UInt16(0)...100 {
            let source = SocketAddress.simulated(host: 1000 + host).encoded
            let admission = handshakeGuard.admit(initiator.initiation, source: source, now: now)
            if case .reply(let cookie) = admission { return cookie }
        }
        return nil
    }

    /// Writes mac1 of all bytes before `offset` there, as who knows `receiver` can.
    func fixMAC(_ bytes: inout [UInt8], before offset: Int, receiver: PublicKey) {
        guard offset >= 0, offset + 16 <= bytes.count else { return }
        let key = SHA256.digest([UInt8]("srmudp mac1".utf8), receiver.bytes)
        var authentication = HMACSHA256(key: SecretBytes(key))
        authentication.update(bytes[..<offset])
        bytes.replaceSubrange(offset..<offset + 16, with: authentication.finish().prefix(16))
    }
}
