import Forwarding

/// A message of a client of a link, as it stands in a text frame.
///
///     {"type":"data","data":"...","format":"text"}          to the peer, as text
///     {"type":"data","data":"aGVsbG8=","format":"binary"}   to the peer, as bytes (base64)
///     {"type":"key","encryption_key":"..."}                 first, where the query has no key
///     {"type":"command",...}                                known to older servers, which did nothing
///
/// Without a format data are text. `data` may have the `connection_id` that the server told, other
/// members than these are refused: a misspelt `format` would change what the peer gets.
package enum WebProxyMessage: Equatable {
    case data(WebSocketMessage.Kind, [UInt8])
    case key(WebProxyKey)
    case command

    /// Bytes of data that one message may have for the peer.
    package static let dataLimit = 1 << 20
    /// Bytes of a frame: enough for that many bytes in base64, and for text with some escapes.
    static let frameLimit = 4 << 20

    /// Why a frame is none of these; the words are for the client, and have nothing of the frame.
    package struct Failure: Error, Equatable {
        package let reason: String

        package init(_ reason: String) { self.reason = reason }
    }

    /// - Parameters:
    ///   - frame: the payload of a text frame.
    ///   - connectionID: what the server told.
    package init(_ frame: [UInt8], connectionID: String) throws(Failure) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(frame)
        } catch {
            throw Failure("not JSON: \(error)")
        }
        guard value.members != nil else { throw Failure("a message is a JSON object") }
        guard let type = value["type"] else { throw Failure("'type' is missing") }
        switch type.stringValue {
        case "data": self = try Self.data(value, connectionID)
        case "key": self = try Self.key(value)
        case "command": self = .command
        case .some: throw Failure("'type' is none that is known: data, key")
        case nil: throw Failure("'type' is not a text")
        }
    }

    private static func data(
        _ value: JSONValue, _ connectionID: String
    ) throws(Failure) -> WebProxyMessage {
        try expect(["type", "data", "format", "connection_id"], of: value)
        if let id = value["connection_id"], id.stringValue != connectionID {
            throw Failure("'connection_id' is not that of this WebSocket")
        }
        guard let text = value["data"]?.stringValue else {
            throw Failure("'data' is missing, or not a text")
        }
        let bytes: [UInt8]
        let kind: WebSocketMessage.Kind
        switch value["format"].map({ $0.stringValue ?? "" }) {
        case nil, "text":
            (kind, bytes) = (.text, [UInt8](text.utf8))
        case "binary":
            guard let decoded = Base64.decode(text) else {
                throw Failure("'data' is not base64 with padding (RFC 4648 section 4)")
            }
            (kind, bytes) = (.binary, decoded)
        case .some: throw Failure("'format' is neither 'text' nor 'binary'")
        }
        guard bytes.count <= dataLimit else {
            throw Failure("'data' has more than \(dataLimit) bytes")
        }
        return .data(kind, bytes)
    }

    private static func key(_ value: JSONValue) throws(Failure) -> WebProxyMessage {
        try expect(["type", "encryption_key"], of: value)
        guard let text = value["encryption_key"]?.stringValue else {
            throw Failure("'encryption_key' is missing, or not a text")
        }
        do throws(WebProxyRefusal) {
            return .key(try WebProxyKey(text))
        } catch {
            throw Failure(error.message)
        }
    }

    private static func expect(_ names: [String], of value: JSONValue) throws(Failure) {
        for member in value.members ?? [] where !names.contains(member.name) {
            let hint = nearest(to: member.name, among: names).map { "; did you mean '\($0)'?" }
            throw Failure("unknown member '\(member.name.escapedForMessage)'" + (hint ?? ""))
        }
    }
}
