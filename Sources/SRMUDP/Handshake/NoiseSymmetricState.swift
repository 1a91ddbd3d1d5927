/// The running hash, chaining key and cipher of a handshake (Noise revision 34, section 5.2).
struct NoiseSymmetricState {
    /// h: covers everything sent and received so far.
    private(set) var hash: [UInt8]
    /// ck
    private var chainingKey: SecretBytes
    /// k; nothing is encrypted before the first key is mixed in.
    private var key: SecretBytes?
    /// n
    private var nonce: UInt64 = 0

    init(protocolName: [UInt8]) {
        // A name of up to 32 bytes is taken as it is, and the suite with IKpsk2 has exactly 32.
        if protocolName.count <= SHA256.length {
            let padding = [UInt8](repeating: 0, count: SHA256.length - protocolName.count)
            hash = protocolName + padding
        } else {
            hash = SHA256.digest(protocolName)
        }
        chainingKey = SecretBytes(hash)
    }

    mutating func mixHash(_ bytes: [UInt8]) { hash = SHA256.digest(hash, bytes) }

    mutating func mixKey(_ material: SecretBytes) {
        let output = derive(from: material, count: 2)
        chainingKey = output.part(0..<32)
        setKey(output.part(32..<64))
    }

    mutating func mixKeyAndHash(_ material: SecretBytes) {
        let output = derive(from: material, count: 3)
        chainingKey = output.part(0..<32)
        mixHash(output.part(32..<64).exposed)
        setKey(output.part(64..<96))
    }

    mutating func encryptAndHash(_ plaintext: [UInt8]) -> [UInt8] {
        guard let key else {
            mixHash(plaintext)
            return plaintext
        }
        var cipher = AES256GCM(key: key)
        let output = cipher.seal(plaintext, nonce: nextNonce(), associatedData: hash)
        mixHash(output)
        return output
    }

    mutating func decryptAndHash(_ ciphertext: [UInt8]) throws(NoiseError) -> [UInt8] {
        guard let key else {
            mixHash(ciphertext)
            return ciphertext
        }
        var cipher = AES256GCM(key: key)
        guard let plaintext = cipher.open(ciphertext, nonce: nextNonce(), associatedData: hash)
        else { throw .notAuthentic }
        mixHash(ciphertext)
        return plaintext
    }

    /// How many bytes encryption adds now.
    var overhead: Int { key == nil ? 0 : AES256GCM.tagLength }

    /// The keys of the two directions, the initiator's first.
    func split() -> (initiator: SecretBytes, responder: SecretBytes) {
        let output = derive(from: SecretBytes([]), count: 2)
        return (output.part(0..<32), output.part(32..<64))
    }

    /// The HKDF of section 4.3, which is that of RFC 5869 without info.
    private func derive(from material: SecretBytes, count: Int) -> SecretBytes {
        let key = HKDF.extract(salt: chainingKey, inputKeyMaterial: material)
        return HKDF.expand(key, info: [], count: 32 * count)
    }

    private mutating func setKey(_ key: SecretBytes) {
        self.key = key
        nonce = 0
    }

    private mutating func nextNonce() -> [UInt8] {
        defer { nonce += 1 }
        return noiseNonce(nonce)
    }
}

/// Four zero bytes and the counter in big-endian order (Noise revision 34, section 12.4).
func noiseNonce(_ counter: UInt64) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: AES256GCM.nonceLength)
    for index in 0..<8 {
        bytes[4 + index] = UInt8(truncatingIfNeeded: counter >> UInt64(56 - 8 * index))
    }
    return bytes
}
