/// Why a server does not take a request; the connection ends behind the answer.
package enum HTTPRequestError: Error, Equatable, Sendable {
    case head(HTTPHeadError)
    /// The target is neither a path nor a URL of HTTP.
    case malformedTarget
    /// The body is longer than the limit of its path.
    case bodyTooLong
    case malformedChunk
    /// A transfer coding other than `chunked`.
    case unknownCoding
    /// An expectation other than `100-continue`.
    case unknownExpectation
    /// The head or the body did not come in time.
    case tooSlow

    package var status: Int {
        switch self {
        case .head(let error): error.status
        case .malformedTarget, .malformedChunk: 400
        case .bodyTooLong: 413
        case .unknownCoding: 501
        case .unknownExpectation: 417
        case .tooSlow: 408
        }
    }

    /// A word for programs.
    package var code: String {
        switch status {
        case 408: "timeout"
        case 413: "body_too_long"
        case 417: "unknown_expectation"
        case 431: "header_too_long"
        case 501: "unknown_coding"
        case 505: "unsupported_version"
        default: "malformed_request"
        }
    }
}

extension HTTPRequestError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .head(let error): error.description
        case .malformedTarget: "the target of the request is malformed"
        case .bodyTooLong: "the body is too long"
        case .malformedChunk: "a chunk of the body is malformed"
        case .unknownCoding: "the only transfer coding here is chunked"
        case .unknownExpectation: "the only expectation here is 100-continue"
        case .tooSlow: "the request took too long"
        }
    }
}
