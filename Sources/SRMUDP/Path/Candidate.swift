/// An address where a node may be reached, and how it is known (RFC 8445 section 5.1.1).
package struct Candidate: Hashable, Sendable {
    /// In the order of preference.
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// An address of one of its interfaces.
        case host = 1
        /// Opened in its router by PCP, NAT-PMP or UPnP.
        case portMapped = 2
        /// What a server saw its datagrams come from.
        case reflexive = 3
        /// Given by its user.
        case manual = 4
        /// Where its NAT will probably send from next.
        case predicted = 5
        /// Its NAT takes ports of this address that nobody can tell, and the node has opened many of
        /// them: they may be guessed (`PortGuesser`). The port is one further than the last seen.
        case anyPort = 6
    }

    /// The length of `encoded`: kind, then the encoded address.
    package static let encodedLength = 1 + SocketAddress.encodedLength
    /// More are neither sent nor accepted in one message.
    package static let limit = 16

    package let kind: Kind
    package let address: SocketAddress

    package init(_ kind: Kind, _ address: SocketAddress) {
        self.kind = kind
        self.address = address
    }

    /// Reads what `encoded` wrote; nil for unknown kinds and for addresses that cannot be dialled.
    package init?(encoded: [UInt8]) {
        guard encoded.count == Self.encodedLength, let kind = Kind(rawValue: encoded[0]),
            let address = SocketAddress(encoded: Array(encoded[1...])), address.isDialable
        else { return nil }
        self.init(kind, address)
    }

    package var encoded: [UInt8] { [kind.rawValue] + address.encoded }
}

extension Candidate: CustomStringConvertible {
    package var description: String { "\(address) (\(kind))" }
}
