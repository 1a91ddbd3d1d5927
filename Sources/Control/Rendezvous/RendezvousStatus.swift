/// How a request to a rendezvous server ended; one byte on the wire.
package enum RendezvousStatus: UInt8, Error, Sendable, CaseIterable {
    case ok = 0
    /// Nobody who may be called is connected under that key.
    case notRegistered = 1
    /// The callee was asked and did not answer in time.
    case noAnswer = 2
    /// The callee does not want to.
    case refusedByPeer = 3
    /// Too often, or too much at a time; also while a penalty lasts.
    case quota = 4
    /// The token is unknown, expired, used, or meant for somebody else: always this one answer.
    case tokenUnknown = 5
    /// The server does not relay.
    case relayOff = 6
    /// The nameplate is unknown or expired: always this one answer.
    case nameplateUnknown = 7
    /// More parties came than a code is good for; it is burnt.
    case crowded = 8
    /// The code was given up by one of its parties.
    case burnt = 9
    /// Too many messages in a mailbox.
    case tooMany = 10
    /// The request makes no sense.
    case malformed = 11
    /// The server does not speak the client's version.
    case unsupportedVersion = 12
}

extension RendezvousStatus: CustomStringConvertible {
    /// For people, as the end of a sentence.
    package var description: String {
        switch self {
        case .ok: "done"
        case .notRegistered: "the peer is not registered at the server"
        case .noAnswer: "the peer did not answer the server in time"
        case .refusedByPeer: "the peer refused"
        case .quota: "the server's limits are reached; try again later"
        case .tokenUnknown: "the relay token is not valid any more"
        case .relayOff: "the server does not relay"
        case .nameplateUnknown: "no such code is open"
        case .crowded: "too many parties came for the code"
        case .burnt: "the code is void"
        case .tooMany: "too many messages"
        case .malformed: "the request makes no sense"
        case .unsupportedVersion: "the server does not speak this version"
        }
    }
}

/// Why a mailbox is given up (BURN) or was closed (CLOSED); one byte on the wire.
package enum MailboxEnding: UInt8, Sendable, CaseIterable {
    /// The pairing is complete.
    case finished = 0
    /// Its time is over.
    case expired = 1
    /// More parties came than the code is good for.
    case crowded = 2
    /// A party proved that it does not know the words: the code is void.
    case wrongCode = 3
    /// Its party does not want it any more.
    case withdrawn = 4
    /// More messages than a mailbox takes.
    case tooManyMessages = 5
    /// The issuer's connection with the server is gone.
    case issuerGone = 6

    /// Whether a party may say this; the rest is for the server to say.
    var isForParties: Bool {
        switch self {
        case .finished, .wrongCode, .withdrawn: true
        case .expired, .crowded, .tooManyMessages, .issuerGone: false
        }
    }
}

extension MailboxEnding: CustomStringConvertible {
    /// For people, as the end of a sentence.
    package var description: String {
        switch self {
        case .finished: "the pairing is complete"
        case .expired: "the time of the code is over"
        case .crowded: "too many parties came for the code"
        case .wrongCode: "somebody came with other words; the code is void"
        case .withdrawn: "the code was taken back"
        case .tooManyMessages: "too many messages"
        case .issuerGone: "the issuer is not connected any more"
        }
    }
}

/// Why a channel of the relay is over (DETACHED); one byte on the wire.
package enum ChannelEnding: UInt8, Sendable, CaseIterable {
    /// The other side detached, or its connection with the server is gone.
    case peerDetached = 1
    /// The other side did not attach in time.
    case notJoined = 2
    /// Nothing passed for too long.
    case idle = 3
}

extension ChannelEnding: CustomStringConvertible {
    /// For people, as the end of a sentence.
    package var description: String {
        switch self {
        case .peerDetached: "the other side left"
        case .notJoined: "the other side did not come"
        case .idle: "nothing passed for too long"
        }
    }
}
