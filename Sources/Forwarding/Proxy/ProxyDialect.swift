/// The protocol in which a client asked for a connection and wants to be answered.
package enum ProxyDialect: Hashable, Sendable {
    case socks4
    case socks5
    /// The method CONNECT of HTTP.
    case http

    /// What a client is told when the far side has answered, be it yes or no.
    package func answer(to reply: OpenReply) -> [UInt8] {
        switch self {
        case .socks4: SOCKS4Admission.answer(isGranted: reply.status == .connected)
        case .socks5: SOCKS5Admission.reply(SOCKS5Admission.code(of: reply.status))
        case .http:
            reply.status == .connected
                ? [UInt8]("HTTP/1.1 200 Connection established\r\n\r\n".utf8)
                : HTTPResponseHead.refusal(for: reply)
        }
    }
}

extension HTTPResponseHead {
    /// The response of a proxy that did not get through to the server (RFC 9110 section 15.6).
    static func refusal(for reply: OpenReply) -> [UInt8] {
        let status =
            switch reply.status {
            case .notPermitted: 403
            case .tooManyRequests: 503
            case .timedOut: 504
            default: 502
            }
        let detail = reply.detail.isEmpty ? "" : ": \(reply.detail)"
        return refusal(status: status, because: "p2pfwd: \(reply.status)\(detail)")
    }
}
