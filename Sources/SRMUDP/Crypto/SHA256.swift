internal import COpenSSL

/// The hash function of the handshake (FIPS 180-4).
package enum SHA256 {
    /// Bytes in a digest.
    package static let length = 32

    /// The digest of all `parts` as if they were one message; 32 bytes.
    package static func digest(_ parts: [UInt8]...) -> [UInt8] {
        let message = parts.count == 1 ? parts[0] : parts.flatMap { $0 }
        var digest = [UInt8](repeating: 0, count: length)
        let status = message.withUnsafeBytes { bytes in
            EVP_Digest(bytes.baseAddress, bytes.count, &digest, nil, EVP_sha256(), nil)
        }
        precondition(status == 1, "SHA-256 cannot fail on memory")
        return digest
    }
}
