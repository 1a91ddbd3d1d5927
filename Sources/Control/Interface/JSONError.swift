/// Why bytes are not JSON, or are more than is taken.
package struct JSONError: Error, Equatable {
    package enum Reason: Equatable, Sendable {
        /// The text ended too early.
        case unexpectedEnd
        case unexpectedByte
        /// Something follows the value.
        case trailingBytes
        case tooDeep
        case duplicateName
        /// An integer beyond 64 bits, or a decimal beyond a double.
        case numberTooLarge
        /// A control character that is not written as an escape.
        case controlCharacter
        case unknownEscape
        /// Half of a pair of `\u` escapes.
        case loneSurrogate
        case invalidUTF8
    }

    /// Where it was noticed, in bytes from the beginning.
    package let offset: Int
    package let reason: Reason

    package init(offset: Int, _ reason: Reason) {
        self.offset = offset
        self.reason = reason
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String { "\(reason) at byte \(offset)" }
}

extension JSONError.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unexpectedEnd: "unexpected end"
        case .unexpectedByte: "unexpected character"
        case .trailingBytes: "something behind the value"
        case .tooDeep: "nested deeper than \(JSONParser.depthLimit)"
        case .duplicateName: "a name occurs twice"
        case .numberTooLarge: "the number is too large"
        case .controlCharacter: "a control character must be an escape"
        case .unknownEscape: "unknown escape"
        case .loneSurrogate: "half of a surrogate pair"
        case .invalidUTF8: "not UTF-8"
        }
    }
}
