internal import COpenSSL

/// One key of AES-256-GCM in OpenSSL.
///
/// It looks the length of the nonce and the tag up by name for every packet, so that
/// `MultiBufferContext` is preferred where that can be made.
struct EVPContext: ~Copyable {
    /// The library's name and version.
    static var version: String { String(cString: OpenSSL_version(OPENSSL_VERSION)) }

    private let context: OpaquePointer

    /// - Parameter key: 32 bytes.
    init(key: SecretBytes) {
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

    deinit { EVP_CIPHER_CTX_free(context) }

    /// Encrypts `data` in place and writes its tag (16 bytes); `nonce` has 12 bytes.
    func seal(
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
            context, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), tag.baseAddress)
        precondition(status == 1, "sealing cannot fail on memory")
    }

    /// Decrypts `data` in place; false if the tag does not fit, then `data` holds rubbish.
    func open(
        _ data: UnsafeMutableRawBufferPointer, tag: UnsafeMutableRawBufferPointer,
        nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
    ) -> Bool {
        var written: Int32 = 0
        let nonce = nonce.baseAddress?.assumingMemoryBound(to: UInt8.self)
        var status = EVP_DecryptInit_ex(context, nil, nil, nil, nonce)
        status &= EVP_CIPHER_CTX_ctrl(
            context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), tag.baseAddress)
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
