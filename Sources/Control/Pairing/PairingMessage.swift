import SRMUDP

/// A message of the pairing exchange, as it lies in a mailbox or in a datagram.
///
///     m1     joiner -> issuer   01 | pB 65
///     m2     issuer -> joiner   02 | pA 65
///     m3     joiner -> issuer   03 | cB 32 | sealed card
///     m4     issuer -> joiner   04 | cA 32 | sealed card
///     abort  both               0f | reason 1
///
/// pA and pB are the shares of SPAKE2, cA and cB its confirmations; the cards are `PairingCard`.
package enum PairingMessage: Equatable {
    /// m1. Whether the share is valid, its length included, SPAKE2 decides.
    case joinerShare([UInt8])
    /// m2, likewise.
    case issuerShare([UInt8])
    /// m3
    case joinerConfirmation(confirmation: [UInt8], sealedCard: [UInt8])
    /// m4
    case issuerConfirmation(confirmation: [UInt8], sealedCard: [UInt8])
    case abort(PairingAbort)

    /// No message is longer, so that each fits into a datagram of 1,200 bytes (`LANDatagram`).
    package static let lengthLimit = 1_186
    private static let confirmationLength = 32

    package var encoded: [UInt8] {
        switch self {
        case .joinerShare(let share): [1] + share
        case .issuerShare(let share): [2] + share
        case .joinerConfirmation(let confirmation, let sealedCard):
            [3] + confirmation + sealedCard
        case .issuerConfirmation(let confirmation, let sealedCard):
            [4] + confirmation + sealedCard
        case .abort(let reason): [15, reason.rawValue]
        }
    }

    package init(decoding bytes: [UInt8]) throws(WireError) {
        guard let type = bytes.first else { throw .truncated }
        guard bytes.count <= Self.lengthLimit else { throw .invalidValue }
        let body = Array(bytes.dropFirst())
        switch type {
        case 1: self = .joinerShare(body)
        case 2: self = .issuerShare(body)
        case 3:
            let (confirmation, sealedCard) = try Self.split(body)
            self = .joinerConfirmation(confirmation: confirmation, sealedCard: sealedCard)
        case 4:
            let (confirmation, sealedCard) = try Self.split(body)
            self = .issuerConfirmation(confirmation: confirmation, sealedCard: sealedCard)
        case 15:
            guard body.count == 1 else { throw .invalidValue }
            self = .abort(PairingAbort(rawValue: body[0]) ?? .other)
        default: throw .invalidValue
        }
    }

    private static func split(
        _ body: [UInt8]
    ) throws(WireError) -> (confirmation: [UInt8], sealedCard: [UInt8]) {
        guard body.count > confirmationLength else { throw .truncated }
        return (Array(body[..<confirmationLength]), Array(body[confirmationLength...]))
    }
}

/// Why one side gives the exchange up, as the other one is told. Anybody on the way can forge it,
/// so it decides nothing but what is shown to people.
package enum PairingAbort: UInt8, Sendable, CaseIterable {
    /// A reason of a later version.
    case other = 0
    /// The code did not match; a share that is no point of the curve counts as that too.
    case wrongCode = 1
    /// No confirmation came in time.
    case unconfirmed = 2
    /// Somebody stopped the program.
    case cancelled = 3
    /// The code was used up, or became void, before.
    case used = 4
    case expired = 5
    /// More parties at once than one person would be.
    case crowded = 6
    /// Both sides have the same key: they are one node.
    case ownCode = 7
    /// Our own messages came back to us.
    case reflected = 8
}
