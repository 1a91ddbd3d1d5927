/// Why a pairing came to nothing. The code is void in all cases but `cancelled`, `unanswered` and
/// `unknownCode`.
package enum PairingFailure: Error, Equatable, CaseIterable, Sendable {
    /// The other side did not have the same words.
    case wrongCode
    /// Issuer: somebody took the code up and did not prove within 10 s to know the words.
    case abandoned
    /// Joiner: nobody answered.
    case unanswered
    /// Joiner: the issuer fell silent when it was its turn to prove that it knows the words.
    case unconfirmed
    /// Issuer: nobody came in time. Joiner: the issuer says so.
    case expired
    /// The code was used by somebody else, or became void, before.
    case used
    /// The rendezvous server knows no such number. It does not say whether it ever did.
    case unknownCode
    /// More parties than one person would be took the code up at once.
    case crowded
    /// Both sides are one node.
    case ownCode
    /// Our own messages came back to us.
    case reflected
    /// This side, or the other one, was stopped.
    case cancelled
}

extension PairingFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .wrongCode: "the code did not match; it is now void, someone may be guessing"
        case .abandoned:
            "somebody took the code up but did not prove to know it; it is now void, someone may be"
                + " guessing"
        case .unanswered: "nobody answers to this code"
        case .unconfirmed: "the other side fell silent before it proved to know the code"
        case .expired: "the code expired before it was used"
        case .used: "the code was used already, or became void"
        case .unknownCode: "nobody waits with this code"
        case .crowded:
            "too many took the code up at once; it is now void, someone may be guessing"
        case .ownCode: "this is your own code; use it on the other machine"
        case .reflected: "our own messages came back to us: somebody on the way plays with them"
        case .cancelled: "the pairing was cancelled"
        }
    }

    package var hint: String? {
        switch self {
        case .wrongCode, .abandoned, .unconfirmed, .expired, .used, .crowded:
            "make a new code and use that"
        case .unanswered, .unknownCode:
            "check the number, and that the other side still waits; codes are good for one use"
        case .reflected: "try another network or another rendezvous server, with a new code"
        case .ownCode, .cancelled: nil
        }
    }

    package var exitCode: ExitCode {
        switch self {
        case .wrongCode, .abandoned, .expired, .used, .unknownCode, .crowded, .reflected:
            .peerRefused
        case .unanswered, .unconfirmed: .notReachable
        case .ownCode: .usage
        case .cancelled: .failure
        }
    }
}

extension PairingFailure {
    /// What the other side is told.
    var abort: PairingAbort {
        switch self {
        case .wrongCode: .wrongCode
        case .abandoned, .unanswered, .unconfirmed: .unconfirmed
        case .expired: .expired
        case .used, .unknownCode: .used
        case .crowded: .crowded
        case .ownCode: .ownCode
        case .reflected: .reflected
        case .cancelled: .cancelled
        }
    }

    /// What the joiner tells its user when the issuer gave up.
    init(issuerAborted reason: PairingAbort) {
        switch reason {
        case .wrongCode: self = .wrongCode
        case .unconfirmed: self = .unconfirmed
        case .cancelled, .other: self = .cancelled
        case .used: self = .used
        case .expired: self = .expired
        case .crowded: self = .crowded
        case .ownCode: self = .ownCode
        case .reflected: self = .reflected
        }
    }

    /// What the issuer tells its user when a joiner gave up that had not proved to know the words.
    init(joinerAborted reason: PairingAbort) {
        switch reason {
        case .wrongCode: self = .wrongCode
        case .ownCode: self = .ownCode
        case .reflected: self = .reflected
        case .unconfirmed, .cancelled, .used, .expired, .crowded, .other: self = .abandoned
        }
    }
}
