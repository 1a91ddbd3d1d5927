import Forwarding

// What is answered where a token is needed, or wanted.
extension WebTokenRefusal {
    package var response: HTTPResponse { .error(status, code, description, fields: fields) }

    /// What else the answer has.
    package var fields: HTTPFields {
        switch self {
        case .unauthorized: HTTPFields(["WWW-Authenticate": "Bearer realm=\"p2pfwd\""])
        case .keptAway: HTTPFields(["Retry-After": "\(Self.retrySeconds)"])
        case .malformed, .unavailable: HTTPFields()
        }
    }
}

extension HTTPResponse {
    /// The answer to a mistake in what was sent, or to what could not be done.
    static func refusal(of error: ControlError, otherwise status: Int = 503) -> HTTPResponse {
        let message = error.why + (error.hint.map { "; \($0)" } ?? "")
        switch error.code {
        case ControlError.Code.notJSON: return .error(400, "not_json", message)
        case ControlError.Code.invalidParameters: return .error(400, "bad_request", message)
        default: return .error(status, "failed", message)
        }
    }

    static let localCallersOnly = HTTPResponse.error(
        403, "local_callers_only",
        "tokens are given to programs of the node's user on its machine; "
            + "web: token-callers: of p2pfwd.yaml says who else may have them")
}
