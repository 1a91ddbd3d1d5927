internal import COpenSSL

/// Diffie-Hellman on Curve25519 (RFC 7748 section 5).
package enum X25519 {
    /// Why two keys did not agree.
    package enum Failure: Error, Equatable {
        /// The other key has low order: the shared secret would be zero, whatever our key is.
        case zeroSharedSecret
    }

    /// A private key with its public half.
    package final class KeyPair {
        package let privateKey: SecretBytes
        package let publicKey: PublicKey
        private let handle: KeyHandle

        /// - Parameter privateKey: 32 bytes; they are clamped when used, not here. Any other count
        ///   gives nil.
        package init?(privateKey: SecretBytes) {
            guard privateKey.count == 32, let handle = KeyHandle(privateKey: privateKey) else {
                return nil
            }
            self.privateKey = privateKey
            publicKey = handle.publicKey()
            self.handle = handle
        }

        package static func generate(from random: any RandomSource) -> KeyPair {
            var bytes = random.bytes(count: 32)
            // Every 32 bytes are a private key.
            return KeyPair(privateKey: SecretBytes(taking: &bytes))!
        }

        /// The secret shared with the owner of `remote`; 32 bytes.
        ///
        /// - Throws: `zeroSharedSecret` for the keys of low order.
        package func agree(with remote: PublicKey) throws(Failure) -> SecretBytes {
            guard let secret = handle.derive(from: remote) else { throw .zeroSharedSecret }
            return secret
        }
    }
}

extension X25519.KeyPair: CustomStringConvertible, CustomReflectable {
    package var description: String { "key pair \(publicKey)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Owns an `EVP_PKEY` that holds a private key.
private struct KeyHandle: ~Copyable {
    private let key: OpaquePointer

    init?(privateKey: SecretBytes) {
        let key = privateKey.withUnsafeBytes { bytes in
            EVP_PKEY_new_raw_private_key(
                EVP_PKEY_X25519, nil, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
                bytes.count)
        }
        guard let key else { return nil }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    borrowing func publicKey() -> PublicKey {
        var bytes = [UInt8](repeating: 0, count: PublicKey.length)
        var count = bytes.count
        let status = EVP_PKEY_get_raw_public_key(key, &bytes, &count)
        guard status == 1, let publicKey = PublicKey(bytes) else {
            preconditionFailure("every private key has a public one")
        }
        return publicKey
    }

    /// Nil if the shared secret is zero, which OpenSSL refuses itself.
    borrowing func derive(from remote: PublicKey) -> SecretBytes? {
        let remoteKey = EVP_PKEY_new_raw_public_key(
            EVP_PKEY_X25519, nil, remote.bytes, PublicKey.length)
        defer { EVP_PKEY_free(remoteKey) }
        let context = EVP_PKEY_CTX_new(key, nil)
        defer { EVP_PKEY_CTX_free(context) }
        guard let remoteKey, let context, EVP_PKEY_derive_init(context) == 1,
            EVP_PKEY_derive_set_peer(context, remoteKey) == 1
        else { preconditionFailure("OpenSSL has no X25519 or no memory") }

        var succeeded = false
        let secret = SecretBytes(count: 32) { bytes in
            var count = bytes.count
            let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            succeeded = EVP_PKEY_derive(context, start, &count) == 1 && count == 32
        }
        if !succeeded { ERR_clear_error() }
        return succeeded && secret != SecretBytes(count: 32, fill: { _ in }) ? secret : nil
    }
}
