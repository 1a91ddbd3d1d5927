/// How a peer broke the rules of RFC 6455 and RFC 7692, or our limits.
package enum WebSocketError: Error, Equatable, Sendable {
    case reservedBits
    case unknownOpcode(UInt8)
    case fragmentedControl
    /// A control frame of more than 125 bytes.
    case longControl
    /// From a client.
    case unmaskedFrame
    /// From a server.
    case maskedFrame
    case lengthNotMinimal
    /// 2^63 or more.
    case impossibleLength
    /// A continuation of nothing.
    case unexpectedContinuation
    /// A new message within another.
    case missingContinuation
    case invalidUTF8
    /// A close frame of one byte, or with a code that may not be sent.
    case invalidClose
    case messageTooLong
    case tooManyFragments
    /// What is said to be a compressed message is none.
    case malformedCompression
    /// A compressed message would become much longer than honest ones do.
    case implausibleLength

    /// The code of the close frame that answers it.
    package var code: WebSocketClose.Code {
        switch self {
        case .invalidUTF8, .malformedCompression: .invalidPayload
        case .implausibleLength: .policyViolation
        case .messageTooLong, .tooManyFragments: .tooLong
        default: .protocolError
        }
    }
}

extension WebSocketError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .reservedBits: "a reserved bit is set"
        case .unknownOpcode(let opcode): "there is no opcode \(opcode)"
        case .fragmentedControl: "a control frame is fragmented"
        case .longControl: "a control frame is longer than 125 bytes"
        case .unmaskedFrame: "a frame is not masked"
        case .maskedFrame: "a frame is masked"
        case .lengthNotMinimal: "a length is not in its shortest form"
        case .impossibleLength: "a length has its highest bit set"
        case .unexpectedContinuation: "there is nothing to continue"
        case .missingContinuation: "a message begins within another"
        case .invalidUTF8: "a text is not UTF-8"
        case .invalidClose: "a close frame is malformed"
        case .messageTooLong: "a message is too long"
        case .tooManyFragments: "a message has too many fragments"
        case .malformedCompression: "a message is not compressed as it says"
        case .implausibleLength: "a message expands to more than a hundred times its length"
        }
    }
}
