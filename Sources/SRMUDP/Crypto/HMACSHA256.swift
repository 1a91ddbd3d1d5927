internal import COpenSSL

/// Message authentication codes under one key (RFC 2104 with SHA-256).
///
/// Feed a message with `update`, take the code with `finish`; then the next message may follow
/// under the same key. Keeping one instance per key spares the key schedule.
package struct HMACSHA256: ~Copyable {
    /// Bytes in a full code.
    package static let length = 32

    private let context: OpaquePointer

    /// - Parameter key: 1 byte or more.
    package init(key: SecretBytes) {
        precondition(key.count > 0, "a message authentication code needs a key")
        let algorithm = EVP_MAC_fetch(nil, "HMAC", nil)
        defer { EVP_MAC_free(algorithm) }
        guard let context = EVP_MAC_CTX_new(algorithm) else {
            preconditionFailure("OpenSSL has no HMAC or no memory")
        }
        self.context = context
        let status = withDigestParameter { parameters in
            key.withUnsafeBytes { EVP_MAC_init(context, $0.baseAddress, $0.count, parameters) }
        }
        precondition(status == 1, "OpenSSL has no HMAC with SHA-256")
    }

    deinit { EVP_MAC_CTX_free(context) }

    package mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }
    package mutating func update(_ bytes: ArraySlice<UInt8>) { bytes.withUnsafeBytes { add($0) } }
    package mutating func update(_ secret: SecretBytes) { secret.withUnsafeBytes { add($0) } }

    /// The code of what was fed since the last call; 32 bytes.
    package mutating func finish() -> [UInt8] {
        var code = [UInt8](repeating: 0, count: Self.length)
        code.withUnsafeMutableBytes { finish(into: $0) }
        return code
    }

    /// The same, where the code is a key itself.
    package mutating func finishSecret() -> SecretBytes {
        SecretBytes(count: Self.length) { finish(into: $0) }
    }

    /// The code of one message; 32 bytes.
    package static func code(key: SecretBytes, _ message: [UInt8]) -> [UInt8] {
        var authentication = HMACSHA256(key: key)
        authentication.update(message)
        return authentication.finish()
    }

    private func add(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        let status = EVP_MAC_update(
            context, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        precondition(status == 1, "HMAC cannot fail on memory")
    }

    private func finish(into code: UnsafeMutableRawBufferPointer) {
        var written = 0
        let finished = EVP_MAC_final(
            context, code.baseAddress?.assumingMemoryBound(to: UInt8.self), &written, code.count)
        // A missing key means: start again with the one that is already there.
        let restarted = EVP_MAC_init(context, nil, 0, nil)
        precondition(finished == 1 && restarted == 1 && written == Self.length)
    }
}

/// Lends the parameter list that selects SHA-256.
///
/// The list keeps the pointers of its names and values. A temporary C string would be gone by the
/// time it is read, so both live in static strings.
private func withDigestParameter<Result>(_ body: (UnsafePointer<OSSL_PARAM>) -> Result) -> Result {
    let name: StaticString = "digest"
    let value: StaticString = "SHA256"
    let characters = UnsafeMutableRawPointer(mutating: value.utf8Start)
        .assumingMemoryBound(to: CChar.self)
    let parameters = [
        OSSL_PARAM_construct_utf8_string(
            UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), characters,
            value.utf8CodeUnitCount),
        OSSL_PARAM_construct_end(),
    ]
    return parameters.withUnsafeBufferPointer { list in
        // The list has two entries, so it has an address.
        body(list.baseAddress!)
    }
}
