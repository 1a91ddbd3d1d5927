internal import COpenSSL

/// Stretches a password into a key at a cost in time and memory (RFC 7914).
package enum Scrypt {
    /// Needs about 128 * `blockSize` * `cost` bytes of memory while it runs.
    ///
    /// - Parameters:
    ///   - cost: N, a power of two above 1.
    ///   - blockSize: r.
    ///   - parallelism: p.
    ///   - count: the length of the key in bytes.
    package static func deriveKey(
        password: SecretBytes, salt: [UInt8], cost: UInt64 = 1 << 15, blockSize: UInt64 = 8,
        parallelism: UInt64 = 1, count: Int = 32
    ) -> SecretBytes {
        let memoryLimit = 128 * blockSize * (cost + parallelism + 2) + (1 << 20)
        return SecretBytes(count: count) { key in
            let status = password.withUnsafeBytes { password in
                EVP_PBE_scrypt(
                    password.baseAddress?.assumingMemoryBound(to: CChar.self), password.count,
                    salt, salt.count, cost, blockSize, parallelism, memoryLimit,
                    key.baseAddress?.assumingMemoryBound(to: UInt8.self), key.count)
            }
            precondition(status == 1, "scrypt was given parameters that it does not allow")
        }
    }
}
