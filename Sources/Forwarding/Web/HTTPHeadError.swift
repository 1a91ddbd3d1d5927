/// Why bytes are no head of an HTTP message, or one that we do not take.
package enum HTTPHeadError: Error, Equatable, Sendable {
    /// The head does not end within the reader's limit of bytes.
    case tooLong
    /// More header fields than the reader takes.
    case tooManyFields
    /// A line ends without a carriage return.
    case bareLineFeed
    /// A carriage return that ends no line.
    case bareCarriageReturn
    /// NUL, DEL or another control character.
    case controlCharacter
    /// A field goes on in the next line (obs-fold).
    case foldedLine
    /// The first line is not `METHOD target HTTP/1.x` or `HTTP/1.x status reason`.
    case malformedStartLine
    /// A version of HTTP other than 1.0 and 1.1.
    case unsupportedVersion
    /// A field without a colon, or with a name that is no token.
    case malformedField
    case missingHost
    case duplicateHost
    case malformedHost
    case malformedContentLength
    /// Two ways to say where the body ends, about which servers disagree (request smuggling).
    case contentLengthAndTransferEncoding
    /// A transfer coding in a message of HTTP/1.0, which has none.
    case transferEncodingInHTTP10

    /// The status of the answer that a server gives before it closes.
    package var status: Int {
        switch self {
        case .tooLong, .tooManyFields: 431
        case .unsupportedVersion: 505
        default: 400
        }
    }
}

extension HTTPHeadError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong: "the header is too long"
        case .tooManyFields: "there are too many header fields"
        case .bareLineFeed: "a header line ends without a carriage return"
        case .bareCarriageReturn: "there is a carriage return within a header line"
        case .controlCharacter: "there is a control character in the header"
        case .foldedLine: "a header field goes on in the next line"
        case .malformedStartLine: "the first line is not one of HTTP"
        case .unsupportedVersion: "the version of HTTP is neither 1.0 nor 1.1"
        case .malformedField: "a header field is malformed"
        case .missingHost: "there is no Host"
        case .duplicateHost: "there is more than one Host"
        case .malformedHost: "the Host is no name or address"
        case .malformedContentLength: "the Content-Length is no number"
        case .contentLengthAndTransferEncoding:
            "there are both a Content-Length and a Transfer-Encoding"
        case .transferEncodingInHTTP10: "HTTP/1.0 has no Transfer-Encoding"
        }
    }
}
