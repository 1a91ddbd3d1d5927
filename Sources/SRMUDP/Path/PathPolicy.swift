/// Which kinds of paths a connection may take.
package enum PathPolicy: String, Sendable, CaseIterable {
    /// Direct ones if there are any, relays otherwise.
    case auto
    /// No relay at all, not for the handshake either: a peer that cannot be reached directly is not
    /// reached, and what it sends over a relay is dropped.
    case direct
    /// Relays only: the peer does not learn our addresses from us. No address of a network is dialled
    /// or probed, and nothing that came from one is answered.
    case relay

    package func allows(_ kind: PathKind) -> Bool {
        switch self {
        case .auto: true
        case .direct: kind == .direct
        case .relay: kind != .direct
        }
    }

    func allows(_ address: SocketAddress) -> Bool { allows(PathKind(address)) }
}
