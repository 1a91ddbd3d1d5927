/// What goes over the control socket: JSON-RPC 2.0, one object on each line.
///
///     {"jsonrpc":"2.0","id":1,"method":"node.info","params":{}}
///     {"jsonrpc":"2.0","id":1,"result":{"pid":4711}}
///     {"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"WHAT: WHY","data":{...}}}
///     {"jsonrpc":"2.0","method":"event","params":{}}
package enum ControlMessage: Equatable {
    /// `id` is nil for a call without an answer.
    case request(id: JSONValue?, method: String, parameters: JSONValue)
    case answer(id: JSONValue, result: JSONValue)
    /// `id` is null where the request was too broken to have one.
    case failure(id: JSONValue, ControlError)

    package static func notification(_ method: String, _ parameters: JSONValue) -> ControlMessage {
        .request(id: nil, method: method, parameters: parameters)
    }

    /// The line with its end.
    package var line: [UInt8] { [UInt8](json.text.utf8) + [UInt8(ascii: "\n")] }

    var json: JSONValue {
        var members: [JSONValue.Member] = [("jsonrpc", .string("2.0"))]
        switch self {
        case .request(let id, let method, let parameters):
            if let id { members.append(("id", id)) }
            members += [("method", .string(method)), ("params", parameters)]
        case .answer(let id, let result):
            members += [("id", id), ("result", result)]
        case .failure(let id, let error):
            members += [("id", id), ("error", error.json)]
        }
        return .object(members)
    }
}

/// Reading what a node sends.
extension ControlMessage {
    /// - Parameter line: without its end.
    /// - Returns: nil for what is no message of the interface.
    package static func received(_ line: [UInt8]) -> ControlMessage? {
        guard let value = try? JSONParser.parse(line), value["jsonrpc"] == .string("2.0") else {
            return nil
        }
        if let method = value["method"]?.stringValue, value["id"] == nil {
            return .notification(method, value["params"] ?? .object([]))
        }
        guard let id = value["id"] else { return nil }
        if let result = value["result"], value["error"] == nil {
            return .answer(id: id, result: result)
        }
        guard let error = value["error"].flatMap({ ControlError(json: $0) }), value["result"] == nil
        else { return nil }
        return .failure(id: id, error)
    }
}
