import SRMUDP

/// The proxy's side of a negotiation, in whichever protocol the client begins.
///
/// The first byte tells them apart: 5 and 4 are the versions of SOCKS, a letter begins the method of
/// an HTTP request, and 0x16 would be the record of a TLS handshake. Feed what arrives to a queue and
/// call `step` until it says `incomplete` or names a request, or throws.
package enum ProxyAdmission {
    case undecided(ProxyUsers?)
    case socks4(SOCKS4Admission)
    case socks5(SOCKS5Admission)
    case http(HTTPAdmission)

    /// - Parameter users: who may use the proxy; nil: everybody who reaches it.
    package init(users: ProxyUsers?) { self = .undecided(users) }

    /// Takes as much of `queue` as belongs to the client's next message.
    package mutating func step(_ queue: inout ByteQueue) throws(ProxyRefusal) -> ProxyStep {
        switch self {
        case .undecided(let users):
            guard !queue.isEmpty else { return .incomplete }
            self = try Self.chosen(by: queue[0], users)
            return try step(&queue)
        case .socks4(let admission):
            return try admission.step(&queue)
        case .socks5(var admission):
            defer { self = .socks5(admission) }
            return try admission.step(&queue)
        case .http(var admission):
            defer { self = .http(admission) }
            return try admission.step(&queue)
        }
    }

    private static func chosen(
        by first: UInt8, _ users: ProxyUsers?
    ) throws(ProxyRefusal) -> ProxyAdmission {
        switch first {
        case 4: return .socks4(SOCKS4Admission(users: users))
        case 5: return .socks5(SOCKS5Admission(users: users))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
            return .http(HTTPAdmission(users: users))
        case 0x16: throw ProxyRefusal(.encrypted)
        default: throw ProxyRefusal(.unknownProtocol)
        }
    }
}
