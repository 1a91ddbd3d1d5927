/// What a completed handshake leaves: the keys of one key generation and what the peer said.
package struct HandshakeOutcome {
    package let pattern: HandshakePattern
    package let isInitiator: Bool
    /// Packets to us carry this one.
    package let localConnectionID: ConnectionID
    /// Packets to the peer carry this one.
    package let remoteConnectionID: ConnectionID
    /// The traffic secrets of both directions, 32 bytes each.
    package let sendSecret: SecretBytes
    package let receiveSecret: SecretBytes
    /// The same 32 bytes at both ends, and only there: for channel binding and check phrases.
    package let handshakeHash: [UInt8]
    /// Nil where no static keys are used.
    package let remoteStatic: PublicKey?
    package let localEphemeral: PublicKey
    package let remoteEphemeral: PublicKey
    /// Changes when the peer's process starts anew.
    package let remoteInstance: UInt64
    /// 16 bytes at the end of a datagram that says: I do not know this connection.
    package let remoteResetToken: [UInt8]
    package let remoteParameters: TransportParameters
    /// Where the peer saw us: IPv6 address (IPv4 mapped) 16, port 2. Only the initiator is told.
    package let observedAddress: [UInt8]?
    /// The ticket that the initiator named, 16 bytes.
    package let ticketID: [UInt8]?
}

extension NoiseHandshakeState {
    /// The traffic secrets, the initiator's first:
    /// HKDF-Expand(HKDF-Extract(salt: handshake hash, key of Split), "srmudp traffic", 32).
    func trafficSecrets() -> (initiator: SecretBytes, responder: SecretBytes) {
        let keys = split()
        return (trafficSecret(keys.initiator), trafficSecret(keys.responder))
    }

    private func trafficSecret(_ key: SecretBytes) -> SecretBytes {
        let extracted = HKDF.extract(salt: handshakeHash, inputKeyMaterial: key)
        return HKDF.expand(extracted, label: "srmudp traffic")
    }
}
