internal import COpenSSL

/// Why a connection cannot be made secure, or a certificate not be used, for the user to read.
package enum TLSError: Error, Equatable, Sendable {
    /// A certificate or key file cannot be used.
    case file(String, reason: String)
    /// The name in the server's certificate is another one.
    case nameMismatch(String)
    case selfSigned
    /// Nobody that we trust has signed the certificate.
    case unknownAuthority
    case expired
    case notYetValid
    /// Another fault of the certificate, in OpenSSL's words.
    case badCertificate(String)
    /// The peer refused; the name of its alert.
    case refused(String)
    /// What the peer sends is no TLS.
    case notTLS
    /// The two have no version of TLS in common, 1.2 and 1.3 being ours.
    case noCommonVersion
    /// Another failure, in OpenSSL's words.
    case failed(String)
    /// The connection ended before it was secure.
    case ended
}

extension TLSError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let path, let reason): "\(path): \(reason)"
        case .nameMismatch(let name): "the server's certificate is not for \(name)"
        case .selfSigned:
            "the server's certificate is self-signed: nobody we trust vouches for it"
        case .unknownAuthority:
            "the server's certificate is signed by an authority that we do not trust"
        case .expired: "the server's certificate has expired"
        case .notYetValid:
            "the server's certificate is not valid yet, or the clock of this machine is wrong"
        case .badCertificate(let reason): "the server's certificate is not valid: \(reason)"
        case .refused(let alert): "the other end refused the TLS connection: \(alert)"
        case .notTLS: "the other end does not speak TLS"
        case .noCommonVersion: "the other end has no version of TLS from 1.2 up"
        case .failed(let reason): "TLS failed: \(reason)"
        case .ended: "the connection ended during the TLS handshake"
        }
    }
}

extension TLSError {
    /// The errors of OpenSSL (`SSL_R_...`) that have words of their own here.
    private static let reasonsOfOtherProtocols: Set<Int32> = [
        SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST,
        SSL_R_PACKET_LENGTH_TOO_LONG, SSL_R_RECORD_LENGTH_MISMATCH, SSL_R_UNEXPECTED_MESSAGE,
    ]
    private static let reasonsOfVersions: Set<Int32> = [
        SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_NO_PROTOCOLS_AVAILABLE,
        SSL_AD_REASON_OFFSET + SSL_AD_PROTOCOL_VERSION,
    ]

    /// What the failure of a session means, read from the thread's error queue, which is emptied.
    static func ofSession(_ session: OpaquePointer, serverName: String?) -> TLSError {
        let code = ERR_peek_error()
        defer { ERR_clear_error() }
        let reason = ERR_GET_REASON(code)
        if reason == SSL_R_CERTIFICATE_VERIFY_FAILED {
            let result = Int32(truncatingIfNeeded: SSL_get_verify_result(session))
            return ofCertificate(result, serverName: serverName ?? "")
        }
        if reasonsOfVersions.contains(reason) { return .noCommonVersion }
        if reasonsOfOtherProtocols.contains(reason) { return .notTLS }
        if reason > SSL_AD_REASON_OFFSET {
            let alert = reason - SSL_AD_REASON_OFFSET
            return .refused(String(cString: SSL_alert_desc_string_long(alert)))
        }
        return .failed(words(of: code))
    }

    private static func ofCertificate(_ result: Int32, serverName: String) -> TLSError {
        switch result {
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            .nameMismatch(serverName)
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: .selfSigned
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            .unknownAuthority
        case X509_V_ERR_CERT_HAS_EXPIRED: .expired
        case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
        default: .badCertificate(String(cString: X509_verify_cert_error_string(Int(result))))
        }
    }

    /// What the failure to load `path` means, likewise.
    ///
    /// - Parameter content: what the file should hold.
    static func ofFile(_ path: String, content: String) -> TLSError {
        let code = ERR_peek_error()
        let lastReason = ERR_GET_REASON(ERR_peek_last_error())
        defer { ERR_clear_error() }
        if ERR_GET_LIB(code) == ERR_LIB_SYS {
            return .file(path, reason: SystemError("open", code: ERR_GET_REASON(code)).reason)
        }
        let isMismatch = lastReason == X509_R_KEY_VALUES_MISMATCH
        return .file(
            path,
            reason: isMismatch
                ? "the key does not belong to the certificate"
                : "there is no \(content) in PEM form")
    }

    private static func words(of code: UInt) -> String {
        guard let text = ERR_reason_error_string(code) else { return "unknown error \(code)" }
        return String(cString: text)
    }
}
