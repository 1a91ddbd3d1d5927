/// Why a request does not get what needs a token.
///
/// Whether a token is missing, used up, expired, revoked or invented is not told: all of that is one
/// answer.
package enum WebTokenRefusal: Error, Equatable {
    /// A mistake in how the token is sent.
    case malformed(String)
    case unauthorized
    /// Too many wrong tokens came from there lately.
    case keptAway
    /// The file of tokens cannot be used now.
    case unavailable

    /// How long whoever is kept away had best wait, in seconds.
    package static let retrySeconds = 30

    package var status: Int {
        switch self {
        case .malformed: 400
        case .unauthorized: 401
        case .keptAway: 429
        case .unavailable: 503
        }
    }

    /// What `error.code` is called.
    package var code: String {
        switch self {
        case .malformed: "bad_request"
        case .unauthorized: "unauthorized"
        case .keptAway: "too_many_attempts"
        case .unavailable: "unavailable"
        }
    }
}

extension WebTokenRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let why): why
        case .unauthorized: "this needs a token that is valid"
        case .keptAway: "too many wrong tokens came from your address; try again later"
        case .unavailable: "the tokens cannot be looked up now"
        }
    }
}
