/// Why a WebSocket ends, as its close frames say (RFC 6455 section 7.4).
///
///     bytes 2   code
///           n   reason, UTF-8, at most 123 bytes
///
/// Both may be missing together.
package struct WebSocketClose: Equatable, Sendable {
    package struct Code: RawRepresentable, Equatable, Sendable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) { self.rawValue = rawValue }

        package static let normal = Code(rawValue: 1000)
        package static let goingAway = Code(rawValue: 1001)
        package static let protocolError = Code(rawValue: 1002)
        package static let unacceptable = Code(rawValue: 1003)
        package static let invalidPayload = Code(rawValue: 1007)
        package static let policyViolation = Code(rawValue: 1008)
        package static let tooLong = Code(rawValue: 1009)
        package static let internalError = Code(rawValue: 1011)
        package static let serviceRestart = Code(rawValue: 1012)
        package static let tryAgainLater = Code(rawValue: 1013)

        /// Whether a close frame may have it: those that stand for what no frame said may not.
        package var isSendable: Bool {
            switch rawValue {
            case 1000...1003, 1007...1014, 3000...4999: true
            default: false
            }
        }
    }

    static let reasonLimit = 123

    /// Nil if the peer gave none.
    package let code: Code?
    /// Words of the peer; not fit to be shown as they are.
    package let reason: String

    package init(_ code: Code?, reason: String = "") {
        self.code = code
        self.reason = code == nil ? "" : reason
    }

    /// Reads the payload of a close frame.
    init(payload: [UInt8]) throws(WebSocketError) {
        if payload.isEmpty {
            self.init(nil)
            return
        }
        guard payload.count >= 2 else { throw .invalidClose }
        let code = Code(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.isSendable else { throw .invalidClose }
        guard UTF8Validator.isValid(payload[2...]) else { throw .invalidUTF8 }
        self.init(code, reason: String(decoding: payload[2...], as: UTF8.self))
    }

    /// The payload of a close frame, with as many whole characters of the reason as fit.
    var payload: [UInt8] {
        guard let code else { return [] }
        var text: [UInt8] = []
        for character in reason.unicodeScalars {
            let bytes = [UInt8](String(character).utf8)
            guard text.count + bytes.count <= Self.reasonLimit else { break }
            text += bytes
        }
        return [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xff)] + text
    }
}
