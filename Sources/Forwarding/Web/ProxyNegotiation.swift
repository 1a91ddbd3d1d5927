import SRMUDP

/// The client's side of asking a proxy for a connection, whichever kind of proxy it is.
///
/// Send what `start` returns, feed what arrives to `receive`, and send what that returns. Once
/// `isDone`, the connection is one to the target.
package enum ProxyNegotiation {
    case http(HTTPConnectNegotiation)
    case socks5(SOCKS5Negotiation)

    /// - Parameters:
    ///   - host: what the proxy is to connect to: a name, or an address without brackets; at most 255
    ///     bytes of visible ASCII.
    ///   - port: not 0.
    package init(through proxy: ProxyAddress, host: String, port: UInt16) {
        switch proxy.kind {
        case .http:
            self = .http(
                HTTPConnectNegotiation(host: host, port: port, credentials: proxy.credentials))
        case .socks5:
            self = .socks5(
                SOCKS5Negotiation(host: host, port: port, credentials: proxy.credentials))
        }
    }

    package var isDone: Bool {
        switch self {
        case .http(let negotiation): negotiation.isDone
        case .socks5(let negotiation): negotiation.isDone
        }
    }

    /// The first bytes to send.
    package func start() -> [UInt8] {
        switch self {
        case .http(let negotiation): negotiation.start()
        case .socks5(let negotiation): negotiation.start()
        }
    }

    /// Takes what arrived out of `queue`, up to the end of the negotiation.
    ///
    /// - Returns: what is to be sent next, perhaps nothing.
    package mutating func receive(_ queue: inout ByteQueue) throws(ProxyError) -> [UInt8] {
        switch self {
        case .http(var negotiation):
            defer { self = .http(negotiation) }
            return try negotiation.receive(&queue)
        case .socks5(var negotiation):
            defer { self = .socks5(negotiation) }
            return try negotiation.receive(&queue)
        }
    }
}

/// Why a proxy gives no connection. Secrets are not part of it.
package enum ProxyError: Error, Equatable, Sendable {
    case credentialsNeeded
    case credentialsRefused
    /// The proxy's answer to CONNECT.
    case refused(status: Int, reason: String)
    /// The proxy's reply code of SOCKS5 (RFC 1928 section 6).
    case refusedBySOCKS(UInt8)
    /// What the proxy sends does not belong to its protocol.
    case malformedAnswer
    case ended
}

extension ProxyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .credentialsNeeded: "the proxy wants a user and a password"
        case .credentialsRefused: "the proxy does not take this user and password"
        case .refused(let status, let reason):
            "the proxy answered \(status)\(reason.isEmpty ? "" : " ")\(reason.printable)"
        case .refusedBySOCKS(let code): "the proxy answered: \(Self.words(of: code))"
        case .malformedAnswer: "the proxy's answer is not understood; it may be of another kind"
        case .ended: "the proxy closed the connection"
        }
    }

    private static func words(of code: UInt8) -> String {
        switch code {
        case 1: "general failure"
        case 2: "not allowed"
        case 3: "network unreachable"
        case 4: "host unreachable"
        case 5: "connection refused"
        case 6: "timed out"
        case 7: "command not supported"
        case 8: "address type not supported"
        default: "error \(code)"
        }
    }
}
