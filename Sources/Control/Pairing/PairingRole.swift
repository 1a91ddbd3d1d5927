import SRMUDP

/// The two sides of a pairing.
package enum PairingRole: Sendable, CaseIterable {
    /// Shows the code and waits. Party A of SPAKE2.
    case issuer
    /// Was told the code, and confirms first. Party B of SPAKE2.
    case joiner

    var spake2: SPAKE2.Role {
        switch self {
        case .issuer: .a
        case .joiner: .b
        }
    }

    /// What both sides must agree on besides the code.
    ///
    /// The names differ, so that our own messages sent back to us confirm nothing.
    static let context = SPAKE2.Context(
        identityA: [UInt8]("p2pfwd issuer".utf8), identityB: [UInt8]("p2pfwd joiner".utf8),
        associatedData: [UInt8]("p2pfwd pairing 1".utf8))
}

/// By what way a message came and an answer goes. Both ways are tried at once.
package enum PairingRoute: Hashable, Sendable {
    /// A party of a mailbox at the rendezvous server.
    case mailbox(UInt64, party: UInt8)
    /// A datagram on the local network, from or to this address.
    case local(SocketAddress)
}
