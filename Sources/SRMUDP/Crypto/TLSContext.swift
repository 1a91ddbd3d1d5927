internal import COpenSSL

/// What the TLS sessions of one client or one server have in common: versions (1.2 and 1.3),
/// certificates, and the protocol that runs inside (HTTP/1.1, by ALPN).
package final class TLSContext {
    /// Whose signatures a client takes.
    package enum Authorities: Sendable {
        /// Those of the operating system.
        case system
        /// Those of a PEM file alone.
        case file(String)
    }

    package let isServer: Bool
    let handle: OpaquePointer

    /// The list of one name in ALPN's form (RFC 7301 section 3.1).
    private static let protocolNames = [UInt8(8)] + [UInt8]("http/1.1".utf8)
    /// Macros that call macros do not reach Swift.
    private static let optionNoRenegotiation: UInt64 = 1 << 30
    private static let optionNoCompression: UInt64 = 1 << 17
    private static let optionNoTicket: UInt64 = 1 << 14

    private init(isServer: Bool) {
        self.isServer = isServer
        guard let handle = SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
            preconditionFailure("OpenSSL has no TLS or no memory")
        }
        self.handle = handle
        let lowest = SSL_CTX_ctrl(
            handle, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        precondition(lowest == 1, "OpenSSL has no TLS 1.2")
        SSL_CTX_set_options(handle, Self.optionNoRenegotiation | Self.optionNoCompression)
        // A write may be tried again from elsewhere, and an idle session needs no buffers.
        let mode =
            SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
            | SSL_MODE_RELEASE_BUFFERS
        _ = SSL_CTX_ctrl(handle, SSL_CTRL_MODE, Int(mode), nil)
    }

    deinit { SSL_CTX_free(handle) }

    /// For clients: each session checks that the server's certificate is signed by one of
    /// `authorities`, valid now, and for the server's name.
    package static func client(
        trusting authorities: Authorities = .system
    ) throws(TLSError) -> TLSContext {
        let context = TLSContext(isServer: false)
        SSL_CTX_set_verify(context.handle, SSL_VERIFY_PEER, nil)
        switch authorities {
        case .system: _ = SSL_CTX_set_default_verify_paths(context.handle)
        case .file(let path):
            ERR_clear_error()
            guard SSL_CTX_load_verify_locations(context.handle, path, nil) == 1 else {
                throw .ofFile(path, content: "certificate")
            }
        }
        // Files that the system does not have leave errors behind.
        ERR_clear_error()
        let status = SSL_CTX_set_alpn_protos(
            context.handle, protocolNames, UInt32(protocolNames.count))
        precondition(status == 0, "the list of protocols is well formed")
        return context
    }

    /// For servers, from PEM files: `certificateFile` has the server's certificate and behind it
    /// those of the authorities up to the one that clients know; `keyFile` its key, without a
    /// passphrase.
    ///
    /// - Parameter clientAuthorityFile: those who sign the certificates of clients. Clients are asked
    ///   for one then; a client that has none is served, one whose certificate is not good is not.
    package static func server(
        certificateFile: String, keyFile: String, clientAuthorityFile: String? = nil
    ) throws(TLSError) -> TLSContext {
        let context = TLSContext(isServer: true)
        let handle = context.handle
        ERR_clear_error()
        guard SSL_CTX_use_certificate_chain_file(handle, certificateFile) == 1 else {
            throw .ofFile(certificateFile, content: "certificate")
        }
        try context.useKey(in: keyFile)
        if let clientAuthorityFile { try context.askForCertificates(by: clientAuthorityFile) }
        SSL_CTX_set_alpn_select_cb(
            handle,
            { _, chosen, chosenLength, offered, offeredLength, _ in
                selectProtocol(chosen, chosenLength, offered, offeredLength)
            }, nil)
        return context
    }

    private func askForCertificates(by file: String) throws(TLSError) {
        ERR_clear_error()
        guard SSL_CTX_load_verify_locations(handle, file, nil) == 1,
            let names = SSL_load_client_CA_file(file)
        else { throw .ofFile(file, content: "certificate") }
        SSL_CTX_set_client_CA_list(handle, names)
        SSL_CTX_set_verify(handle, SSL_VERIFY_PEER, nil)
        // A session that is taken up again would not be checked again.
        _ = SSL_CTX_ctrl(handle, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        SSL_CTX_set_options(handle, Self.optionNoTicket)
        SSL_CTX_set_num_tickets(handle, 0)
    }

    private func useKey(in file: String) throws(TLSError) {
        var needsPassphrase = false
        let status = withUnsafeMutablePointer(to: &needsPassphrase) { answer in
            // Nobody is asked at the terminal.
            SSL_CTX_set_default_passwd_cb(handle) { _, _, _, answer in
                answer?.assumingMemoryBound(to: Bool.self).pointee = true
                return -1
            }
            SSL_CTX_set_default_passwd_cb_userdata(handle, answer)
            defer { SSL_CTX_set_default_passwd_cb_userdata(handle, nil) }
            return SSL_CTX_use_PrivateKey_file(handle, file, SSL_FILETYPE_PEM)
        }
        if needsPassphrase {
            ERR_clear_error()
            throw .file(file, reason: "the key is protected by a passphrase")
        }
        guard status == 1, SSL_CTX_check_private_key(handle) == 1 else {
            throw .ofFile(file, content: "key")
        }
    }
}

/// Chooses `http/1.1` from a client's list, which has a length before each name; a client that
/// offers only others is refused (RFC 7301 section 3.2).
private func selectProtocol(
    _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ chosenLength: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?,
    _ offeredLength: UInt32
) -> Int32 {
    let list = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
    var start = list.startIndex
    while start < list.endIndex {
        let end = start + 1 + Int(list[start])
        guard end <= list.endIndex else { break }
        if list[(start + 1)..<end].elementsEqual("http/1.1".utf8) {
            chosen?.pointee = list.baseAddress.map { $0 + start + 1 }
            chosenLength?.pointee = list[start]
            return SSL_TLSEXT_ERR_OK
        }
        start = end
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}
