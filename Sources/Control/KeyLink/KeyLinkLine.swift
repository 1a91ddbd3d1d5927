import Forwarding

/// How messages and states of a key link stand in the lines that scripts read and write.
///
/// In JSON each line is an object:
///
///     {"type":"data","format":"text","data":"..."}
///     {"type":"data","format":"binary","data":"<base64>"}
///     {"type":"status","status":"established","message":"..."}
///
/// where a status is `waiting`, `established`, `reconnecting` or `failed`. If the connection was
/// lost, `unconfirmed` is the number of messages of which it is not known whether they arrived.
/// What is read may leave `type` out, and `format` where it is `text`.
enum KeyLinkLine {
    /// Room for the longest message as base64, or with each byte escaped in JSON.
    static let longest = KeyLinkMessage.longest * 6 + 1_024

    struct Malformed: Error, Equatable {
        let reason: String
    }

    static func json(_ message: KeyLinkMessage) -> String {
        let (format, data) =
            switch message.kind {
            case .text: ("text", String(decoding: message.bytes, as: UTF8.self))
            case .binary: ("binary", Base64.encode(message.bytes))
            }
        return JSONValue.object([
            ("type", .string("data")), ("format", .string(format)), ("data", .string(data)),
        ]).text
    }

    static func json(_ state: KeyLinkState) -> String {
        var members: [JSONValue.Member] = [
            ("type", .string("status")), ("status", .string(state.word)),
            ("message", .string("\(state)")),
        ]
        if case .reconnecting(.lost(_, let count)) = state {
            members.append(("unconfirmed", .number(Int64(count))))
        }
        return JSONValue.object(members).text
    }

    /// - Parameter line: without its end.
    static func message(json line: [UInt8]) throws(Malformed) -> KeyLinkMessage {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(line)
        } catch {
            throw Malformed(reason: "not JSON: \(error)")
        }
        guard let data = value["data"]?.stringValue else {
            throw Malformed(reason: "no object with a text 'data'")
        }
        if let type = value["type"], type.stringValue != "data" {
            throw Malformed(reason: "its type is not 'data'")
        }
        switch value["format"].map({ $0.stringValue ?? "" }) ?? "text" {
        case "text": return KeyLinkMessage(.text, [UInt8](data.utf8))
        case "binary":
            guard let bytes = Base64.decode(data) else {
                throw Malformed(reason: "its data is not base64")
            }
            return KeyLinkMessage(.binary, bytes)
        default: throw Malformed(reason: "its format is neither 'text' nor 'binary'")
        }
    }

    /// - Parameter line: without its end; sent as it is.
    static func message(text line: [UInt8]) throws(Malformed) -> KeyLinkMessage {
        guard line.isUTF8 else {
            throw Malformed(reason: "not UTF-8; --json has a format for bytes")
        }
        return KeyLinkMessage(.text, line)
    }
}

extension KeyLinkState: CustomStringConvertible {
    /// One word for programs.
    package var word: String {
        switch self {
        case .waiting: "waiting"
        case .established: "established"
        case .reconnecting: "reconnecting"
        case .failed: "failed"
        }
    }

    /// For people.
    package var description: String {
        switch self {
        case .waiting(nil): "waiting for the other end"
        case .waiting(let obstacle?): "waiting for the other end: \(obstacle)"
        case .established: "established"
        case .reconnecting(let interruption): "reconnecting: \(interruption)"
        case .failed(let failure): "failed: \(failure)"
        }
    }
}
