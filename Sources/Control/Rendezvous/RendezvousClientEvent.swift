import SRMUDP

/// What a `RendezvousClient` tells its owner.
package enum RendezvousClientEvent: Equatable {
    /// The server took us in, or (`isNew` is false) sees us at another address now. Whoever may be
    /// called is registered from here on.
    case welcome(ServerMessage.Welcome, isNew: Bool)
    /// A peer calls: answer or refuse it within five seconds.
    case incoming(IncomingCall)
    /// A call of ours was accepted.
    case called(CallID, token: RelayToken?, sealed: [UInt8])
    case callFailed(CallID, RequestFailure)
    /// The answer that we gave came too late, or another process of ours was faster.
    case answerRefused(CallID)
    /// Our side of the relay's channel is there; datagrams flow after `joined`.
    case attached(RelayToken, RelayChannelID)
    case attachFailed(RelayToken, RequestFailure)
    case joined(RelayChannelID)
    case detached(RelayChannelID, ChannelLoss)
    /// Our code has this nameplate.
    case claimed(MailboxID, Nameplate, ttl: UInt32)
    case claimFailed(RequestFailure)
    /// To the issuer: a party joined, with its first message.
    case entered(MailboxID, party: UInt8, [UInt8])
    /// To the joiner: what it posts here goes to the issuer (party 0).
    case joinedCode(MailboxID, Nameplate)
    case joinFailed(Nameplate, RequestFailure)
    case message(MailboxID, party: UInt8, [UInt8])
    case postRefused(MailboxID, RendezvousStatus)
    case closed(MailboxID, MailboxLoss)
    case counters(String)
    /// The server cannot be used as it is; the connection is to be closed.
    case failed(ServerFailure)
}

/// A call of a peer's that waits for an answer.
package struct IncomingCall: Equatable, Sendable {
    package let call: CallID
    package let caller: PublicKey
    package let wantsRelay: Bool
    package let token: RelayToken?
    /// For `CallSealing`.
    package let sealed: [UInt8]
}

/// Why a request came to nothing.
package enum RequestFailure: Equatable, Sendable {
    /// The server said so.
    case status(RendezvousStatus)
    /// The server said nothing in time.
    case serverSilent
    /// The connection with the server was lost, or is not there yet.
    case notConnected
}

extension RequestFailure: CustomStringConvertible {
    /// For people, as the end of a sentence.
    package var description: String {
        switch self {
        case .status(let status): "\(status)"
        case .serverSilent: "the server did not answer in time"
        case .notConnected: "there is no connection with the server"
        }
    }
}

/// Why a channel is over.
package enum ChannelLoss: Equatable, Sendable {
    case ending(ChannelEnding)
    case connectionLost
}

/// Why a mailbox is over.
package enum MailboxLoss: Equatable, Sendable {
    case ending(MailboxEnding)
    /// With the connection the server forgets our mailboxes; a new code is needed.
    case connectionLost
}

/// Why a server cannot be used.
package enum ServerFailure: Equatable, Sendable {
    /// It did not answer our HELLO in time.
    case noWelcome
    /// It does not want us; `quota` may be over later.
    case refused(RendezvousStatus)
    case unsupportedVersion(UInt8)
    /// It sent what makes no sense.
    case malformed(type: UInt8)
    /// It sends more than a client can want.
    case flood
}

extension ServerFailure: CustomStringConvertible {
    /// For people, as the end of a sentence.
    package var description: String {
        switch self {
        case .noWelcome: "it did not answer in time"
        case .refused(let status): "it refused us: \(status)"
        case .unsupportedVersion(let version): "it speaks version \(version), we speak 1"
        case .malformed(let type):
            "it sent a message (type \(type)) that makes no sense; is it a rendezvous server?"
        case .flood: "it sends more than it may"
        }
    }
}
