import Forwarding
import SRMUDP

/// What the server says in text frames.
///
///     {"type":"status","status":"UDP_WAITING","message":"...","connection_id":"..."}
///     {"type":"data","format":"text","data":"..."}
///     {"type":"error","code":"INVALID_MESSAGE","message":"...","connection_id":"..."}
///
/// Data whose bytes are binary stand in base64, with format `binary`.
package enum WebProxyAnswer: Equatable {
    /// What an `error` is about, for programs.
    package enum Code: String {
        case invalidMessage = "INVALID_MESSAGE"
        case unknownCommand = "UNKNOWN_COMMAND"
        case keyMissing = "KEY_MISSING"
        /// The flow to a peer was refused, or broken off.
        case flowFailed = "FLOW_FAILED"
    }

    case status(WebProxyStatus, message: String)
    /// `bytes` of the kind text are UTF-8.
    case data(WebSocketMessage.Kind, [UInt8])
    case error(Code, message: String)

    /// The payload of a text frame.
    package func encoded(connectionID: String) -> [UInt8] {
        switch self {
        case .status(let status, let message):
            return Self.object([
                ("type", .string("status")), ("status", .string(status.rawValue)),
                ("message", .string(message)), ("connection_id", .string(connectionID)),
            ])
        case .error(let code, let message):
            return Self.object([
                ("type", .string("error")), ("code", .string(code.rawValue)),
                ("message", .string(message)), ("connection_id", .string(connectionID)),
            ])
        case .data(let kind, let bytes):
            // Written by hand: there may be a megabyte of it.
            var text = [UInt8](#"{"type":"data","format":""#.utf8)
            text.reserveCapacity(bytes.count + bytes.count / 2 + 64)
            switch kind {
            case .text:
                text += #"text","data":""#.utf8
                Self.appendEscaped(bytes, to: &text)
            case .binary:
                text += #"binary","data":""#.utf8
                Base64.append(bytes, to: &text)
            }
            return text + #""}"#.utf8
        }
    }

    private static func object(_ members: [JSONValue.Member]) -> [UInt8] {
        [UInt8](JSONValue.object(members).text.utf8)
    }

    /// The bytes as the inside of a JSON string, which what is UTF-8 stays.
    private static func appendEscaped(_ bytes: [UInt8], to text: inout [UInt8]) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text.append(UInt8(ascii: "\\"))
                text.append(byte)
            case 0x0a: text += #"\n"#.utf8
            case 0x0d: text += #"\r"#.utf8
            case 0x09: text += #"\t"#.utf8
            case 0..<0x20, 0x7f:
                text += #"\u00"#.utf8
                text += hexadecimal([byte]).utf8
            default: text.append(byte)
            }
        }
    }
}
