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

    /// Begins a message; `nonce` has 12 bytes.
    func begin(nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer) {
        let nonce = nonce.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let status =
            EVP_EncryptInit_ex(context, nil, nil, nil, nonce) & authenticate(associatedData)
        precondition(status == 1, "sealing cannot fail on memory")
    }

    /// Encrypts the message's next bytes to `output`, which may be where they are.
    func update(from input: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer) {
        precondition(convert(input, to: output) == 1, "sealing cannot fail on memory")
    }

    /// Ends the message with its tag (16 bytes).
    func finish(tag: UnsafeMutableRawBufferPointer) {
        var written: Int32 = 0
        var status = EVP_EncryptFinal_ex(
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
        status &= authenticate(associatedData)
        if let start = data.baseAddress {
            status &= convert(UnsafeRawBufferPointer(data), to: start)
        }
        precondition(status == 1, "only the tag can be wrong")
        let isGenuine =
            EVP_DecryptFinal_ex(
                context, tag.baseAddress?.assumingMemoryBound(to: UInt8.self), &written) == 1
        // A forgery must not stay in the thread's error queue: TLS would take it for its own.
        if !isGenuine { ERR_clear_error() }
        return isGenuine
    }

    private func authenticate(_ associatedData: UnsafeRawBufferPointer) -> Int32 {
        guard associatedData.count > 0 else { return 1 }
        var written: Int32 = 0
        return EVP_CipherUpdate(
            context, nil, &written,
            associatedData.baseAddress?.assumingMemoryBound(to: UInt8.self),
            Int32(associatedData.count))
    }

    /// Encrypts or decrypts, whichever was begun.
    private func convert(
        _ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer
    ) -> Int32 {
        guard input.count > 0 else { return 1 }
        var written: Int32 = 0
        return EVP_CipherUpdate(
            context, output.assumingMemoryBound(to: UInt8.self), &written,
            input.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(input.count))
    }
}
