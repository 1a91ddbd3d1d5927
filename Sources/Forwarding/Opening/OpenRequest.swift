import SRMUDP

/// The first bytes of a stream: what its opener wants of the other side.
///
///     offset  size  field
///     0       1     version, 1
///     1       1     kind
///     2       n     body
///
///     kind        body
///     1 TCP       host, port                  connect, and join the stream to the connection
///     2 socket    path                        the same with a UNIX socket
///     3 UDP       host, port                  the same with a UDP socket; see `DatagramFraming`
///     4 LISTEN    listener (4), protocol (1), flags (1), place
///     5 ACCEPTED  listener (4), protocol (1), origin, [host, port]
///     6 PIPE                                  join the stream to your standard streams
///     7 RELAY     public key (32)             take me to this peer of yours
///     8 RELAYED   public key (32)             this peer of mine wants to talk to you
///     9 MEASURE   direction (1), ms (2)       send for so long, or count what I send
///
/// Bit 7 of kinds 1 and 3 says that the destination was named by a client of a proxy, not by the
/// user. Host, path and origin are texts in UTF-8 behind a length byte; a port has 2 bytes. The
/// protocol is an IP protocol number, 6 TCP or 17 UDP, or in LISTEN 1 for a UNIX socket, in
/// ACCEPTED 0 for the forward's own destination, without host and port then. The place is a path
/// for a UNIX socket, else a host (perhaps empty) and a port (perhaps 0). Bit 0 of the flags makes
/// the listener a proxy; the others are 0. A direction is 0 from the opener to the other side, 1 to the
/// opener; the time is 1 to 60,000 ms.
///
/// The opener's data may follow at once, before the reply.
package enum OpenRequest: Hashable, Sendable {
    /// - isDynamic: a client of our proxy port named the target, not the user.
    case connect(Target, isDynamic: Bool)
    case listen(ListenRequest)
    case accepted(AcceptedConnection)
    case pipe
    case relay(to: PublicKey)
    case relayed(from: PublicKey)
    case measure(MeasureRequest)

    /// The request for a TCP connection that the user asked for; nil as for `HostPort`.
    package init?(host: String, port: UInt16) {
        guard let hostPort = HostPort(host: host, port: port) else { return nil }
        self = .connect(.tcp(hostPort), isDynamic: false)
    }
}

extension OpenRequest: CustomStringConvertible {
    /// For people: the target of a connect, a few words for the rest.
    package var description: String {
        switch self {
        case .connect(let target, _): "\(target)"
        case .listen(let request): "\(request)"
        case .accepted(let connection): "\(connection)"
        case .pipe: "standard streams"
        case .relay: "relay to another peer"
        case .relayed: "relay from another peer"
        case .measure: "speed test"
        }
    }
}
