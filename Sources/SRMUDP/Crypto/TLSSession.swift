internal import COpenSSL

/// One TLS connection, without any input or output of its own: ciphertext and plaintext both go in
/// and out through memory.
///
/// Feed what arrives with `receive`, then call `handshake` until it returns true, and `read` until
/// it has no more. After every call, and after `write`, there may be ciphertext to send:
/// `takeCiphertext`, also after an error, so that the peer hears of it. After an error nothing else
/// works any more.
package final class TLSSession {
    package enum ReadResult: Equatable, Sendable {
        /// At least one.
        case bytes(Int)
        /// More ciphertext must come first.
        case incomplete
        /// The peer has ended its direction in good order.
        case end
    }

    private let context: TLSContext
    private let handle: OpaquePointer
    /// Ciphertext that arrived and that is to be sent; the handle owns both.
    private let input: OpaquePointer
    private let output: OpaquePointer
    private let serverName: String?
    private var failure: TLSError?
    package private(set) var isEstablished = false

    /// A client's session with the server `serverName`: a host name, or an address without brackets.
    package convenience init(clientOf context: TLSContext, serverName: String) {
        precondition(!context.isServer, "a server's context")
        self.init(context, serverName: serverName)
        SSL_set_connect_state(handle)
        expect(serverName)
    }

    package convenience init(serverOf context: TLSContext) {
        precondition(context.isServer, "a client's context")
        self.init(context, serverName: nil)
        SSL_set_accept_state(handle)
    }

    private init(_ context: TLSContext, serverName: String?) {
        guard let handle = SSL_new(context.handle), let input = BIO_new(BIO_s_mem()),
            let output = BIO_new(BIO_s_mem())
        else { preconditionFailure("no memory") }
        SSL_set_bio(handle, input, output)
        self.context = context
        self.handle = handle
        self.input = input
        self.output = output
        self.serverName = serverName
    }

    deinit { SSL_free(handle) }

    /// Has the handshake fail unless the certificate is for `name`.
    private func expect(_ name: String) {
        let parameters = SSL_get0_param(handle)
        X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        let status: Int32
        if let address = IPAddress(name) {
            let bytes = address.isIPv4 ? Array(address.bytes.suffix(4)) : address.bytes
            status = X509_VERIFY_PARAM_set1_ip(parameters, bytes, bytes.count)
        } else {
            status = name.withCString { text in
                let isTold = SSL_ctrl(
                    handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name),
                    UnsafeMutableRawPointer(mutating: text))
                return isTold == 1 ? X509_VERIFY_PARAM_set1_host(parameters, text, 0) : 0
            }
        }
        // A name that cannot stand in a certificate, such as one that is too long, fits none.
        if status != 1 { failure = .nameMismatch(name) }
        ERR_clear_error()
    }

    // MARK: Ciphertext

    /// Takes in what arrived.
    package func receive(_ storage: borrowing ByteStorage, _ range: Range<Int>) {
        guard failure == nil, !range.isEmpty else { return }
        let count = storage.withUnsafeBytes(range) { bytes in
            BIO_write(input, bytes.baseAddress, Int32(bytes.count))
        }
        precondition(count == range.count, "no memory")
    }

    /// How many bytes there are to be sent.
    package var ciphertextCount: Int { BIO_ctrl_pending(output) }

    /// Moves ciphertext to the beginning of `range`; returns how much.
    package func takeCiphertext(into storage: inout ByteStorage, _ range: Range<Int>) -> Int {
        guard !range.isEmpty, ciphertextCount > 0 else { return 0 }
        return storage.withUnsafeMutableBytes(range) { bytes in
            Int(max(0, BIO_read(output, bytes.baseAddress, Int32(clamping: bytes.count))))
        }
    }

    // MARK: Plaintext

    /// Goes on with the handshake.
    ///
    /// - Returns: whether it is done.
    package func handshake() throws(TLSError) -> Bool {
        guard !isEstablished else { return true }
        try begin()
        let status = SSL_do_handshake(handle)
        isEstablished = status == 1
        if !isEstablished, try !isWaiting(status) { throw fail(.ended) }
        return isEstablished
    }

    /// Reads to the beginning of `range`, which is not empty.
    package func read(
        into storage: inout ByteStorage, _ range: Range<Int>
    ) throws(TLSError) -> ReadResult {
        try begin()
        var count = 0
        let status = storage.withUnsafeMutableBytes(range) { bytes in
            SSL_read_ex(handle, bytes.baseAddress, bytes.count, &count)
        }
        if status == 1 { return .bytes(count) }
        return try isWaiting(status) ? .incomplete : .end
    }

    /// Encrypts `range`; the handshake is done.
    package func write(
        _ storage: borrowing ByteStorage, _ range: Range<Int>
    ) throws(TLSError) {
        precondition(isEstablished, "there is nobody to write to yet")
        try begin()
        var start = range.lowerBound
        while start < range.upperBound {
            var count = 0
            let status = storage.withUnsafeBytes(start..<range.upperBound) { bytes in
                SSL_write_ex(handle, bytes.baseAddress, bytes.count, &count)
            }
            // Memory takes everything, so that there is nothing to wait for.
            if status != 1 { throw fail(.ofSession(handle, serverName: serverName)) }
            start += count
        }
    }

    /// Tells the peer that no more will be written.
    package func end() {
        guard failure == nil, isEstablished else { return }
        _ = SSL_shutdown(handle)
        ERR_clear_error()
    }

    /// `TLSv1.3` or `TLSv1.2`.
    package var version: String { String(cString: SSL_get_version(handle)) }

    /// What was agreed on by ALPN, if anything.
    package var negotiatedProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(handle, &name, &length)
        guard let name else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }

    /// The common name of the subject of the peer's certificate, which was verified; nil if there is
    /// not exactly one, or it is longer than 64 characters or not fit to be shown.
    package var peerName: String? {
        guard isEstablished, SSL_get_verify_result(handle) == X509_V_OK,
            let certificate = SSL_get0_peer_certificate(handle),
            let subject = X509_get_subject_name(certificate)
        else { return nil }
        let index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
        guard index >= 0, X509_NAME_get_index_by_NID(subject, NID_commonName, index) < 0 else {
            return nil
        }
        let value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index))
        var text: UnsafeMutablePointer<UInt8>?
        let length = ASN1_STRING_to_UTF8(&text, value)
        guard length > 0, let text else { return nil }
        defer { CRYPTO_free(text, #file, #line) }
        let name = String(
            validating: UnsafeBufferPointer(start: text, count: Int(length)), as: UTF8.self)
        guard let name, (1...64).contains(name.unicodeScalars.count),
            name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f })
        else { return nil }
        return name
    }

    // MARK: Errors

    private func begin() throws(TLSError) {
        if let failure { throw failure }
        // What others left in the thread's queue would be taken for errors of this session.
        ERR_clear_error()
    }

    /// Whether a call that did not succeed waits for more ciphertext; false at the peer's end.
    private func isWaiting(_ status: Int32) throws(TLSError) -> Bool {
        switch SSL_get_error(handle, status) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return true
        case SSL_ERROR_ZERO_RETURN: return false
        default: throw fail(.ofSession(handle, serverName: serverName))
        }
    }

    private func fail(_ error: TLSError) -> TLSError {
        failure = error
        return error
    }
}
