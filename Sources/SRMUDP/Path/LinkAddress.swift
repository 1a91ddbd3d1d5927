/// Names a way for datagrams that is no UDP address: the channel of a relay, the inside of a
/// WebSocket, a stream to a peer that relays, or a UDP socket of its own.
///
/// A connection knows its paths by their `SocketAddress`. So that it need not care what carries a
/// datagram, links have addresses too, taken from a block that no network routes (100::/64, RFC
/// 6666). They mean something within one process only: they are never sent, and never accepted from
/// the wire (`SocketAddress.isDialable`).
///
///     bits of the IPv6 address
///      64  0100:0000:0000:0000
///      32  kind
///      32  number
package struct LinkAddress: Hashable, Sendable {
    package enum Kind: UInt32, Sendable {
        /// A relay that is reached by UDP.
        case relay = 1
        /// The datagrams are messages of a WebSocket to the server at its other end.
        case webSocket = 2
        /// A relay that is reached through a WebSocket.
        case relayInWebSocket = 3
        /// Another peer that passes datagrams on.
        case peer = 4
        /// A UDP socket besides the usual one, which reaches one address of the network.
        case socket = 5
    }

    static let prefix: UInt64 = 0x0100_0000_0000_0000
    /// Not 0, which nothing can be sent to.
    private static let port: UInt16 = 1

    package let kind: Kind
    package let number: UInt32

    package init(_ kind: Kind, number: UInt32) {
        self.kind = kind
        self.number = number
    }

    /// Nil if `address` is one of a network.
    package init?(_ address: SocketAddress) {
        guard address.ip.isLink, let kind = Kind(rawValue: UInt32(address.ip.low >> 32)) else {
            return nil
        }
        self.init(kind, number: UInt32(truncatingIfNeeded: address.ip.low))
    }

    package var socketAddress: SocketAddress {
        let low = UInt64(kind.rawValue) << 32 | UInt64(number)
        return SocketAddress(IPAddress(high: Self.prefix, low: low), port: Self.port)
    }
}

extension LinkAddress: CustomStringConvertible {
    package var description: String {
        switch kind {
        case .relay: "relay #\(number)"
        case .webSocket: "WebSocket #\(number)"
        case .relayInWebSocket: "relay #\(number) in a WebSocket"
        case .peer: "relaying peer #\(number)"
        case .socket: "spare socket #\(number)"
        }
    }
}

extension IPAddress {
    /// Within 100::/64, where `LinkAddress` lives.
    package var isLink: Bool { high == LinkAddress.prefix }
}

extension SocketAddress {
    /// Whether a datagram from the wire may name this as a place to send to.
    package var isDialable: Bool {
        port != 0 && !ip.isUnspecified && !ip.isMulticast && !ip.isBroadcast && !ip.isLink
    }
}
