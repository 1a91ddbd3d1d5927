/// Why a ticket was not accepted.
package enum TicketError: Error, Equatable {
    /// The text is something else.
    case notATicket
    /// The checksum does not fit: a character is wrong, missing or too many.
    case typo
    /// The checksum fits, but the content makes no sense.
    case malformed
    case newerVersion(Int)
    case expired(UnixTime)
    /// No address in it can be dialled.
    case noCandidates
    /// It was issued by this node.
    case own
    /// An answer to a ticket that this node did not issue, or that was used or has expired.
    case unknownOffer
    /// An answer whose sender did not have the offer.
    case forgedAnswer
    /// The ticket was used by another peer.
    case used
}

extension TicketError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notATicket: "this is not a ticket; tickets begin with \(Ticket.prefix)"
        case .typo: "the ticket has a typo or is not complete (its checksum does not match)"
        case .malformed: "the ticket makes no sense, though its checksum matches"
        case .newerVersion(let version): "the ticket was made by a newer p2pfwd (v\(version))"
        case .expired(let time): "the ticket expired at \(time)"
        case .noCandidates: "the ticket holds no address that could be reached"
        case .own: "this is your own ticket; use it on the other machine"
        case .unknownOffer: "the answer belongs to no open ticket of this node"
        case .forgedAnswer: "the answer was not made from the ticket that it names"
        case .used: "the ticket was used already"
        }
    }

    package var hint: String? {
        switch self {
        case .typo: "copy the whole ticket again, or pipe it in: p2pfwd pair --name NAME < FILE"
        case .expired, .used, .unknownOffer, .noCandidates:
            "ask for a new one: p2pfwd ticket --name NAME"
        case .newerVersion: "update p2pfwd on this machine"
        case .notATicket, .malformed, .own, .forgedAnswer: nil
        }
    }
}
