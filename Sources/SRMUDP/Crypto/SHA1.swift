internal import COpenSSL

/// The hash function of the WebSocket handshake (FIPS 180-4), which protects nothing there.
package enum SHA1 {
    /// Bytes in a digest.
    package static let length = 20

    /// The digest of `message`; 20 bytes.
    package static func digest(_ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: length)
        let status = message.withUnsafeBytes { bytes in
            EVP_Digest(bytes.baseAddress, bytes.count, &digest, nil, EVP_sha1(), nil)
        }
        precondition(status == 1, "SHA-1 cannot fail on memory")
        return digest
    }
}
