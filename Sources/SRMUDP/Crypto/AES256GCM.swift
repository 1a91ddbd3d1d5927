internal import COpenSSL

/// Authenticated encryption under one key (AES-256 in Galois/Counter Mode, NIST SP 800-38D).
///
/// Holds one cipher context, whose key schedule is made once; each packet sets only the nonce. A
/// nonce must never seal twice under one key.
package struct AES256GCM: ~Copyable {
    package static let keyLength = 32
    package static let nonceLength = 12
    package static let tagLength = 16

    private let context: OpaquePointer

    /// - Parameter key: 32 bytes.
    package init(key: SecretBytes) {
        precondition(key.count == Self.keyLength, "AES-256 has keys of 32 bytes")
        let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
        defer { EVP_CIPHER_free(cipher) }
        guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory") }
        self.context = context
        let status = key.withUnsafeBytes { bytes in
            EVP_EncryptInit_ex2(
                context, cipher, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, nil)
        }
        precondition(status == 1, "OpenSSL has no AES-256-GCM")
    }

    package init(key: [UInt8]) { self.init(key: SecretBytes(key)) }

    deinit { EVP_CIPHER_CTX_free(context) }

    /// `plaintext` encrypted, followed by the tag of 16 bytes; `nonce` has 12 bytes.
    package mutating func seal(
        _ plaintext: [UInt8], nonce: [UInt8], associatedData: [UInt8]
    ) -> [UInt8] {
        precondition(nonce.count == Self.nonceLength)
        var output = plaintext + [UInt8](repeating: 0, count: Self.tagLength)
        output.withUnsafeMutableBytes { output in
            let tagStart = output.count - Self.tagLength
            nonce.withUnsafeBytes { nonce in
                associatedData.withUnsafeBytes { associatedData in
                    seal(
                        UnsafeMutableRawBufferPointer(rebasing: output[..<tagStart]),
                        tag: UnsafeMutableRawBufferPointer(rebasing: output[tagStart...]),
                        nonce: nonce, associatedData: associatedData)
                }
            }
        }
        return output
    }

    /// The plaintext of what `seal` made, or nil if the bytes are not what was sealed.
    package mutating func open(
        _ sealed: [UInt8], nonce: [UInt8], associatedData: [UInt8]
    ) -> [UInt8]? {
        precondition(nonce.count == Self.nonceLength)
        guard sealed.count >= Self.tagLength else { return nil }
        var output = sealed
        let tagStart = sealed.count - Self.tagLength
        let isGenuine = output.withUnsafeMutableBytes { output in
            nonce.withUnsafeBytes { nonce in
                associatedData.withUnsafeBytes { associatedData in
                    open(
                        UnsafeMutableRawBufferPointer(rebasing: output[..<tagStart]),
                        tag: UnsafeMutableRawBufferPointer(rebasing: output[tagStart...]),
                        nonce: nonce, associatedData: associatedData)
                }
            }
        }
        output.removeLast(Self.tagLength)
        return isGenuine ? output : nil
    }

    /// Encrypts `data` in place and writes its tag (16 bytes); `nonce` has 12 bytes.
    mutating func seal(
        _ data: UnsafeMutableRawBufferPointer, tag: UnsafeMutableRawBufferPointer,
        nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
    ) {
        var written: Int32 = 0
        let nonce = nonce.baseAddress?.assumingMemoryBound(to: UInt8.self)
        var status = EVP_EncryptInit_ex(context, nil, nil, nil, nonce)
        status &= update(data, associatedData: associatedData)
        status &= EVP_EncryptFinal_ex(
            context, tag.baseAddress?.assumingMemoryBound(to: UInt8.self), &written)
        status &= EVP_CIPHER_CTX_ctrl(
            context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagLength), tag.baseAddress)
        precondition(status == 1, "sealing cannot fail on memory")
    }

    /// Decrypts `data` in place; false if the tag does not fit, then `data` holds rubbish.
    mutating func open(
        _ data: UnsafeMutableRawBufferPointer, tag: UnsafeMutableRawBufferPointer,
        nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
    ) -> Bool {
        var written: Int32 = 0
        let nonce = nonce.baseAddress?.assumingMemoryBound(to: UInt8.self)
        var status = EVP_DecryptInit_ex(context, nil, nil, nil, nonce)
        status &= EVP_CIPHER_CTX_ctrl(
            context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagLength), tag.baseAddress)
        status &= update(data, associatedData: associatedData)
        precondition(status == 1, "only the tag can be wrong")
        let isGenuine =
            EVP_DecryptFinal_ex(
                context, tag.baseAddress?.assumingMemoryBound(to: UInt8.self), &written) == 1
        // A forgery must not stay in the thread's error queue: TLS would take it for its own.
        if !isGenuine { ERR_clear_error() }
        return isGenuine
    }

    private func update(
        _ data: UnsafeMutableRawBufferPointer, associatedData: UnsafeRawBufferPointer
    ) -> Int32 {
        var written: Int32 = 0
        var status: Int32 = 1
        if associatedData.count > 0 {
            status &= EVP_CipherUpdate(
                context, nil, &written,
                associatedData.baseAddress?.assumingMemoryBound(to: UInt8.self),
                Int32(associatedData.count))
        }
        if data.count > 0 {
            let start = data.baseAddress?.assumingMemoryBound(to: UInt8.self)
            status &= EVP_CipherUpdate(context, start, &written, start, Int32(data.count))
        }
        return status
    }
}
