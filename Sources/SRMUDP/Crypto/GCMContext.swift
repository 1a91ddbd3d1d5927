internal import COpenSSL

/// One key of AES-256-GCM in OpenSSL, served by the functions of the provider that implements it.
///
/// The usual way, EVP, looks the length of the nonce and the tag up by name for every packet; at
/// 1,500 bytes that is a fifth of the time of sealing. These are the functions that EVP itself
/// calls (provider-cipher(7)), found once for each key. Where they cannot be found there is
/// `EVPContext`.
struct GCMContext: ~Copyable {
    /// Keeps the provider's code in its place.
    private let cipher: OpaquePointer
    private let functions: Functions
    private let context: UnsafeMutableRawPointer

    /// Nil if OpenSSL does not lend the functions out, or they take no key.
    ///
    /// - Parameter key: 32 bytes.
    init?(key: SecretBytes) {
        guard let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else { return nil }
        guard let functions = Functions(of: cipher),
            let context = functions.makeContext(of: cipher, key: key)
        else {
            EVP_CIPHER_free(cipher)
            ERR_clear_error()
            return nil
        }
        self.cipher = cipher
        self.functions = functions
        self.context = context
    }

    deinit {
        functions.freeContext(context)
        EVP_CIPHER_free(cipher)
    }

    /// Encrypts `data` in place and writes its tag (16 bytes); `nonce` has 12 bytes.
    func seal(
        _ data: UnsafeMutableRawBufferPointer, tag: UnsafeMutableRawBufferPointer,
        nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
    ) {
        var status = functions.beginSealing(context, nil, 0, bytes(nonce), nonce.count, nil)
        status &= update(data, associatedData: associatedData)
        status &= finish()
        status &= Self.withTagParameter(tag) { functions.getParameters(context, $0) }
        precondition(status == 1, "sealing cannot fail on memory")
    }

    /// Decrypts `data` in place; false if the tag does not fit, then `data` holds rubbish.
    func open(
        _ data: UnsafeMutableRawBufferPointer, tag: UnsafeMutableRawBufferPointer,
        nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
    ) -> Bool {
        var status = Self.withTagParameter(tag) { parameters in
            functions.beginOpening(context, nil, 0, bytes(nonce), nonce.count, parameters)
        }
        status &= update(data, associatedData: associatedData)
        precondition(status == 1, "only the tag can be wrong")
        let isGenuine = finish() == 1
        // A forgery must not stay in the thread's error queue: TLS would take it for its own.
        if !isGenuine { ERR_clear_error() }
        return isGenuine
    }

    private func update(
        _ data: UnsafeMutableRawBufferPointer, associatedData: UnsafeRawBufferPointer
    ) -> Int32 {
        var written = 0
        var status: Int32 = 1
        if associatedData.count > 0 {
            status &= functions.update(
                context, nil, &written, associatedData.count, bytes(associatedData),
                associatedData.count)
        }
        if data.count > 0 {
            let start = data.baseAddress?.assumingMemoryBound(to: UInt8.self)
            status &= functions.update(context, start, &written, data.count, start, data.count)
        }
        return status
    }

    private func finish() -> Int32 {
        var written = 0
        // A stream cipher has nothing left to write; the place only has to exist.
        var nothing: UInt8 = 0
        return functions.finish(context, &nothing, &written, 0)
    }

    private func bytes(_ buffer: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
        buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }

    /// Lends the list of parameters that names the place of a tag.
    private static func withTagParameter(
        _ tag: UnsafeMutableRawBufferPointer, _ body: (UnsafeMutablePointer<OSSL_PARAM>) -> Int32
    ) -> Int32 {
        let name: StaticString = "tag"
        return withUnsafeTemporaryAllocation(of: OSSL_PARAM.self, capacity: 2) { list in
            list.initialize(repeating: OSSL_PARAM())
            name.withUTF8Buffer { name in
                name.withMemoryRebound(to: CChar.self) { list[0].key = $0.baseAddress }
            }
            list[0].data_type = UInt32(OSSL_PARAM_OCTET_STRING)
            list[0].data = tag.baseAddress
            list[0].data_size = tag.count
            // Two elements have an address.
            return body(list.baseAddress!)
        }
    }
}

extension GCMContext {
    /// What a provider offers for a cipher, as far as it is used here.
    private struct Functions {
        typealias Begin =
            @convention(c) (
                UnsafeMutableRawPointer?, UnsafePointer<UInt8>?, Int, UnsafePointer<UInt8>?, Int,
                UnsafePointer<OSSL_PARAM>?
            ) -> Int32

        let newContext: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?
        let freeContext: @convention(c) (UnsafeMutableRawPointer?) -> Void
        let beginSealing: Begin
        let beginOpening: Begin
        let update:
            @convention(c) (
                UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>?,
                Int, UnsafePointer<UInt8>?, Int
            ) -> Int32
        let finish:
            @convention(c) (
                UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>?,
                Int
            ) -> Int32
        let getParameters:
            @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<OSSL_PARAM>?) -> Int32

        /// Nil if the provider of `cipher` lacks one of them.
        init?(of cipher: OpaquePointer) {
            let provider = EVP_CIPHER_get0_provider(cipher)
            var mustNotStore: Int32 = 0
            let algorithms = OSSL_PROVIDER_query_operation(
                provider, OSSL_OP_CIPHER, &mustNotStore)
            defer { OSSL_PROVIDER_unquery_operation(provider, OSSL_OP_CIPHER, algorithms) }
            guard mustNotStore == 0, let table = Self.table(in: algorithms) else { return nil }
            func function(_ id: Int32) -> UnsafePointer<OSSL_DISPATCH>? {
                var entry = table
                while entry.pointee.function_id != 0 {
                    if entry.pointee.function_id == id { return entry }
                    entry += 1
                }
                return nil
            }
            guard
                let newContext = function(OSSL_FUNC_CIPHER_NEWCTX),
                let freeContext = function(OSSL_FUNC_CIPHER_FREECTX),
                let beginSealing = function(OSSL_FUNC_CIPHER_ENCRYPT_INIT),
                let beginOpening = function(OSSL_FUNC_CIPHER_DECRYPT_INIT),
                let update = function(OSSL_FUNC_CIPHER_UPDATE),
                let finish = function(OSSL_FUNC_CIPHER_FINAL),
                let getParameters = function(OSSL_FUNC_CIPHER_GET_CTX_PARAMS)
            else { return nil }
            self.newContext = OSSL_FUNC_cipher_newctx(newContext)
            self.freeContext = OSSL_FUNC_cipher_freectx(freeContext)
            self.beginSealing = OSSL_FUNC_cipher_encrypt_init(beginSealing)
            self.beginOpening = OSSL_FUNC_cipher_decrypt_init(beginOpening)
            self.update = OSSL_FUNC_cipher_update(update)
            self.finish = OSSL_FUNC_cipher_final(finish)
            self.getParameters = OSSL_FUNC_cipher_get_ctx_params(getParameters)
        }

        /// Makes a context with the schedule of `key`; nil if that fails.
        func makeContext(of cipher: OpaquePointer, key: SecretBytes) -> UnsafeMutableRawPointer? {
            let provider = EVP_CIPHER_get0_provider(cipher)
            guard let context = newContext(OSSL_PROVIDER_get0_provider_ctx(provider)) else {
                return nil
            }
            // Opening needs the same key schedule as sealing: the mode only encrypts blocks.
            let status = key.withUnsafeBytes { bytes in
                beginSealing(
                    context, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count,
                    nil, 0, nil)
            }
            guard status == 1 else {
                freeContext(context)
                return nil
            }
            return context
        }

        /// The functions that belong to the cipher's name.
        private static func table(
            in algorithms: UnsafePointer<OSSL_ALGORITHM>?
        ) -> UnsafePointer<OSSL_DISPATCH>? {
            var next = algorithms
            while let candidate = next, let names = candidate.pointee.algorithm_names {
                if isFirst("AES-256-GCM", of: names) { return candidate.pointee.implementation }
                next = candidate + 1
            }
            return nil
        }

        /// Whether `name` is the first of `names`, which colons separate.
        private static func isFirst(_ name: StaticString, of names: UnsafePointer<CChar>) -> Bool {
            for index in 0..<name.utf8CodeUnitCount {
                guard names[index] == CChar(bitPattern: name.utf8Start[index]) else { return false }
            }
            let end = UInt8(bitPattern: names[name.utf8CodeUnitCount])
            return end == 0 || end == UInt8(ascii: ":")
        }
    }
}
